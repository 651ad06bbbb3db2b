"""How irctest starts netchat and makes accounts; irctest loads this module in its own process.

Source: irctest/basecontrollers.py, and irctest/controllers for what it asks of other servers.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.specifications import Capabilities, OptionalBehaviors

from tests.support.processes import PATIENCE, Server

PYTHON = os.environ.get("IRCTEST_PYTHON", "")
"""The interpreter that has netchat; this process has irctest."""
OPERATOR, OPERATOR_PASSWORD = "operuser", "operpassword"
SETTINGS = (
    *("--join-rate", "0"),
    *("--max-renames", "0"),
    *("--login-tries", "0"),
    # Who joins is sent nothing that the suite does not expect.
    *("--history", "0"),
    "--scram",
)


class NetchatController(BaseServerController, DirectoryBasedController):  # type: ignore[misc]
    """One server, with a data directory of its own, for one test."""

    software_name = "netchat"
    supported_sasl_mechanisms: ClassVar = {"PLAIN", "SCRAM-SHA-256"}
    supports_sts = False
    capabilities = frozenset(
        (
            Capabilities.ACCOUNT_NOTIFY,
            Capabilities.ACCOUNT_TAG,
            Capabilities.AWAY_NOTIFY,
            Capabilities.BATCH,
            Capabilities.ECHO_MESSAGE,
            Capabilities.EXTENDED_JOIN,
            Capabilities.EXTENDED_MONITOR,
            Capabilities.LABELED_RESPONSE,
            Capabilities.MESSAGE_REDACTION,
            Capabilities.MESSAGE_TAGS,
            Capabilities.MULTILINE,
            Capabilities.MULTI_PREFIX,
            Capabilities.READ_MARKER,
            Capabilities.SERVER_TIME,
            Capabilities.SETNAME,
        )
    )
    """A test of one that is not here is skipped if the server refuses it."""
    optional_behaviors = frozenset(
        (
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_NAMES_COMMAND,
            OptionalBehaviors.MULTI_PRIVMSG,
        )
    )
    isupport: ClassVar = {
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "MONITOR": patma.ANYSTR,
        "MSGREFTYPES": patma.ANYSTR,
        "NICKLEN": "32",
        "UTF8ONLY": None,
        "WHOX": None,
    }

    proc: subprocess.Popen[str] | None
    _server: Server | None = None

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: str | None,
        websocket_port: int | None,
        **_: object,
    ) -> None:
        """Start a server that listens at `port` when this returns."""
        self.hostname, self.port = hostname, port
        self.create_config()
        assert self.directory is not None
        shutil.copytree(_prepared_data(), self.directory / "data")
        arguments = ["--listen", f"tcp:{port}:interface={hostname}"]
        if websocket_port is not None:
            arguments += ["--web", f"tcp:{websocket_port}:interface={hostname}"]
        if password is not None:
            arguments += ["--password-file", _write(self.directory / "password", password)]
        self._server = _start(self.directory, *arguments)
        self.proc = self._server.process

    def wait_for_port(self) -> None:
        """Do nothing: `run` has waited."""

    def wait_for_services(self) -> None:
        """Do nothing: the server itself keeps the accounts."""

    def kill_proc(self) -> None:
        """End the server at once, and show its log; AssertionError if there is an error in it."""
        assert self._server is not None
        with self._server as server:
            server.stop(signal.SIGKILL)
        self._server = None
        self.proc = None
        print(server.log)
        assert "Traceback" not in server.log, "the server's log has an error"

    def registerUser(  # noqa: N802 - irctest calls it
        self, case: object, username: str, password: str | None = None
    ) -> None:
        """Make the account `username`."""
        assert password is not None
        _own(self.port, username, password)


def get_irctest_controller_class() -> type[NetchatController]:
    """Return what irctest uses."""
    return NetchatController


@cache
def _kept() -> TemporaryDirectory[str]:
    """Return a directory that is removed at the end of the process."""
    return TemporaryDirectory(prefix="netchat-irctest-")


@cache
def _prepared_data() -> Path:
    """Return a data directory in which the operator has an account."""
    directory = Path(_kept().name)
    with _start(directory, "--listen", "tcp:0:interface=127.0.0.1") as server:
        _own(server.ports[0], OPERATOR, OPERATOR_PASSWORD)
        subprocess.run(
            [PYTHON, "-m", "netchat", "admin", "data", "operator", "add", OPERATOR],
            cwd=directory,
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
        server.stop()
    return directory / "data"


def _start(directory: Path, *arguments: str) -> Server:
    motd = _write(directory / "motd", "Welcome")
    command = (PYTHON, "-m", "tests.conformance.irc.server", "-n", "--pidfile=")
    return Server(*arguments, *SETTINGS, "--motd", motd, cwd=directory, command=command)


def _own(port: int, name: str, password: str) -> None:
    """Own `name` with `password`, in the JSON lines dialect."""
    requests = ({"type": "hello", "name": name}, {"type": "own", "password": password})
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(b"".join(json.dumps(request).encode() + b"\n" for request in requests))
        for line in connection.makefile("rb"):
            answer = json.loads(line)
            if answer["type"] == "owned":
                break
            if answer["type"] in ("error", "closing"):
                raise AssertionError(f"{name} cannot be owned: {answer}")
        # The name is free for the suite when the server has closed.
        connection.sendall(b'{"type":"bye"}\n')
        while connection.recv(65536):
            pass


def _write(path: Path, line: str) -> str:
    path.write_text(f"{line}\n", encoding="utf-8")
    return str(path)
