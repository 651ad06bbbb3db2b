"""Programs that speak IRC: weechat and irssi at a terminal, irc-framework in node.

They take the same commands (/join, /msg, /query, /nick, /topic, /kick, /part, /quit), and what they
show is a list of lines.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Protocol

from tests.support.client_processes import environment
from tests.support.processes import PATIENCE
from tests.support.tmux import TmuxWindow

FRAMEWORK = "irc-framework@4.14.0"
"""What The Lounge and Kiwi IRC are made of, from npm."""
DRIVER = Path(__file__).with_name("irc_framework.js")
_POLL = 0.05


class IrcProgram(Protocol):
    """A client whose user types, and reads lines."""

    @property
    def lines(self) -> list[str]:
        """The lines that are shown."""

    def enters(self, line: str) -> None:
        """Type `line` and Enter."""

    def waits(self, for_this: Callable[[], bool]) -> None:
        """Wait until `for_this` returns true; a failure shows the lines."""

    def comes_back(self) -> None:
        """Connect again, if the program does not do so by itself."""

    def quits(self) -> None:
        """End the program."""


def sees(program: IrcProgram, *words: str) -> None:
    """Wait until one of the lines that `program` shows has these words, in this order."""
    pattern = re.compile(".*".join(map(re.escape, words)))
    program.waits(lambda: any(map(pattern.search, program.lines)))


def found(program: IrcProgram, pattern: str) -> list[str]:
    """Return all that matches `pattern` in the lines that `program` shows, from top to bottom."""
    return re.findall(pattern, "\n".join(program.lines))


class _AtTerminal(TmuxWindow):
    """A program in a window that is so large that all it shows in a test can be read."""

    def __init__(self, home: Path, *command: str) -> None:
        home.mkdir()
        variables = environment(home, TERM="screen-256color")
        super().__init__(home, command, variables, columns=200, rows=60)

    @property
    def lines(self) -> list[str]:
        """The rows that are not empty."""
        return self.screen

    def enters(self, line: str) -> None:
        """Type `line` and Enter."""
        self.types(line)
        self.presses("Enter")

    def comes_back(self) -> None:
        """Type /reconnect."""
        self.enters("/reconnect")

    def quits(self) -> None:
        """End it."""
        self.kill()


class Weechat(_AtTerminal):
    """Weechat with its plugin for IRC alone, which connects itself again after a second."""

    def __init__(
        self, home: Path, port: int, nick: str, *, password: str = "", fingerprint: str = ""
    ) -> None:
        server = f"/server add n 127.0.0.1/{port} -nicks={nick} -autojoin=#lobby"
        settings = {
            "weechat.bar.nicklist.hidden": "on",
            "weechat.look.prefix_align": "none",
            "weechat.look.confirm_quit": "off",
            "irc.server.n.autoreconnect_delay": "1",
            # One of the two is there, before version 4.1 and since: it would wait for two seconds.
            "irc.server.n.anti_flood_prio_high": "0",
            "irc.server.n.anti_flood": "0",
        }
        if password:
            settings |= {
                "irc.server.n.sasl_mechanism": "plain",
                "irc.server.n.sasl_username": nick,
                "irc.server.n.sasl_password": password,
            }
        commands = [server]
        # One of the two is there: they are names of one option, before version 4 and since.
        for word in ("ssl", "tls"):
            commands += [
                f"/set irc.server.n.{word} {'on' if fingerprint else 'off'}",
                f"/set irc.server.n.{word}_fingerprint {fingerprint.replace(':', '')}",
            ]
        commands += [f"/set {name} {value}" for name, value in settings.items()]
        commands += ["/connect n"]
        super().__init__(home, "weechat", "-P", "irc,alias", "-d", str(home / "weechat"),
                         "-r", "; ".join(commands))  # fmt: skip

    def comes_back(self) -> None:
        """Do nothing: it connects by itself."""


class Irssi(_AtTerminal):
    """Irssi; its user types /reconnect when they see that the connection is lost."""

    def __init__(
        self, home: Path, port: int, nick: str, *, password: str = "", fingerprint: str = ""
    ) -> None:
        tls = f" -tls -notls_verify -tls_pinned_cert {fingerprint}" if fingerprint else ""
        sasl = f" -sasl_username {nick} -sasl_password {password} -sasl_mechanism PLAIN"
        setup = (
            # It would send five messages at once, and then one in two seconds or more.
            "/set cmds_max_at_once 100",
            f"/set nick {nick}",
            f"/network add -nick {nick}{sasl if password else ''} n",
            f"/server add -network n{tls} 127.0.0.1 {port}",
            "/connect n",
        )
        super().__init__(home, "irssi", f"--home={home / 'irssi'}")
        sees(self, "[(status)]")
        for line in setup:
            self.enters(line)
        sees(self, "message of the day")
        self.enters("/join #lobby")


class Framework:
    """A program in JavaScript that uses irc-framework, and prints what arrives as lines."""

    def __init__(
        self, modules: Path, port: int, nick: str, *, password: str = "", fingerprint: str = ""
    ) -> None:
        options = {"port": port, "nick": nick, "password": password, "tls": bool(fingerprint)}
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            ["node", DRIVER, json.dumps(options)],
            env=environment(modules, NODE_PATH=str(modules / "node_modules")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = Thread(target=self._read)
        self._reader.start()

    def enters(self, line: str) -> None:
        """Send a line, or execute a command."""
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)

    def waits(self, for_this: Callable[[], bool]) -> None:
        """Wait until `for_this` returns true."""
        end = time.monotonic() + PATIENCE
        while not for_this():
            if time.monotonic() > end:
                raise AssertionError("\n".join(self.lines))
            time.sleep(_POLL)

    def comes_back(self) -> None:
        """Connect again."""
        self.enters("/reconnect")

    def quits(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
