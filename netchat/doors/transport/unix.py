"""Whether a unix socket can be made at a path, told before anything is made.

Twisted makes it after a daemon's process has forked, and then nobody reads what is wrong any more.
"""

from __future__ import annotations

import os


def path_problem(path: str) -> str:
    """Return why no unix socket can be made at `path` ("": none is wanted), and what to do.

    "" if nothing is seen that hinders it.
    """
    if not path or path.startswith("\0"):
        return ""
    directory = os.path.dirname(path) or os.curdir
    if not os.path.isdir(directory):
        return f"{directory} is no directory; make it first"
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"{directory} cannot be written to; choose another place"
    holder = _holder(path)
    if holder and _is_alive(holder):
        return f"process {holder} listens there; stop it first, or choose another place"
    if not holder and os.path.lexists(path):
        return "something is there already; remove it, or choose another place"
    return ""


def _holder(path: str) -> int:
    """Return the process that has the lock of Twisted for `path`; 0 if there is none."""
    try:
        return int(os.readlink(f"{path}.lock"))
    except (OSError, ValueError):
        return 0


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    return True
