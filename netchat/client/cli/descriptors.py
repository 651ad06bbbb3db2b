"""The terminal and the descriptors 0 to 2, as we find them and as we leave them."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def open_missing_descriptors() -> None:
    """Put /dev/null in place of a closed stdin, stdout or stderr, lest a socket take its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@contextmanager
def no_echo() -> Iterator[None]:
    """Let what is typed before the prompt stands wait for it, and not appear twice."""
    before = termios.tcgetattr(0)
    without_echo = termios.tcgetattr(0)
    without_echo[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(0, termios.TCSANOW, without_echo)
    try:
        yield
    finally:
        # A terminal that is gone needs nothing put back.
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)


@contextmanager
def restored_blocking_mode() -> Iterator[None]:
    """Undo what StandardIO does to stdin and stdout: others may use them after us."""
    before = [os.get_blocking(descriptor) for descriptor in (0, 1)]
    try:
        yield
    finally:
        for descriptor, blocking in enumerate(before):
            os.set_blocking(descriptor, blocking)
