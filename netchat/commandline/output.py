"""Stdout of a command, which loses nothing in silence.

A reader who has left (EPIPE, ECONNRESET), as `head` does, is no error. Any other failure, such as a
full disk, an I/O error or a used-up quota, is one sentence on stderr and an exit code of its own.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from netchat.commandline.stderr import print_error

LOST = 1
"""The exit code for lost output, unless 1 has another meaning."""


def has_reader_left(error: OSError) -> bool:
    """Return whether `error`, from a write to stdout, means that nobody wants to read more."""
    return error.errno in (errno.EPIPE, errno.ECONNRESET)


def lost_output(error: OSError) -> str:
    """Return the sentence about an `error` because of which output is lost."""
    why = error.strerror or error
    return f"The output is not complete: stdout cannot be written ({why}); write it elsewhere."


class Output:
    """Stdout, to which nothing more is written after the first error.

    If output is lost, the exit code is `code_if_lost`.
    """

    def __init__(self, code_if_lost: int = LOST) -> None:
        self._code_if_lost = code_if_lost
        self._error: OSError | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing more can be written, because of an error or because the reader left."""
        return self._error is not None

    def print(self, line: str) -> None:
        """Write `line` and a line end."""
        self._try(lambda: print(line))

    def write(self, data: bytes) -> None:
        """Write `data`."""
        self._try(lambda: sys.stdout.buffer.write(data))

    def close(self, code: int) -> int:
        """Write what is buffered; return `code`, or that for lost output, after a sentence."""
        if sys.stdout is not None:
            self._try(sys.stdout.flush)
            self._try(_write_back)
        if self._error is None or has_reader_left(self._error):
            return code
        print_error(f"netchat: {lost_output(self._error)}")
        return self._code_if_lost

    def _try(self, write: Callable[[], object]) -> None:
        if self._error is not None:
            return
        try:
            if sys.stdout is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            write()
        except OSError as error:
            self._error = error
            _discard_buffered()


def _write_back() -> None:
    """Raise the errors that a network file system reports when a file is closed."""
    try:
        copy = os.dup(1)
    except OSError:
        return
    os.close(copy)


def _discard_buffered() -> None:
    """Have the rest written to /dev/null; Python would fail again when it flushes at exit."""
    with suppress(OSError, AttributeError):
        stdout = sys.stdout.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stdout)
        os.close(nothing)
