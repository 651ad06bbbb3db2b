"""Whatever guests do on several servers at once, all servers know the same, and nobody misses."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netchat.chat.changes import change_as
from netchat.chat.chat import Chat
from netchat.journal.interface import Span
from netchat.model.events import Gap, Said
from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import (
    CONSOLE,
    DeleteLines,
    Forget,
    Kick,
    OwnName,
    Respell,
    Restrict,
    SetRole,
    SetRoom,
    What,
)
from netchat.state.site_changes import TakeDigest
from netchat.testing import Program
from tests.support.changes import whole_audit
from tests.support.site import Site, takes_part

SERVERS = 3
NAMES = ["Ian", "lan", "ian", "Bob", "BOB", "Eve"]
ROOMS = ["lobby", "Lobby", "dev", "il", "ll"]
CHANGES: list[What] = [
    OwnName("Ian"),
    OwnName("Bob"),
    Respell(1, "IAN"),
    SetRole("Ian", "dev", "member"),
    SetRole("Bob", "", "operator"),
    SetRoom("dev", private=True),
    SetRoom("Dev", private=False),
    SetRoom("lobby", slow=5),
    Restrict("mute", "name", "Bob"),
    Restrict("ban", "name", "Eve", "lobby"),
    Kick("Bob", "lobby"),
    Kick("Ian"),
    Forget("Ian"),
    DeleteLines("lobby", (1,)),
    DeleteLines("Lobby", (2, 3)),
]
server = st.integers(0, SERVERS - 1)
who = st.integers(0, 7)
step = st.one_of(
    st.tuples(st.just("hello"), server, st.sampled_from(NAMES), st.integers(0, 3)),
    st.tuples(st.just("ask"), who, st.just("say"), st.sampled_from(ROOMS)),
    st.tuples(st.just("ask"), who, st.just("again"), st.sampled_from(ROOMS)),
    st.tuples(st.just("ask"), who, st.just("join"), st.sampled_from(ROOMS)),
    st.tuples(st.just("ask"), who, st.just("leave"), st.sampled_from(ROOMS)),
    st.tuples(st.just("ask"), who, st.just("rename"), st.sampled_from(NAMES)),
    st.tuples(st.just("ask"), who, st.just("tell"), st.sampled_from(NAMES)),
    st.tuples(st.just("ask"), who, st.just("topic"), st.sampled_from(ROOMS)),
    st.tuples(st.just("hang_up"), who),
    st.tuples(st.just("change"), server, st.sampled_from(CHANGES)),
    st.tuples(st.just("cut"), server),
    st.tuples(st.just("connect"), server),
    st.tuples(st.just("restart"), server, st.booleans()),
    st.just(("settle",)),
    st.tuples(st.just("advance"), st.sampled_from([1.0, 2.5, 6.0])),
)


class Run:
    """A site whose guests do what the steps say, several of them in one turn.

    Its journals are in `directory`, but for that of the last server, which is in memory.
    """

    def __init__(self, directory: Path) -> None:
        self.site = Site(0, "--history", "0", "--names", "open")
        self.directory = directory
        for number in range(SERVERS):
            self._start(number)
        self.programs: list[Program] = []
        self.said = 0

    def hello(self, server: int, name: str, client: int) -> None:
        network = self.site.servers[server]
        program = network.connect(Program())
        program.network = network
        hello = {"name": name, "rooms": ["lobby"]}
        if client:
            hello["client"] = str(UUID(int=client))
        self.programs.append(program)
        self._queue(program, "hello", **hello)

    def ask(self, who: int, type: str, about: str) -> None:
        if not self.programs:
            return
        program = self.programs[who % len(self.programs)]
        self.said += 1
        text = f"line {self.said}"
        match type:
            case "say":
                self._queue(program, "say", room=about, text=text, nonce=text)
            case "again":
                # Perhaps the same client, and the same line.
                self._queue(program, "say", room=about, text=text, nonce=f"line {self.said - 1}")
            case "tell":
                nonce = f"to {self.said // 2}"
                self._queue(program, "tell", to=about, text=text, nonce=nonce)
            case "topic":
                self._queue(program, "topic", room=about, text=text if self.said % 2 else "")
            case "rename":
                self._queue(program, "rename", name=about)
            case _:
                self._queue(program, type, room=about)

    def hang_up(self, who: int) -> None:
        if self.programs:
            program = self.programs[who % len(self.programs)]
            program.transport.loseConnection()

    def change(self, server: int, what: What) -> None:
        chat = self.site.servers[server].service.factory.chat
        change_as(chat, CONSOLE, what, lambda _: None)

    def cut(self, server: int) -> None:
        self.site.logs[server].cut()

    def connect(self, server: int) -> None:
        self.site.logs[server].connect()

    def restart(self, server: int, crash: bool) -> None:
        """Stop a server, in a `crash` without a word to the others, and start it again."""
        site = self.site
        log, network = site.logs[server], site.servers[server]
        if crash:
            log.cut()
        stopped = network.stop()
        for _ in range(5):
            site.advance(0.1)
        assert stopped.called
        del site.logs[server], site.servers[server]
        self._start(server)
        site.logs.insert(server, site.logs.pop())
        site.servers.insert(server, site.servers.pop())

    def settle(self) -> None:
        self.site.settle()

    def advance(self, seconds: float) -> None:
        self.site.advance(seconds)

    def close(self) -> None:
        """Close the files."""
        for server in self.site.servers:
            server.stop()
        for _ in range(5):
            self.site.advance(0.1)

    def end(self) -> None:
        """Connect all servers again, and wait until nobody waits any more."""
        for log in self.site.logs:
            log.connect()
        for _ in range(4):
            self.site.advance(2.5)
        # What is erased by now leaves no other state behind than what it was.
        self.site.start("late", "--data", str(self.directory / "late"))
        for server in range(SERVERS + 1):
            self.change(server, TakeDigest())

    def stored(self) -> list[tuple[list[Said | Gap], list[AuditEntry]]]:
        """Return the lines and the audit of each journal whose server takes part."""
        servers = [server for server in self.site.servers if takes_part(server)]
        chats = [server.service.factory.chat for server in servers]
        return [(_lines(chat), whole_audit(chat.journal)) for chat in chats]

    def _start(self, server: int) -> None:
        name = f"server{server + 1}"
        data = ["--data", str(self.directory / name)] if server < SERVERS - 1 else []
        self.site.start(name, *data)

    def _queue(self, program: Program, type: str, **fields: Any) -> None:
        if program.online:
            program.queue(msgspec.json.encode({"type": type, **fields}) + b"\n")


def _lines(chat: Chat) -> list[Said | Gap]:
    lines: list[Said | Gap] = []
    for room in sorted(room.name for room in chat.rooms):
        chat.journal.read(
            room, Span(0, 1000, 1000), lambda page: lines.extend(getattr(page, "lines", ()))
        )
    return lines


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, max_size=40))
@example([("advance", 1.0), ("cut", 1), ("advance", 6.0), ("advance", 1.0)])
def test_all_servers_know_the_same(
    bugs: list[dict[str, Any]], steps: list[tuple[Any, ...]]
) -> None:
    with TemporaryDirectory() as directory:
        run = Run(Path(directory))
        try:
            for name, *arguments in steps:
                getattr(run, name)(*arguments)
            run.end()
            assert run.site.is_alike()
            one, *others = run.stored()
            assert all(lines == one for lines in others)
        finally:
            run.close()
    # A server that was cut off for too long says so.
    assert all("have not heard of this one" in str(bug.get("why")) for bug in bugs)
    bugs.clear()
    lines: dict[tuple[str, int], str] = {}
    for program in run.programs:
        last: dict[str, int] = {}
        told = [msgspec.json.decode(x) for x in program.heard() if x.startswith("{")]
        for event in told:
            if event["type"] == "said":
                room, id = event["room"], event["id"]
                # A server may have read a deleted line when it was erased.
                if event["text"].strip("*"):
                    assert lines.setdefault((room, id), event["text"]) == event["text"]
                assert last.get(room, 0) < id
                last[room] = id
