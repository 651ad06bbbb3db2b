"""The conversation of one guest, from the prompt to his last word, without I/O.

A refusal is answered, and the conversation goes on; a crime against the protocol ends it with a
line that says so. Before the name there is no seat, and what is said then is in `login`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netchat.chat.chat import Chat
from netchat.chat.room import RefusedError, Room, Seat, Send
from netchat.dialects.framing import TooLong
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.model.events import Closing, Pong, Refused
from netchat.model.limits import Limits
from netchat.model.requests import Bye, Hello, Ping, Rename, Request
from netchat.session.interfaces import Speech, Wire
from netchat.session.login import LINE_TOO_LONG, WRONG_WORD, Login
from netchat.session.quotas import check_space, checked
from netchat.session.requests import LABORIOUS, Member

BYE = Closing("bye")
REPLACED = Closing("replaced", "You have come back on another connection.")
MINUTE = 60
TOO_MANY_NAMES = "You have had too many names in this minute; keep this one for a while."
TOO_SLOW = Closing("too-slow", "Too much waits for you to read it; come back.", retry=1)


class Session:
    """One guest: feed it his lines, and it writes on the wire what he is to read."""

    __slots__ = (
        "_chat",
        "_closed",
        "_gone",
        "_limits",
        "_login",
        "_member",
        "_renamed",
        "_wire",
        "dialect",
        "seat",
    )

    def __init__(self, chat: Chat, wire: Wire, limits: Limits) -> None:
        self.dialect: Speech = text
        self.seat: Seat | None = None
        self._chat = chat
        self._wire = wire
        self._limits = limits
        self._login: Login | None = Login(wire)
        """Until he has a name."""
        self._member: Member | None = None
        self._renamed: tuple[float, ...] = ()
        """When he took the names that he took in the last minute."""
        self._closed = False
        self._gone = False

    @property
    def name(self) -> str:
        """The guest's name; empty as long as he has none."""
        return self.seat.name if self.seat else ""

    @property
    def is_program(self) -> bool:
        """Whether the guest speaks in JSON lines."""
        return self.dialect is jsonl

    def open(self) -> None:
        """Ask for the name, unless the guest has said something already."""
        if self._login is not None and not self._closed:
            self._login.open()

    def line(self, line: bytes | TooLong) -> bool:
        """Take one line (no line end) from the guest; return whether another may follow at once.

        What can make a great deal of work has the rest of the turn for itself.
        """
        if self._closed:
            return True
        if self._login is not None:
            self._log_in(self._login, line)
            return True
        assert self._member is not None, "who has a name is a member"
        request = LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse(line)
        self._meet(self._member, request)
        return not isinstance(request, LABORIOUS)

    def whole_lines(self, data: bytes) -> bool:
        """Take some whole lines if all that is done in them is to speak; else return False."""
        if self._closed or self._member is None:
            return False
        said = self.dialect.parse_plain(data)
        return said is not None and self._member.say_lines(said)

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on."""
        self._limits = limits
        if self._member is not None:
            self._member.apply_limits(limits)

    def close(self, closing: Closing) -> None:
        """Let the guest hear `closing` as the last thing, behind all that was asked before."""
        if self._closed:
            return
        self._closed = True
        if self.seat is None:
            if self._login is not None:
                self._login.begin(self._wire.begun)
                self.dialect = self._login.dialect
            # The question stands on a line that has no end yet.
            asked = self._login is not None and self._login.asked
            self._wire.write((b"\n" if asked else b"") + self.dialect.render(closing))
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

    @property
    def direct(self) -> Send | None:
        """What sends to the guest at once, if nothing waits to be sent."""
        return self._wire.direct

    def hear(self, data: bytes) -> None:
        """Pass on what happened in a turn."""
        self._wire.write(data)

    def direct_changed(self) -> None:
        """Learn that what is `direct` has changed."""
        if self.seat is not None:
            self.seat.written_to_anew()

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when the guest has read what he has heard."""
        self._wire.when_drained(call)

    def hold(self) -> None:
        """Take no more lines for now."""
        self._wire.hold()

    def go_on(self) -> None:
        """Take lines again."""
        self._wire.go_on()

    def dismiss(self) -> None:
        """Close the connection: the guest has heard his last."""
        self._wire.close()

    def crash(self) -> None:
        """Close the connection at once: a bug was met on the guest's behalf."""
        self._wire.crash()

    def replaced(self) -> None:
        """Let the guest go who has come back on another connection."""
        self.leave(REPLACED)

    def unreadable(self, closing: Closing) -> None:
        """Let the guest go who cannot be told what he missed; he can try again."""
        self.leave(closing)

    def too_slow(self) -> None:
        """Let the guest go for whom too much waits."""
        self.leave(TOO_SLOW)

    def waits(self, size: int) -> None:
        """Let the guest go if so much waits for what he has asked as he may not be behind."""
        if 0 < self._limits.connection.max_backlog < size:
            self.too_slow()

    def entered(self, room: Room, last: int) -> None:
        """Show the guest the room that he is in now."""
        assert self._member is not None, "who comes into a room is a member"
        self._member.entered(room, last)

    def _log_in(self, login: Login, line: bytes | TooLong) -> None:
        if login.waits:
            return  # He has hung up, so that all his lines come at once; and he was never in.
        request = login.take(line, self._limits.conversation)
        self.dialect = login.dialect
        match request:
            case Bye():
                self.leave()
            case Hello() if self._limits.conversation.password and request.password is not None:
                login.waits = True
                known = partial(self._is_known, login, request)
                self._wire.prove(known, partial(self._proved, login, request))
            case Hello():
                self._come_in(login, request)
            case Ping():
                pong = Pong(request.nonce or "", self._chat.journal.trouble)
                self._wire.write(self.dialect.render(pong))
            case Refused():
                self._refuse(login, request)

    def _is_known(self, login: Login, hello: Hello) -> bool:
        return login.knows(hello, self._limits.conversation)

    def _proved(self, login: Login, hello: Hello, right: bool) -> None:
        login.waits = False
        self._wire.go_on()
        if right:
            self._come_in(login, hello)
        else:
            self._refuse(login, hello.refuse("bad-password", WRONG_WORD))

    def _come_in(self, login: Login, hello: Hello) -> None:
        try:
            self._take_seat(hello)
        except RefusedError as error:
            self._refuse(login, hello.refuse(error.code, error.message))

    def _take_seat(self, hello: Hello) -> None:
        rooms = (self._limits.conversation.lobby,) if hello.rooms is None else checked(hello.rooms)
        check_space(self._chat, self._limits.conversation, rooms, 0)
        client = hello.client.hex if hello.client else ""
        self.seat = self._chat.take_seat(hello.name, self, client)
        self._login = None
        self._member = Member(
            self._chat,
            self.seat,
            self._limits,
            single=not self.is_program,
        )
        self._member.come_in(rooms, hello.after or {})
        self._wire.seated(self.seat.name)

    def _refuse(self, login: Login, refused: Refused) -> None:
        closing = login.refuse(refused, self._limits.conversation)
        if closing is not None:
            self.close(closing)

    def _meet(self, member: Member, request: Request | Refused | None) -> None:
        match request:
            case Bye():
                self.leave()
            case Refused():
                member.answer(request)
            case Request():
                try:
                    if isinstance(request, Rename):
                        self._rename(member, request)
                    else:
                        member.meet(request)
                except RefusedError as error:
                    member.answer(request.refuse(error.code, error.message))

    def _rename(self, member: Member, request: Rename) -> None:
        now, most = self._wire.seconds(), self._limits.conversation.max_renames
        self._renamed = tuple(when for when in self._renamed if now - when < MINUTE)
        if 0 < most <= len(self._renamed):
            raise RefusedError("too-fast", TOO_MANY_NAMES)
        member.meet(request)
        self._renamed += (now,)

    def _give_up_seat(self) -> None:
        if self.seat is not None and not self._gone:
            self._gone = True
            self.seat.leave_chat()
