"""twistd's pid file: a server that is gone does not prevent the start of the next one.

twistd asks only whether the number in the file is that of a process. After a kill or a power cut
the number is that of any process, often of this one (in a container), and the file may be empty.
Therefore a running server keeps its pid file locked (flock). A file without a lock counts only if
twistd runs another program under that number.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_PROCESSES = Path("/proc")
_BLANK = b"\0 \t\r\n"
"""What a file system may leave in a file that had not been written yet at a power cut."""


class PidFileError(Exception):
    """No server may be started with a pid file; the message says why, and what to do."""


def remove_stale(path: Path) -> None:
    """Remove the pid file `path` if its server is gone; PidFileError if it is not, or unclear."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    except OSError as error:
        raise PidFileError(
            f"the pid file {path} cannot be used ({error.strerror}); give another --pidfile"
        ) from None
    try:
        content = os.read(descriptor, 64).strip(_BLANK)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if content and not content.isdigit():
            raise PidFileError(
                f"{path} is no pid file: it has something else than a number in it; remove it, or "
                "give another --pidfile"
            )
        if not content or not _is_another_program(int(content)):
            path.unlink()
    except BlockingIOError:
        process = f"process {content.decode()}" if content.isdigit() else "another server"
        raise PidFileError(
            f"{process} runs with the pid file {path}; stop it first, or give another --pidfile"
        ) from None
    except OSError as error:
        raise PidFileError(
            f"the pid file {path} cannot be used ({error.strerror}); give another --pidfile"
        ) from None
    finally:
        os.close(descriptor)


def hold(path: Path) -> int | None:
    """Lock the pid file `path` of this process for as long as it lives; return the descriptor.

    None if there is no such file, or it cannot be locked.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _is_another_program(process: int) -> bool:
    """Return whether twistd runs a program other than netchat as `process`.

    That program has no lock. Without /proc it is unknown, and True: twistd then asks whether there
    is such a process.
    """
    if not (_PROCESSES / "self").exists():
        return True
    try:
        words = (_PROCESSES / str(process) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return process != os.getpid() and b"netchat" not in words and b"twistd" in map(_name, words)


def _name(word: bytes) -> bytes:
    return os.path.basename(word)
