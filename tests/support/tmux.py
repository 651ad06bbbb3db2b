"""Programs at a terminal of tmux, which wraps its lines anew when its width changes."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.client_processes import CLIENT, environment
from tests.support.processes import PATIENCE

_POLL = 0.02


class TmuxWindow:
    """A window of tmux in which `command` runs, with no environment but these `variables`."""

    def __init__(
        self,
        home: Path,
        command: Sequence[str],
        variables: Mapping[str, str],
        *,
        columns: int = 80,
        rows: int = 12,
    ) -> None:
        self._socket = home / "tmux"
        given = [f"{name}={value}" for name, value in variables.items()]
        shell = shlex.join(["env", "-i", *given, *command])
        size = ["-x", str(columns), "-y", str(rows)]
        self._run("new-session", "-d", *size, f"{shell}; cat")
        self._run("set-option", "-g", "window-size", "manual")

    @property
    def screen(self) -> list[str]:
        """The rows on the screen that are not empty."""
        return [row.rstrip() for row in self._run("capture-pane", "-p").splitlines() if row.strip()]

    @property
    def all_lines(self) -> list[str]:
        """The lines in the scrollback and on the screen, joined where they were wrapped."""
        shown = self._run("capture-pane", "-p", "-J", "-S", "-")
        return [line.rstrip() for line in shown.splitlines() if line.strip()]

    def types(self, text: str) -> None:
        self._run("send-keys", "-l", "--", text)

    def presses(self, key: str) -> None:
        """Press a key by its name, such as Enter."""
        self._run("send-keys", key)

    def resizes(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def waits(self, for_this: Callable[[], bool]) -> None:
        """Wait until `for_this` returns true; a failure shows the screen instead."""
        end = time.monotonic() + PATIENCE
        while not for_this():
            if time.monotonic() > end:
                raise AssertionError("\n".join(self.all_lines))
            time.sleep(_POLL)

    def kill(self) -> None:
        """End tmux, and what runs in it."""
        self._run("kill-server")

    def _run(self, *command: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *command],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        ).stdout


class TmuxUser(TmuxWindow):
    """A user who runs `program` with `arguments` in a window of tmux, and reads the screen."""

    def __init__(
        self,
        home: Path,
        *arguments: str,
        columns: int = 80,
        rows: int = 12,
        program: Sequence[str] = CLIENT,
    ) -> None:
        variables = environment(home, TERM="tmux-256color", TMUX="yes")
        super().__init__(home, [*program, *arguments], variables, columns=columns, rows=rows)
