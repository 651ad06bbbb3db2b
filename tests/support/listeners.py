"""A listener that records what it receives, turns that a test ends, and a slow journal."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from netchat.chat import actions, questions
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.journal.interface import (
    AuditPage,
    Page,
    PrivatePage,
    PrivateQuery,
    Reply,
    Span,
    UnreadableError,
)
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.answers import Found
from netchat.model.events import Past, Refused
from netchat.state.record import Record
from netchat.state.restrictions import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netchat.chat.clients import Dialect
    from netchat.chat.room import Participant, Room
    from netchat.journal.interface import Journal, KnownRoom, LogPlace
    from netchat.model.events import Closing, Event


class RecordingListener:
    """A participant, and its listener that records what it receives: a list of lines per write."""

    def __init__(  # noqa: PLR0913 - a test passes one or two of them
        self,
        chat: Chat,
        name: str,
        room: str | None = "lobby",
        *,
        start: Start | None = None,
        client: str = "",
        dialect: Dialect = text,
        account: int = 0,
        quiet: bool = False,
    ) -> None:
        self.dialect: Dialect = dialect
        self.chat = chat
        self.writes: list[list[str]] = []
        self.closed = False
        self.failed = False
        self.paused = False
        self.on_drained: list[Callable[[], None]] = []
        """What the chat wants to be called when the client has read everything; see `drain`."""
        self.storage_errors: list[str] = []
        """The messages of `unreadable`."""
        self.participant: Participant

        def registered(result: Participant | Refused) -> None:
            assert not isinstance(result, Refused), "no other server gives the name away"
            self.participant = result

        actions.register(
            chat,
            name,
            self,
            self,
            client,
            account=account,
            agent="test",
            quiet=quiet,
            then=registered,
        )
        self.room = self.join(room, start) if room else None

    @property
    def personal(self) -> Dialect:
        return self.dialect

    @property
    def received(self) -> list[str]:
        """All lines, of all writes."""
        return [line for lines in self.writes for line in lines]

    def join(self, room: str, start: Start | None = None) -> Room:
        """Join `room`, with its earlier lines from `start` on."""
        return actions.join(self.chat, self.participant, room, start)

    def leave_chat(self, closing: Closing | None = None) -> None:
        """Leave the chat, with `closing` if there is one."""
        if closing is not None:
            actions.disconnect(self.chat, self.participant, closing)
        actions.leave_chat(self.chat, self.participant)

    def say(self, words: str, nonce: str = "") -> None:
        assert self.room is not None
        actions.say(self.chat, self.participant, self.room, words, nonce=nonce)

    def recall(self, limit: int) -> None:
        """Ask for the last `limit` lines of the room."""
        room = self.room
        assert room is not None

        def answer(page: Page | UnreadableError) -> Sequence[Event]:
            if isinstance(page, Page):
                return [Past(room.name, page.lines, asked=True)]
            return [Refused("storage", str(page))]

        def look_up(found: Reply) -> None:
            span = Span(0, room.last, limit, newest=True)
            self.chat.lookups.read(self.participant, room, lambda: span, found)

        questions.recall(self.chat, self.participant, room, look_up, answer)

    def search(self, words: str) -> None:
        """Ask for the last lines of the room that contain `words`."""
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

        questions.recall(self.chat, self.participant, room, look_up, answer)

    def drain(self) -> None:
        """Act as a client that reads everything, and what is sent to it because of that."""
        while self.on_drained:
            self.on_drained.pop(0)()

    fast_send = None
    host: Host = None
    door = "tcp"
    online = idle = 0.0

    def write(self, data: bytes) -> None:
        self.writes.append(data.decode().splitlines())

    def when_drained(self, call: Callable[[], None]) -> None:
        self.on_drained.append(call)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def replaced(self) -> None:
        self.leave_chat()

    def ended(self, closing: Closing) -> None:
        self.leave_chat(closing)

    def unreadable(self, closing: Closing) -> None:
        self.storage_errors.append(closing.message)
        self.leave_chat(closing)

    def unanswered(self, closing: Closing) -> None:
        self.leave_chat(closing)

    def close(self) -> None:
        self.closed = True

    def fail(self) -> None:
        self.failed = True


class JsonListener(RecordingListener):
    """A listener whose client reads JSON lines; with `after`, it resumes after that id."""

    def __init__(  # noqa: PLR0913 - a test passes one or two of them
        self,
        chat: Chat,
        name: str,
        after: int | None = None,
        room: str | None = "lobby",
        *,
        start: Start | None = None,
        account: int = 0,
    ) -> None:
        start = start if after is None else Start(after)
        super().__init__(chat, name, room, start=start, dialect=jsonl, account=account)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.received]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def ids(self) -> list[int]:
        return [event["id"] for event in self.events if event["type"] == "said"]


class ManualTurn:
    """A reactor turn that ends when the test calls `end`."""

    def __init__(self) -> None:
        self._calls: deque[Callable[[], None]] = deque()

    @property
    def pending(self) -> int:
        """The number of calls that wait for the end of the turn."""
        return len(self._calls)

    def later(self, call: Callable[[], None]) -> None:
        self._calls.append(call)

    def end(self) -> None:
        while self._calls:
            self._calls.popleft()()


class SlowJournal:
    """A journal in memory that stores and finds nothing before the test calls `settle`.

    A page has at most `limit` lines; the newest `keep` lines of a room are stored (0: all).
    """

    trouble = ""

    def __init__(self, limit: int = 1_000_000, keep: int = 0) -> None:
        self._limit = limit
        self.waiting: deque[Callable[[], None]] = deque()
        self.unreadable = False
        """Whether no page can be read."""
        self._memory = MemoryJournal(keep)

    @property
    def id(self) -> str:
        return self._memory.id

    def acquire_lock(self) -> None:
        """Do nothing: no other process can open a journal in memory."""

    def open(self) -> Sequence[KnownRoom]:
        return self._memory.open()

    def take_id(self, id: str) -> None:
        self._memory.take_id(id)

    def records(self) -> Sequence[Record]:
        return self._memory.records()

    def audit(
        self, before: int, limit: int, found: Callable[[AuditPage | UnreadableError], None]
    ) -> None:
        self._memory.audit(before, limit, found)

    def log_places(self, found: Callable[[Sequence[LogPlace] | UnreadableError], None]) -> None:
        self._memory.log_places(found)

    def close(self, closed: Callable[[], None]) -> None:
        self.waiting.append(closed)

    def ping(self, answered: Callable[[], None]) -> None:
        self.waiting.append(answered)

    def append(self, batch: Sequence[Event], settled: Callable[[Sequence[Event]], None]) -> None:
        self.waiting.append(lambda: self._memory.append(batch, settled))

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        span = replace(span, limit=min(span.limit, self._limit))

        def read() -> None:
            if self.unreadable:
                found(UnreadableError("It cannot be read."))
            else:
                self._memory.read(room, span, found)

        self.waiting.append(read)

    def search(
        self, room: str, words: str, span: Span, found: Callable[[Page | UnreadableError], None]
    ) -> None:
        self.waiting.append(lambda: self._memory.search(room, words, span, found))

    def private_counts(self) -> Mapping[int, int]:
        return self._memory.private_counts()

    def read_private(
        self, query: PrivateQuery, found: Callable[[PrivatePage | UnreadableError], None]
    ) -> None:
        self.waiting.append(lambda: self._memory.read_private(query, found))

    def settle(self, steps: int = 1_000_000) -> None:
        """Do what is waiting, and what is asked for meanwhile: at most `steps` calls."""
        while self.waiting and steps:
            steps -= 1
            self.waiting.popleft()()


def immediate_chat(journal: Journal | None = None) -> Chat:
    """Return a chat in which every call is a turn of its own."""
    return Chat(journal or MemoryJournal(), later=lambda call: call(), now=lambda: 0.0)
