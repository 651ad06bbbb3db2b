"""What is known of a server before it is started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build import Programs
from benchmarks.process import Start


@dataclass(frozen=True)
class Place:
    """Where a server may keep what it needs, and the programs that have been compiled."""

    directory: Path
    programs: Programs


@dataclass(frozen=True)
class Server:
    """A server: what it is called, what it speaks, how it is started.

    `slow_is_wrong`: it must do every scene in time; of another it is only told that it was slow.
    `package` is Debian's, of the `program` without which it is left out. `nodelay` tells whether it
    sets TCP_NODELAY on its connections. `login_window`: how many log in at a time (0: as many as
    the generator thinks right).
    """

    name: str
    about: str
    dialect: str
    start: Callable[[Place], Start]
    nodelay: bool
    slow_is_wrong: bool = False
    tls: bool = False
    password: str = ""
    login_window: int = 0
    program: str = ""
    package: str = ""
    version_command: tuple[str, ...] = ()

    def why_not(self) -> str:
        """Return why it cannot be run here, and what would help, or ""."""
        if self.program and shutil.which(self.program) is None:
            return (
                f"{self.name} is left out: there is no {self.program} (apt install {self.package})"
            )
        return ""

    def version(self) -> str:
        """Return the first line that it says about its version."""
        if not self.version_command:
            return ""
        run = subprocess.run(  # noqa: S603 - all are ours
            self.version_command, capture_output=True, text=True, timeout=10, check=False
        )
        return next(iter((run.stdout or run.stderr).splitlines()), "")
