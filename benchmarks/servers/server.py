"""The description of a server, from which it can be started."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build import Programs
from benchmarks.process import Start


@dataclass(frozen=True)
class Workspace:
    """A directory for the files of a server, and the compiled programs."""

    directory: Path
    programs: Programs


@dataclass(frozen=True)
class Server:
    """A server: its name, its dialect, and how it is started.

    `slow_is_wrong`: if it does not finish a scene in time, the result is `wrong`, else `slow`.
    Without the `program`, of Debian's `package`, the server is left out. `nodelay` tells whether it
    sets TCP_NODELAY on its connections. `login_window` is the maximum of concurrent logins (0: the
    default of the generator).
    """

    name: str
    about: str
    dialect: str
    start: Callable[[Workspace], Start]
    nodelay: bool
    slow_is_wrong: bool = False
    tls: bool = False
    password: str = ""
    login_window: int = 0
    program: str = ""
    package: str = ""
    version_command: tuple[str, ...] = ()

    def why_not(self) -> str:
        """Return why the server cannot run here, with the command that installs it, or ""."""
        if self.program and shutil.which(self.program) is None:
            return (
                f"{self.name} is left out: {self.program} is not installed "
                f"(apt install {self.package})"
            )
        return ""

    def version(self) -> str:
        """Return the first line of the output of its version command."""
        if not self.version_command:
            return ""
        run = subprocess.run(  # noqa: S603 - all are ours
            self.version_command, capture_output=True, text=True, timeout=10, check=False
        )
        return next(iter((run.stdout or run.stderr).splitlines()), "")
