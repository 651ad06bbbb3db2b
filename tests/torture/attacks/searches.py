"""Guests search a large journal without end, and for what is hard to find; others come in."""

from __future__ import annotations

import selectors
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic

import msgspec

from netchat.model.events import SaidLines
from tests.support.journals import NOW, ManualClock, append, close, make_journal
from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_least, at_most, exactly, told

ROOM = "archive"
WORDS = "hello apple pear line number"
"""All of them are in half the lines or more, and no line has all."""
AT_ONCE = 500
RATE = 5.0
LONG = "x" * 1000


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, lines: int, guests: int, seconds: float, entry: float,
    memory: float, stop: float, size: Size,
) -> list[Figure]:  # fmt: skip
    """Let `guests` search `lines` lines for so many `seconds`, while as many say long lines.

    Who comes in meanwhile has his history after `entry` s; the server may have `memory` MiB more,
    and `stop` s to end while all of them wait.
    """
    _fill(place / "data", lines)
    with Scene(place, dice) as scene:
        scene.be_quiet(size.calm)
        with scene.raid(attack, port=scene.port, guests=guests, seconds=seconds) as raid:
            scene.until(lambda: len(raid.told) > 0, "searches", seconds + 60)
            growth = scene.growth
            figures = scene.others(size)
            begin = monotonic()
            code = scene.server.stop()
            took = monotonic() - begin
        result = raid.told[0]
    return [
        told("lines that are searched, guests who search", f"{lines}, {guests}"),
        at_least("searches that were answered", 1, result["answers"]),
        told("guests who were closed, and came back", result["closed"]),
        told("guests who came in meanwhile", len(result["entries"])),
        at_most("the slowest of them had his history after", 1000 * entry,
                1000 * max(result["entries"]), "ms"),
        at_most("memory of the server, more", memory, growth, "MiB"),
        exactly("exit code", 0, code),
        at_most("ended, while they waited, after", stop, took, "s"),
        *figures,
    ]  # fmt: skip


def attack(commander: Commander, *, port: int, guests: int, seconds: float) -> None:
    """Search, and say long lines; come in every second; tell of it, and go on until the end."""
    begin = monotonic()
    crowd = _Crowd(port, guests)
    entries: list[float] = []
    for beat in count():
        crowd.ask()
        crowd.hear(begin + beat / RATE)
        if beat % RATE == 0 and monotonic() < begin + seconds:
            entries.append(_come_in(port, beat))
        elif entries and monotonic() > begin + seconds:
            break
    commander.tell({"answers": crowd.answers, "closed": crowd.closed, "entries": entries})
    while crowd.callers:
        crowd.ask()
        crowd.hear(monotonic() + 1 / RATE)


class _Crowd:
    """So many guests who search, and as many who speak; who is closed comes back, if he can."""

    def __init__(self, port: int, guests: int) -> None:
        self.callers: dict[Caller, bytes] = {}
        """All of them, and what each says again and again."""
        self.answers = self.closed = 0
        self._port = port
        self._names = count()
        self._selector = selectors.DefaultSelector()
        search = {"type": "search", "room": ROOM, "words": WORDS}
        say = {"type": "say", "room": ROOM, "text": LONG}
        for request in [search, say] * guests:
            self._come(msgspec.json.encode(request) + b"\n")

    def ask(self) -> None:
        """Let each say what he says."""
        for caller, request in self.callers.items():
            caller.push(request)

    def hear(self, until: float) -> None:
        """Read what comes until then."""
        while (left := until - monotonic()) > 0:
            for key, _ in self._selector.select(left):
                heard = key.data.take()
                self.answers += heard.count(b'"type":"found"')
                if not heard:
                    self._leave(key.data)

    def _come(self, request: bytes) -> None:
        caller = Caller(self._port)
        caller.ask(type="hello", name=f"searcher{next(self._names)}", rooms=[ROOM])
        caller.socket.settimeout(0.01)
        self.callers[caller] = request
        self._selector.register(caller.socket, selectors.EVENT_READ, caller)

    def _leave(self, caller: Caller) -> None:
        self.closed += 1
        self._selector.unregister(caller.socket)
        caller.close()
        request = self.callers.pop(caller)
        with suppress(OSError):
            self._come(request)


def _come_in(port: int, number: int) -> float:
    """Come in, ask for what was said before, and go; return the seconds that it took."""
    begin = monotonic()
    caller = Caller(port)
    caller.hello(f"newcomer{number}", "entered", rooms=[ROOM])
    caller.ask(type="history", room=ROOM, limit=50)
    assert caller.event("history")
    caller.close()
    return monotonic() - begin


def _fill(directory: Path, lines: int) -> None:
    """Make a journal of so many lines, all of them in its index."""
    clock = ManualClock()
    journal = make_journal(directory, clock)
    journal.open()
    for start in range(0, lines, AT_ONCE):
        fruit = ("apple", "pear")
        texts = [f"hello {fruit[n % 2]} line number {n}" for n in range(start, start + AT_ONCE)]
        append(journal, SaidLines(ROOM, "Bob", tuple(texts), NOW))
    clock.advance(1)
    close(journal)
