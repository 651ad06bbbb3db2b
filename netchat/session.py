"""The conversation of one guest, from the prompt to his last word, without I/O.

His first line chooses the dialect. A refusal is answered, and the conversation goes on; a crime
against the protocol ends it with a line that says so. Before the name there is no seat, and all
that a line can be is a name.
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat import Chat
from netchat.dialects import jsonlines, text
from netchat.dialects.framing import TooLong
from netchat.events import Closing, Pong, Refused
from netchat.member import LABORIOUS, TOO_LONG, Member, Rules
from netchat.names import BadNameError, check_room
from netchat.requests import Bye, Hello, Ping, Request
from netchat.room import RefusedError, Room, Seat, Send
from netchat.speech import Speech, Wire

BYE = Closing("bye")
LINE_TOO_LONG = Refused("line-too-long", TOO_LONG)
LOGIN_TRIES = Closing("login-tries", "Too many tries; connect again with another name.")
REPLACED = Closing("replaced", "You have come back on another connection.")
TOO_SLOW = Closing("too-slow", "Too much waits for you to read it; come back.", retry=1)


class Session:
    """One guest: feed it his lines, and it writes on the wire what he is to read."""

    __slots__ = (
        "_asked",
        "_chat",
        "_closed",
        "_gone",
        "_member",
        "_rules",
        "_spoken",
        "_tries",
        "_wire",
        "dialect",
        "seat",
    )

    def __init__(self, chat: Chat, wire: Wire, rules: Rules) -> None:
        self.dialect: Speech = text
        self.seat: Seat | None = None
        self._chat = chat
        self._wire = wire
        self._rules = rules
        self._member: Member | None = None
        self._tries = 0
        self._asked = False
        self._spoken = False
        self._closed = False
        self._gone = False

    @property
    def name(self) -> str:
        """The guest's name; empty as long as he has none."""
        return self.seat.name if self.seat else ""

    @property
    def is_program(self) -> bool:
        """Whether the guest speaks in JSON lines."""
        return self.dialect is jsonlines

    def open(self) -> None:
        """Ask for the name, unless the guest has said something already."""
        if not (self._spoken or self._closed):
            self._ask()

    def line(self, line: bytes | TooLong) -> bool:
        """Take one line (no line end) from the guest; return whether another may follow at once.

        What can make a great deal of work has the rest of the turn for itself.
        """
        if self._closed:
            return True
        if self.seat is None or self._member is None:
            self._log_in(line)
            return True
        request = LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse(line)
        self._meet(self._member, request)
        return not isinstance(request, LABORIOUS)

    def whole_lines(self, data: bytes) -> bool:
        """Take some whole lines if all that is done in them is to speak; else return False."""
        if self._closed or self._member is None or self.is_program:
            return False
        texts = text.parse_plain(data)
        if texts:
            self._member.say_lines(texts)
        return bool(texts)

    def obey(self, rules: Rules) -> None:
        """Be under other `rules` from now on."""
        self._rules = rules
        if self._member is not None:
            self._member.obey(rules)

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

    def unreadable(self, why: str) -> None:
        """Let the guest go who cannot be told what he missed; he can try again."""
        self.leave(Closing("storage", why, retry=10))

    def too_slow(self) -> None:
        """Let the guest go for whom too much waits."""
        self.leave(TOO_SLOW)

    def entered(self, room: Room, last: int) -> None:
        """Show the guest the room that he is in now."""
        assert self._member is not None, "who comes into a room is a member"
        self._member.entered(room, last)

    def _ask(self) -> None:
        self._asked = True
        self._wire.write(text.PROMPT)

    def _log_in(self, line: bytes | TooLong) -> None:
        if not self._spoken:
            self._choose_dialect(line)
        self._asked = False
        match LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse_hello(line):
            case Bye():
                self.leave()
            case Hello() as hello:
                try:
                    self._take_seat(hello)
                except RefusedError as error:
                    self._refuse(Refused(error.code, error.message))
            case Ping() as ping:
                pong = Pong(ping.nonce or "", self._chat.journal.trouble)
                self._wire.write(self.dialect.render(pong))
            case Refused() as refused:
                self._refuse(refused)
            case Request() as request:
                self._refuse(
                    Refused("bad-request", "Say hello first, with a name.", _nonce_of(request))
                )

    def _choose_dialect(self, line: bytes | TooLong) -> None:
        self._spoken = True
        start = line.start if isinstance(line, TooLong) else line[:1]
        if start == jsonlines.START:
            self.dialect = jsonlines
        elif not self._asked:
            self._ask()

    def _take_seat(self, hello: Hello) -> None:
        rooms = (self._rules.lobby,) if hello.rooms is None else _checked(hello.rooms)
        client = hello.client.hex if hello.client else ""
        self.seat = self._chat.take_seat(hello.name, self, client)
        self._member = Member(
            self._chat,
            self.seat,
            self._rules,
            single=not self.is_program,
        )
        self._member.come_in(rooms, hello.after)
        self._wire.seated(self.seat.name)

    def _refuse(self, refused: Refused) -> None:
        """Let somebody who has no name yet try again, but not for ever."""
        self._tries += 1
        self._wire.write(self.dialect.render(refused))
        if self._tries == self._rules.login_tries:
            self.close(LOGIN_TRIES)
        elif not self.is_program:
            self._ask()

    def _meet(self, member: Member, request: Request | Refused | None) -> None:
        match request:
            case Bye():
                self.leave()
            case Refused():
                member.answer(request)
            case Request():
                try:
                    member.meet(request)
                except RefusedError as error:
                    member.answer(Refused(error.code, error.message, _nonce_of(request)))

    def _give_up_seat(self) -> None:
        if self.seat is not None and not self._gone:
            self._gone = True
            self.seat.leave_chat()


def _nonce_of(request: Request) -> str:
    return getattr(request, "nonce", None) or ""


def _checked(rooms: tuple[str, ...]) -> tuple[str, ...]:
    """Return `rooms` as they can be joined, each once, or raise RefusedError."""
    try:
        return tuple(dict.fromkeys(map(check_room, rooms)))
    except BadNameError as error:
        raise RefusedError("bad-room", str(error)) from None
