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
def keys_kept() -> Iterator[None]:
    """Have the terminal neither echo what is typed nor act on it, but keep it for the prompt.

    Ctrl-C is kept as well, until `enable_interrupts`; at the end, the terminal is as before.
    """
    before = termios.tcgetattr(0)
    _change_local_modes(off=termios.ECHO | termios.ICANON | termios.ISIG)
    try:
        yield
    finally:
        # A closed terminal needs no restoring.
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)


def enable_interrupts() -> None:
    """Have Ctrl-C interrupt the program, as it does where no prompt reads it."""
    # A closed terminal sends SIGHUP.
    with suppress(termios.error):
        _change_local_modes(on=termios.ISIG)


def _change_local_modes(*, on: int = 0, off: int = 0) -> None:
    modes = termios.tcgetattr(0)
    modes[3] = (modes[3] | on) & ~off
    termios.tcsetattr(0, termios.TCSANOW, modes)


@contextmanager
def restored_blocking_mode() -> Iterator[None]:
    """Restore the blocking mode of stdin and stdout, which StandardIO changes, at the end."""
    before = [os.get_blocking(descriptor) for descriptor in (0, 1)]
    try:
        yield
    finally:
        for descriptor, blocking in enumerate(before):
            os.set_blocking(descriptor, blocking)
