"""The conversation of one guest, from the prompt to his last word, without I/O.

A refusal is answered, and the conversation goes on; a crime against the protocol ends it with a
line that says so. Before the name there is no seat, and all that a line can be is a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from netchat.chat import Chat
from netchat.dialects import text
from netchat.dialects.framing import TooLong
from netchat.events import (
    Closing,
    Entered,
    Event,
    Help,
    Names,
    Past,
    Refused,
    Said,
    Topic,
    Welcome,
)
from netchat.requests import (
    Bye,
    GetHelp,
    GetHistory,
    GetNames,
    GetRooms,
    GetTopic,
    Hello,
    Join,
    Rename,
    Request,
    Say,
    SetTopic,
    Tell,
)
from netchat.room import Dialect, RefusedError, Room, Seat

TOO_LONG = Refused("line-too-long", "That line is too long, so nobody saw it; send shorter ones.")

BYE = Closing("bye")
_LABORIOUS = (GetHistory, GetNames, GetRooms)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator decides about a conversation; 0 turns a limit off."""

    lobby: str = "lobby"
    motd: tuple[str, ...] = ()
    history: int = 50
    login_tries: int = 5


class Wire(Protocol):
    """The guest's connection, as far as his conversation can see."""

    def write(self, data: bytes) -> None:
        """Send `data` behind all that was written before."""

    def close(self) -> None:
        """Close once everything written has been sent; nothing is written after it."""

    def crash(self) -> None:
        """Log the exception being handled, which is a bug, and close at once."""

    def seated(self, name: str) -> None:
        """Learn that the guest has his name."""


class Session:
    """One guest: feed it his lines, and it writes on the wire what he is to read."""

    __slots__ = (
        "_asked",
        "_chat",
        "_closed",
        "_gone",
        "_room",
        "_rules",
        "_tries",
        "_welcomed",
        "_wire",
        "dialect",
        "seat",
    )

    def __init__(self, chat: Chat, wire: Wire, rules: Rules) -> None:
        self.dialect: Dialect = text
        self.seat: Seat | None = None
        self._chat = chat
        self._wire = wire
        self._rules = rules
        self._room: Room | None = None
        self._tries = 0
        self._asked = False
        self._closed = False
        self._gone = False
        self._welcomed = False

    @property
    def name(self) -> str:
        """The guest's name; empty as long as he has none."""
        return self.seat.name if self.seat else ""

    def open(self) -> None:
        """Ask for the name."""
        self._asked = True
        self._wire.write(text.PROMPT)

    def line(self, line: bytes | TooLong) -> bool:
        """Take one line (no line end) from the guest; return whether another may follow at once.

        What can make a great deal of work has the rest of the turn for itself.
        """
        if self._closed:
            return True
        if self.seat is None:
            self._log_in(TOO_LONG if isinstance(line, TooLong) else text.parse_name(line))
            return True
        request = TOO_LONG if isinstance(line, TooLong) else text.parse(line)
        try:
            self._meet(self.seat, request)
        except RefusedError as error:
            self._answer(Refused(error.code, error.message))
        return not isinstance(request, _LABORIOUS)

    def close(self, closing: Closing) -> None:
        """Let the guest hear `closing` as the last thing, behind all that was asked before."""
        if self._closed:
            return
        self._closed = True
        if self.seat is None:
            # The question stands on a line that has no end yet.
            self._wire.write((b"\n" if self._asked else b"") + self.dialect.render(closing))
            self._wire.close()
        else:
            self.seat.close(closing)

    def leave(self, closing: Closing = BYE) -> None:
        """Let the guest go, with `closing` as the last thing he hears; his name is free."""
        self.close(closing)
        self._give_up_seat()

    def lost(self) -> None:
        """Learn that the connection is gone, whoever ended it."""
        self._closed = True
        if self.seat is not None:
            self.seat.deaf = True
        self._give_up_seat()

    def hear(self, data: bytes) -> None:
        """Pass on what happened in a turn."""
        self._wire.write(data)

    def dismiss(self) -> None:
        """Close the connection: the guest has heard his last."""
        self._wire.close()

    def crash(self) -> None:
        """Close the connection at once: a bug was met on the guest's behalf."""
        self._wire.crash()

    def entered(self, room: Room, last: int) -> None:
        """Show the guest the room that he is in now, and what was said there before."""
        assert self.seat is not None
        first = not self._welcomed
        if first:
            self._welcomed = True
            self._chat.answer(self.seat, Welcome(room.members[self.seat], self._rules.motd))
        self._chat.answer(self.seat, Entered(room.name, room.topic, room.names, last, first))
        if self._rules.history:
            past = partial(_past, room.name, asked=False)
            self._chat.recall(self.seat, room, last, self._rules.history, past)

    def _log_in(self, request: Request | Refused) -> None:
        self._asked = False
        match request:
            case Bye():
                self.leave()
            case Hello():
                try:
                    self._take_seat(request.name)
                except RefusedError as error:
                    self._refuse_name(Refused(error.code, error.message))
            case Refused():
                self._refuse_name(request)

    def _take_seat(self, name: str) -> None:
        self.seat = self._chat.take_seat(name, self)
        self._room = self.seat.join(self._rules.lobby)
        self._wire.seated(self.seat.name)

    def _refuse_name(self, refused: Refused) -> None:
        self._tries += 1
        self._wire.write(self.dialect.render(refused))
        if self._tries == self._rules.login_tries:
            self.close(Closing("login-tries", "Too many tries; connect again with another name."))
        else:
            self.open()

    def _meet(self, seat: Seat, request: Request | Refused | None) -> None:
        match request:
            case Say():
                seat.say(self._here, request.text, action=request.action)
            case Tell():
                seat.tell(request.to, request.text)
            case Join():
                self._move(seat, request.room)
            case Rename():
                seat.rename(request.name)
            case SetTopic():
                seat.set_topic(self._here, request.text)
            case GetHistory():
                self._recall(seat, request.limit)
            case Bye():
                self.leave()
            case Refused():
                self._answer(request)
            case Request():
                self._inform(seat, request)

    def _inform(self, seat: Seat, request: Request) -> None:
        room = self._here
        match request:
            case GetTopic():
                seat.ask(lambda: Topic(room.name, room.topic))
            case GetNames():
                seat.ask(lambda: Names(room.name, room.names))
            case GetRooms():
                seat.ask(self._chat.list_rooms)
            case GetHelp():
                seat.ask(Help)

    def _move(self, seat: Seat, name: str) -> None:
        before = self._here
        self._room = seat.join(name)
        seat.leave(before)

    def _recall(self, seat: Seat, limit: int | None) -> None:
        room = self._here
        past = partial(_past, room.name, asked=True)
        seat.recall(room, limit or self._rules.history or Rules().history, past)

    def _answer(self, event: Event) -> None:
        assert self.seat is not None
        self.seat.ask(lambda: event)

    def _give_up_seat(self) -> None:
        if self.seat is not None and not self._gone:
            self._gone = True
            self.seat.leave_chat()

    @property
    def _here(self) -> Room:
        assert self._room is not None, "a guest of the text dialect is always in one room"
        return self._room


def _past(room: str, lines: Sequence[Said], *, asked: bool) -> Past:
    return Past(room, tuple(lines), asked)
