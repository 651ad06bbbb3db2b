"""`python -m netchat` is the same command as `netchat`."""

from __future__ import annotations

import sys

from netchat.command import main

if __name__ == "__main__":
    sys.exit(main())
