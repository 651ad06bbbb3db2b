"""A server process, and programs of IRC that are connected to it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.irc_programs import FRAMEWORK, Framework, IrcProgram, Irssi, Weechat
from tests.support.needs import needs
from tests.support.processes import Server
from tests.torture.attacks.raw_connection import RawConnection

PASSWORD = "correct-horse-battery"
"""Without a blank, because irssi takes it as an option of a command."""
StartProgram = Callable[..., IrcProgram]
PROGRAMS = [
    pytest.param("weechat", marks=needs("weechat", "tmux")),
    pytest.param("irssi", marks=needs("irssi", "tmux")),
    pytest.param("irc-framework", marks=needs("node", "npm")),
]


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with irc-framework, from npm."""
    place = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--silent", "--no-save", "--prefix", str(place), FRAMEWORK]
    subprocess.run(command, check=True, timeout=120)
    return place


@pytest.fixture(params=PROGRAMS)
def start(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[StartProgram]:
    """Start a program whose user has joined #lobby: `start(nick, port=0, **options)`."""
    is_framework = request.param == "irc-framework"
    modules: Path = request.getfixturevalue("modules") if is_framework else tmp_path
    programs: list[IrcProgram] = []

    def make(nick: str, port: int = 0, **options: str) -> IrcProgram:
        port = port or server.ports[0]
        if is_framework:
            programs.append(Framework(modules, port, nick, **options))
        else:
            kind = Weechat if request.param == "weechat" else Irssi
            programs.append(kind(tmp_path / nick, port, nick, **options))
        return programs[-1]

    yield make
    for program in programs:
        program.quits()


def own(server: Server, name: str) -> None:
    """Make `name` an account with PASSWORD."""
    with json_client(server, name) as client:
        client.ask(type="own", password=PASSWORD)
        assert client.event("owned", "error")["type"] == "owned"


@contextmanager
def json_client(server: Server, name: str, **hello: object) -> Iterator[RawConnection]:
    """A program in the lobby that speaks JSON lines, as the page does."""
    client = RawConnection(server.ports[0])
    try:
        assert client.hello(name, **hello)["type"] == "entered"
        yield client
    finally:
        client.close()
