"""What tests sit on a seat, and a journal that takes its time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from netchat.chat import Chat
from netchat.dialects import text
from netchat.journal import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netchat.events import Event, Said
    from netchat.room import Dialect, Room, Seat


class Ear:
    """A listener who writes down what he hears, in the text dialect, a list of lines per write."""

    def __init__(self, chat: Chat, name: str, room: str | None = "lobby") -> None:
        self.dialect: Dialect = text
        self.writes: list[list[str]] = []
        self.entered_at: dict[str, int] = {}
        self.dismissed = False
        self.crashed = False
        self.seat: Seat = chat.take_seat(name, self)
        self.room = self.seat.join(room) if room else None

    @property
    def heard(self) -> list[str]:
        """All lines, whatever write they came in."""
        return [line for lines in self.writes for line in lines]

    def say(self, words: str) -> None:
        assert self.room is not None
        self.seat.say(self.room, words)

    def hear(self, data: bytes) -> None:
        self.writes.append(data.decode().splitlines())

    def entered(self, room: Room, last: int) -> None:
        self.entered_at[room.name] = last

    def dismiss(self) -> None:
        self.dismissed = True

    def crash(self) -> None:
        self.crashed = True


class Turn:
    """The end of a turn: it comes when the test says so."""

    def __init__(self) -> None:
        self._calls: deque[Callable[[], None]] = deque()

    @property
    def waiting(self) -> int:
        """How many calls wait for the end of the turn."""
        return len(self._calls)

    def later(self, call: Callable[[], None]) -> None:
        self._calls.append(call)

    def end(self) -> None:
        while self._calls:
            self._calls.popleft()()


class SlowJournal:
    """A journal in memory that settles and finds nothing before it is told to."""

    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()
        self._memory = MemoryJournal()

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        self.waiting.append(lambda: self._memory.append(batch, settled))

    def read(
        self, room: str, up_to: int, limit: int, found: Callable[[Sequence[Said]], None]
    ) -> None:
        self.waiting.append(lambda: self._memory.read(room, up_to, limit, found))

    def settle(self, steps: int = 1_000_000) -> None:
        while self.waiting and steps:
            steps -= 1
            self.waiting.popleft()()


def chat_now(journal: MemoryJournal | SlowJournal | None = None) -> Chat:
    """Return a chat whose turns end at once."""
    return Chat(journal or MemoryJournal(), later=lambda call: call(), now=lambda: 0.0)
