"""What tests sit on a participant, and a journal that takes its time."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.dialects.text import dialect as text
from netchat.journal.interface import Page, Reply, Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Found, Past, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netchat.chat.room import Dialect, Participant, Room
    from netchat.journal.interface import Journal, KnownRoom, UnreadableError
    from netchat.model.events import Closing, Event


class Ear:
    """A listener who writes down what he hears, in the text dialect, a list of lines per write."""

    def __init__(  # noqa: PLR0913  # each test names the one or two that it is about
        self,
        chat: Chat,
        name: str,
        room: str | None = "lobby",
        *,
        after: int | None = None,
        client: str = "",
        dialect: Dialect = text,
    ) -> None:
        self.dialect: Dialect = dialect
        self.chat = chat
        self.after = after
        self.writes: list[list[str]] = []
        self.entered_at: dict[str, int] = {}
        self.dismissed = False
        self.crashed = False
        self.held = False
        self.waiting = 0
        self.drained: list[Callable[[], None]] = []
        """What is to be called once he has read what he was given; a test calls `drain`."""
        self.complaints: list[str] = []
        self.participant: Participant = actions.register(chat, name, self, client)
        self.room = actions.join(self.chat, self.participant, room) if room else None

    @property
    def heard(self) -> list[str]:
        """All lines, whatever write they came in."""
        return [line for lines in self.writes for line in lines]

    def say(self, words: str, nonce: str = "") -> None:
        assert self.room is not None
        actions.say(self.chat, self.participant, self.room, words, nonce=nonce)

    def recall(self, limit: int) -> None:
        """Ask for the last `limit` lines of the room."""
        room = self.room
        assert room is not None

        def answer(page: Page | UnreadableError) -> Sequence[Event]:
            assert isinstance(page, Page)
            return [Past(room.name, page.lines, asked=True)]

        def look_up(found: Reply) -> None:
            span = Span(0, room.last, limit, newest=True)
            self.chat.lookups.read(self.participant, room, lambda: span, found)

        actions.recall(self.chat, self.participant, room, look_up, answer)

    def search(self, words: str) -> None:
        """Ask for the last lines of the room with `words` in them."""
        room = self.room
        assert room is not None

        def answer(page: Page | UnreadableError) -> Sequence[Event]:
            if isinstance(page, Page):
                return [Found(room.name, words, page.lines, page.more)]
            return [Refused("storage", str(page))]

        def look_up(found: Reply) -> None:
            self.chat.lookups.search(
                self.participant, room, words, Span(0, room.last, 50, newest=True), found
            )

        actions.recall(self.chat, self.participant, room, look_up, answer)

    def drain(self) -> None:
        """Read what was heard, and whatever comes then."""
        while self.drained:
            self.drained.pop(0)()

    fast_send = None

    def deliver(self, data: bytes) -> None:
        self.writes.append(data.decode().splitlines())

    def entered(self, room: Room, last: int) -> None:
        self.entered_at[room.name] = last
        if self.after is not None:
            self.chat.backfill(self.participant, room, self.after)

    def when_drained(self, call: Callable[[], None]) -> None:
        self.drained.append(call)

    def pause_reading(self) -> None:
        self.held = True

    def resume_reading(self) -> None:
        self.held = False

    def replaced(self) -> None:
        actions.leave_chat(
            self.chat,
            self.participant,
        )

    def unreadable(self, closing: Closing) -> None:
        self.complaints.append(closing.message)

    def waits(self, size: int) -> None:
        self.waiting = size

    def too_slow(self) -> None:
        actions.leave_chat(
            self.chat,
            self.participant,
        )

    def close_connection(self) -> None:
        self.dismissed = True

    def fail(self) -> None:
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
    """A journal in memory that settles and finds nothing before it is told to.

    A page of it has at most `limit` lines.
    """

    trouble = ""

    def __init__(self, limit: int = 1_000_000) -> None:
        self._limit = limit
        self.waiting: deque[Callable[[], None]] = deque()
        self._memory = MemoryJournal()

    def acquire_lock(self) -> None:
        """Nobody else can have it."""

    def open(self) -> Sequence[KnownRoom]:
        return self._memory.open()

    def close(self, closed: Callable[[], None]) -> None:
        self.waiting.append(closed)

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        self.waiting.append(lambda: self._memory.append(batch, settled))

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        span = replace(span, limit=min(span.limit, self._limit))
        self.waiting.append(lambda: self._memory.read(room, span, found))

    def search(
        self, room: str, words: str, span: Span, found: Callable[[Page | UnreadableError], None]
    ) -> None:
        self.waiting.append(lambda: self._memory.search(room, words, span, found))

    def settle(self, steps: int = 1_000_000) -> None:
        while self.waiting and steps:
            steps -= 1
            self.waiting.popleft()()


def chat_now(journal: Journal | None = None) -> Chat:
    """Return a chat whose turns end at once."""
    return Chat(journal or MemoryJournal(), later=lambda call: call(), now=lambda: 0.0)
