"""Unix sockets: whether one can be made at a path, and the lock of the server that makes it.

A server that was killed leaves its socket behind. Whether somebody listens there is asked of the
socket (connect) and of the lock (flock), never of a process id: in a container the id of the dead
server is that of the new one, and elsewhere the system gives it to another process.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import struct

_LONGEST = 107
"""The longest path of a socket, in bytes (Linux: 108 with the NUL at its end)."""
_NOBODY = 0
_CREDENTIALS = struct.Struct("3i")
"""What SO_PEERCRED tells: process, user and group (Linux, socket(7))."""
_BUSY = "{who} listens there; stop it first, or choose another place"
_TAKEN = "something is there already; remove it, or choose another place"


class SocketInUseError(OSError):
    """No socket can be made at a path; `strerror` says why, and what to do."""


def path_problem(path: str) -> str:
    """Return why no unix socket can be made at `path`, and what to do about it.

    "" if no problem is found, also if `path` is "" (no unix socket) or an abstract address.
    """
    if not has_file(path):
        return ""
    directory = os.path.dirname(path) or os.curdir
    if not os.path.isdir(directory):
        return f"{directory} is not a directory; make it first"
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=True):
        return f"{directory} cannot be written to; choose another place"
    if len(os.fsencode(path)) > _LONGEST:
        return f"the path has more than {_LONGEST} bytes; choose a shorter one"
    problem = _occupant(path)
    if not problem and _is_locked(f"{path}.lock"):
        problem = _BUSY.format(who="another server")
    return problem


def has_file(path: str) -> bool:
    """Return whether a socket at `path` is a file: not "", and not an abstract address."""
    return bool(path) and not path.startswith("\0")


class SocketLock:
    """The lock of the server that listens at `path`; a dead server's socket is removed.

    SocketInUseError if another server has the lock, or something else is at `path`.
    """

    def __init__(self, path: str) -> None:
        self._path = f"{path}.lock"
        if problem := _occupant(path):
            raise SocketInUseError(errno.EADDRINUSE, problem)
        self._descriptor = self._acquire()
        try:
            # Only now nobody else can be about to listen there.
            if problem := _occupant(path):
                raise SocketInUseError(errno.EADDRINUSE, problem)
            if os.path.lexists(path):
                os.unlink(path)
        except OSError:
            self.unlock()
            raise

    def unlock(self) -> None:
        """Remove the lock's file, and release the lock."""
        try:
            os.unlink(self._path)
        except OSError:
            pass  # The file does no harm: what counts is that it is not locked.
        finally:
            os.close(self._descriptor)

    def _acquire(self) -> int:
        while True:
            descriptor = _open_lock(self._path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_same(descriptor, self._path):
                    return descriptor
            except BlockingIOError:
                os.close(descriptor)
                raise SocketInUseError(
                    errno.EADDRINUSE, _BUSY.format(who="another server")
                ) from None
            # The server that had the lock has removed the file in the meantime.
            os.close(descriptor)


def _occupant(path: str) -> str:
    """Return what is at `path` and prevents a socket there; "" if it is free, or a dead socket."""
    try:
        kind = os.lstat(path).st_mode
    except OSError:
        return ""
    if not stat.S_ISSOCK(kind):
        return _TAKEN
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return ""
        except BlockingIOError:
            pass  # The server lives: too many connections wait for it.
        except OSError as error:
            # EPROTOTYPE: a socket that takes no streams; EACCES: another user's.
            return _TAKEN if error.errno == errno.EPROTOTYPE else _BUSY.format(who="another user")
        return _BUSY.format(who=_listener(probe))


def _listener(probe: socket.socket) -> str:
    try:
        told = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return "another server"
    process = _CREDENTIALS.unpack(told)[0]
    return f"process {process}" if process > _NOBODY else "another server"


def _is_locked(path: str) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _open_lock(path: str) -> int:
    """Open the lock's file; it replaces the link of Twisted's lock, which names a process."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP or not os.readlink(path).isdecimal():
            raise
        os.unlink(path)
    return os.open(path, flags, 0o600)


def _is_same(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False
