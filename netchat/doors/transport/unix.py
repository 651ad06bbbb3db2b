"""Checks whether a unix socket can be made at a path, before Twisted makes it.

Twisted makes it after a daemon has forked, when nobody can read an error on the terminal any more.
"""

from __future__ import annotations

import os


def path_problem(path: str) -> str:
    """Return why no unix socket can be made at `path`, and what to do about it.

    "" if no problem is found, also if `path` is "" (no unix socket) or an abstract address.
    """
    if not path or path.startswith("\0"):
        return ""
    directory = os.path.dirname(path) or os.curdir
    if not os.path.isdir(directory):
        return f"{directory} is not a directory; make it first"
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"{directory} cannot be written to; choose another place"
    holder = _holder(path)
    if holder and _is_alive(holder):
        return f"process {holder} listens there; stop it first, or choose another place"
    if not holder and os.path.lexists(path):
        return "something is there already; remove it, or choose another place"
    return ""


def _holder(path: str) -> int:
    """Return the id of the process that holds Twisted's lock for `path`; 0 if there is none."""
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
        pass  # The process belongs to another user.
    return True
