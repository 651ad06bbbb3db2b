"""Chat clients on a terminal: when their prompt is painted, and when it shows a typed key."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.client_processes import environment

_KEYS = b"Zq"
_PATIENCE = 60.0
_SIZE = struct.pack("HHHH", 24, 80, 0, 0)
_CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\([0B]|\x0f")
"""What a terminal does not show: control sequences and changes of the character set."""


@dataclass(frozen=True)
class Client:
    """A client that starts without a server; `painted` is the last text of its first screen."""

    name: str
    command: tuple[str, ...]
    painted: bytes
    package: str = ""

    def missing(self) -> str:
        """Return the sentence that says that it is not installed, or "" if it is."""
        if shutil.which(self.command[0]):
            return ""
        return f"{self.name} is left out: it is not installed (apt install {self.package})"


NETCHAT = Client(
    "netchat", (sys.executable, "-m", "netchat", "127.0.0.1:1"), painted=b"Enter username: "
)
WEECHAT = Client(
    "weechat", ("weechat", "--no-connect"), painted=b"1:weechat", package="weechat-curses"
)
IRSSI = Client("irssi", ("irssi", "--noconnect"), painted=b"[1]", package="irssi")


@dataclass(frozen=True)
class Start:
    """One start, or medians: times in seconds, `memory` in MiB."""

    prompt: float
    ready: float
    processor: float
    memory: float

    def __str__(self) -> str:
        return (
            f"prompt {self.prompt:.3f} s; key shown {self.ready:.3f} s "
            f"(processor {self.processor:.3f} s); {self.memory:.1f} MiB"
        )


def start(client: Client, home: Path) -> Start:
    """Start `client` with `home`, which is made, as the directory of its user; then kill it.

    Raises `TimeoutError` if its prompt, or what is typed into it, is not shown in a minute.
    """
    home.mkdir(parents=True)
    variables = environment(home)
    begin = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, _SIZE)
        os.execvpe(client.command[0], client.command, variables)  # noqa: S606 - it needs no shell
    try:
        prompt = _wait_for(terminal, client.painted) - begin
        os.write(terminal, _KEYS)
        ready = _wait_for(terminal, _KEYS) - begin
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    finally:
        os.kill(process, signal.SIGKILL)
        processor = processor_time(process)
        os.close(terminal)
    memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    return Start(prompt, ready, processor, memory)


def processor_time(process: int) -> float:
    """Wait for the end of `process`; return how long it has used a processor, in seconds."""
    _, _, used = os.wait4(process, 0)
    return used.ru_utime + used.ru_stime


def _wait_for(terminal: int, text: bytes) -> float:
    """Read until `text` is on the screen; return the time."""
    written = b""
    while text not in _CONTROL.sub(b"", written):
        if not select.select([terminal], [], [], _PATIENCE)[0]:
            raise TimeoutError(f"{text!r} did not come, but {written!r}")
        written += os.read(terminal, 65536)
    return time.perf_counter()
