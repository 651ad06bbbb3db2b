"""Terminals: a user runs a command in one, types, and reads the screen."""

from __future__ import annotations

from collections.abc import Callable

import pexpect
import pyte

from tests.integration.docker.containers import PATIENCE
from tests.support.checkout import CHECKOUT

ROWS, COLUMNS = 40, 100


class Terminal:
    """A terminal in which `command` runs."""

    def __init__(self, command: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            "/bin/sh", ["-c", command], cwd=str(CHECKOUT), dimensions=(ROWS, COLUMNS)
        )
        self._child.delaybeforesend = None

    @property
    def screen(self) -> list[str]:
        """The lines on the screen down to the cursor, without empty ones."""
        above = self._screen.display[: self._screen.cursor.y + 1]
        return [line.rstrip() for line in above if line.strip()]

    def types(self, line: str) -> None:
        self._child.send(f"{line}\r")

    def sees(self, lines: list[str]) -> None:
        """Wait until the screen has exactly these `lines`."""
        self.waits(lambda screen: screen == lines, "\n".join(["is not", *lines]))

    def waits(self, for_this: Callable[[list[str]], bool], complaint: str = "is all") -> None:
        """Wait until `for_this(screen)` is true."""
        while not for_this(self.screen):
            try:
                self._stream.feed(self._child.read_nonblocking(65536, PATIENCE))
            except (pexpect.EOF, pexpect.TIMEOUT) as error:
                raise AssertionError("\n".join([*self.screen, complaint])) from error

    def leaves(self) -> int:
        """Wait for the end of the command, and return its exit code."""
        self._child.expect(pexpect.EOF, PATIENCE)
        self._child.close()
        code: int = self._child.exitstatus
        return code

    def is_gone(self) -> None:
        """Kill the command if it is still running."""
        self._child.close(force=True)
