"""The talk with a server in the text dialect, without I/O: from the name to the goodbye, over cuts.

Entering: name -> welcome -> `/names` -> (another room is wanted: `/join` -> `/names`) -> in.
The text dialect does not say where the past ends and the present begins, nor which lines it has
taken. But it answers in order: the answer to `/names` ends the past, and proves that every line
sent before it was taken.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from netchat.client.company import Company
from netchat.client.heard import (
    Came,
    Front,
    Goodbye,
    Heard,
    Moved,
    Past,
    Present,
    Refusal,
    Said,
    Welcome,
    Went,
    Whispered,
)
from netchat.client.lines import Prompt, command_of, is_leaving
from netchat.client.replay import Memory

_MOST = 1000
"""How many lines of a past are held: no server makes us hold more."""
_WRAPPED = 960
"""A list of names this long may go on in a further line."""


class Wire(Protocol):
    """The connection, as far as the conversation can see."""

    def send(self, line: str) -> None:
        """Send `line`, which has no line end."""

    def entered(self) -> None:
        """Learn that we are in."""

    def refused(self, reason: str) -> None:
        """Learn that the server does not let us in."""

    def ended(self) -> None:
        """Learn that the goodbye was heard."""


class _Stage(Enum):
    AWAY = auto()
    NAMELESS = auto()
    NAMED = auto()
    WELCOMED = auto()
    ELSEWHERE = auto()
    """In another room than the one wanted, which has been asked for."""
    IN = auto()


@dataclass(frozen=True, slots=True)
class _Question:
    """A `/names` under way: `ours` if nobody typed it; its answer proves the first `sent` lines."""

    ours: bool
    sent: int


class Conversation:
    """What is known of the talk, and what to do about each thing heard.

    `name` is the name to ask for, `room` the room to be in ("" for the one the server puts us in).
    """

    def __init__(self, name: str, room: str, front: Front) -> None:
        self.company = Company(name)
        self.room = unicodedata.normalize("NFC", room)
        self.leaving = False
        self.has_been_in = False
        self._memory = Memory(self.company.own)
        self._front = front
        self._kept: list[str] = []
        self._wire: Wire | None = None
        self._sent = self._proven = 0
        self._answered = _Question(False, 0)
        self._listing = False
        self._start()

    @property
    def online(self) -> bool:
        """Whether a line goes out at once."""
        return self._open and self._wire is not None

    @property
    def unproven(self) -> int:
        """How many lines the server has not been seen to take, and those kept for it."""
        return self._sent - self._proven + len(self._kept)

    def connected(self, wire: Wire) -> None:
        """Begin anew on `wire`."""
        self._start()
        self._wire = wire
        self._stage = _Stage.NAMELESS

    def lost(self) -> None:
        """Learn that the connection is gone, and with it whatever was unproven."""
        self._stage = _Stage.AWAY
        self._wire = None
        self._sent = self._proven = 0

    def say(self, text: str) -> None:
        """Send `text`, or keep it until we are in."""
        if is_leaving(text):
            self.leaving = True
            if self.online:
                self._send(text)
        elif not self.online:
            self._kept.append(text)
        else:
            self._sent += 1
            if command_of(text) == "names":
                self._questions.append(_Question(False, self._sent))
            self._send(text)

    def prove(self) -> None:
        """Ask for a sign that what was said has been taken."""
        self._questions.append(_Question(True, self._sent))
        self._send("/names")

    def receive(self, heard: Heard) -> None:
        """Act on one thing from the server."""
        listed_before, self._listing = self._listing, False
        if isinstance(heard, Goodbye):
            self._proven = self._sent
            self._the_wire.ended()
        elif self._stage in (_Stage.NAMELESS, _Stage.NAMED):
            self._log_in(heard)
        elif isinstance(heard, Present):
            self._take_list(heard, goes_on=listed_before)
        elif not isinstance(heard, (Prompt, Welcome)):
            self.company.learn(heard)
            self._place(heard)

    def _start(self) -> None:
        self._stage = _Stage.AWAY
        self._open = False
        self._here = ""
        self._sent = self._proven = 0
        self._entry: deque[Heard] | None = deque(maxlen=_MOST)
        self._questions: deque[_Question] = deque()

    def _send(self, line: str) -> None:
        self._the_wire.send(line)

    @property
    def _the_wire(self) -> Wire:
        assert self._wire is not None, "nothing is heard or sent without a connection"
        return self._wire

    def _log_in(self, heard: Heard) -> None:
        match heard:
            case Prompt() if self._stage is _Stage.NAMELESS:
                self._stage = _Stage.NAMED
                self._send(self.company.name)
            case Refusal():
                self._the_wire.refused(heard.text.removeprefix("! "))
            case Welcome() if self._stage is _Stage.NAMED:
                self._stage = _Stage.WELCOMED
                if not self.has_been_in:
                    self._front.recall(heard)
                self.prove()

    def _place(self, heard: Heard) -> None:
        """Decide when `heard` is shown: what comes while we enter waits until we are in."""
        if isinstance(heard, Moved):
            self._move(heard)
        elif isinstance(heard, Refusal):
            self._front.hear(heard)
            if self._stage is _Stage.ELSEWHERE:
                self._arrive()
        elif self._entry is None:
            self._show(heard)
        else:
            self._entry.append(heard)

    def _move(self, moved: Moved) -> None:
        # What is told of a room that we only pass through is not what anybody came for.
        passing = (Past, Said, Came, Went)
        kept = (x for x in self._entry or () if not isinstance(x, passing))
        self._entry = deque(kept, maxlen=_MOST)
        if self._open:
            self._front.hear(moved)
        else:
            self._entry.append(moved)
        self._stage = _Stage.IN
        self.prove()

    def _take_list(self, present: Present, *, goes_on: bool) -> None:
        if not goes_on:
            self._answered = self._questions.popleft() if self._questions else _Question(False, 0)
            self._proven = max(self._proven, self._answered.sent)
            self.company.people.clear()
        self._listing = len(present.text) > _WRAPPED
        self.company.learn(present)
        if not self._answered.ours:
            self._front.hear(present)
        elif self._entry is not None and not goes_on:
            self._here = present.room
            self._settle()

    def _settle(self) -> None:
        """Go on to the room that is wanted, or be in this one: its past has been told."""
        wanted = self.room if self._stage is _Stage.WELCOMED else ""
        if wanted and wanted.casefold() != self._here.casefold():
            self._stage = _Stage.ELSEWHERE
            self._send(f"/join {wanted}")
        else:
            self._arrive()

    def _arrive(self) -> None:
        astray = self._stage is _Stage.ELSEWHERE
        self._stage = _Stage.IN
        if not astray:
            self.room = self._here
        again = self.has_been_in and not self._open
        if not self._open:
            self._open = self.has_been_in = True
            self._the_wire.entered()
            self._front.entered(again=again, astray=astray)
        self._tell_entry(again=again)
        kept, self._kept = self._kept, []
        for text in kept:
            self.say(text)

    def _tell_entry(self, *, again: bool) -> None:
        entry, self._entry = self._entry or (), None
        for heard, missed in self._memory.sift(self._here, entry):
            if missed or isinstance(heard, (Said, Whispered)):
                self._front.hear(heard)
            elif not again:
                self._front.recall(heard)

    def _show(self, heard: Heard) -> None:
        self._memory.note(self._here, heard)
        self._front.hear(heard)
