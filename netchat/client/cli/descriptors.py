"""The terminal and the descriptors 0 to 2: prepare them, and restore them."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDOUT = 1


def open_missing_descriptors() -> list[int]:
    """Open /dev/null as a closed stdin, stdout or stderr, so that no socket gets its number.

    Return which of them were closed.
    """
    missing = []
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            missing.append(os.open(os.devnull, os.O_RDWR))
    return missing


@contextmanager
def no_echo() -> Iterator[None]:
    """Turn off the terminal's echo, so that what is typed before the prompt is shown once only."""
    before = termios.tcgetattr(0)
    without_echo = termios.tcgetattr(0)
    without_echo[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(0, termios.TCSANOW, without_echo)
    try:
        yield
    finally:
        # A closed terminal needs no restoring.
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)


@contextmanager
def restored_blocking_mode() -> Iterator[None]:
    """Restore the blocking mode of stdin and stdout, which StandardIO changes, at the end."""
    before = [os.get_blocking(descriptor) for descriptor in (0, 1)]
    try:
        yield
    finally:
        for descriptor, blocking in enumerate(before):
            os.set_blocking(descriptor, blocking)
