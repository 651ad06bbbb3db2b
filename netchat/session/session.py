"""The conversation of one guest, from the prompt to his last word, without I/O.

A refusal is answered, and the conversation goes on; a crime against the protocol ends it with a
line that says so. Before the name there is no participant, and what is said then is in `login`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netchat.chat.chat import Chat
from netchat.chat.room import Participant, RefusedError, Room, Send
from netchat.dialects.framing import TooLong
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.model.events import Closing, Pong, Refused
from netchat.model.limits import Limits
from netchat.model.requests import Bye, Hello, Ping, Rename, Request
from netchat.session.interfaces import Connection, InputDialect
from netchat.session.login import LINE_TOO_LONG, WRONG_WORD, Login
from netchat.session.quotas import check_room_quota, checked
from netchat.session.requests import EXPENSIVE, RequestExecutor

BYE = Closing("bye")
REPLACED = Closing("replaced", "You have come back on another connection.")
MINUTE = 60
TOO_MANY_NAMES = "You have had too many names in this minute; keep this one for a while."
TOO_SLOW = Closing("too-slow", "Too much waits for you to read it; come back.", retry=1)


class Session:
    """One guest: feed it his lines, and it writes on the connection what he is to read."""

    __slots__ = (
        "_chat",
        "_closed",
        "_connection",
        "_executor",
        "_gone",
        "_limits",
        "_login",
        "_renamed",
        "dialect",
        "participant",
    )

    def __init__(self, chat: Chat, connection: Connection, limits: Limits) -> None:
        self.dialect: InputDialect = text
        self.participant: Participant | None = None
        self._chat = chat
        self._connection = connection
        self._limits = limits
        self._login: Login | None = Login(connection)
        """Until he has a name."""
        self._executor: RequestExecutor | None = None
        self._renamed: tuple[float, ...] = ()
        """When he took the names that he took in the last minute."""
        self._closed = False
        self._gone = False

    @property
    def name(self) -> str:
        """The guest's name; empty as long as he has none."""
        return self.participant.name if self.participant else ""

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
        assert self._executor is not None, "who has a name is a executor"
        request = LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse(line)
        self._execute(self._executor, request)
        return not isinstance(request, EXPENSIVE)

    def whole_lines(self, data: bytes) -> bool:
        """Take some whole lines if all that is done in them is to speak; else return False."""
        if self._closed or self._executor is None:
            return False
        said = self.dialect.parse_plain(data)
        return said is not None and self._executor.say_lines(said)

    def apply_limits(self, limits: Limits) -> None:
        """Apply other `limits` from now on."""
        self._limits = limits
        if self._executor is not None:
            self._executor.apply_limits(limits)

    def close(self, closing: Closing) -> None:
        """Let the guest hear `closing` as the last thing, behind all that was asked before."""
        if self._closed:
            return
        self._closed = True
        if self.participant is None:
            if self._login is not None:
                self._login.begin(self._connection.begun)
                self.dialect = self._login.dialect
            # The question stands on a line that has no end yet.
            asked = self._login is not None and self._login.asked
            self._connection.write((b"\n" if asked else b"") + self.dialect.render(closing))
            self._connection.close()
        else:
            self.participant.close(closing)

    def leave(self, closing: Closing = BYE) -> None:
        """Let the guest go, with `closing` as the last thing he hears; his name is free."""
        self.close(closing)
        self._leave_chat()

    def lost(self) -> None:
        """Learn that the connection is gone, whoever ended it."""
        self._closed = True
        if self.participant is not None:
            self.participant.detached = True
        self._leave_chat()

    @property
    def fast_send(self) -> Send | None:
        """What sends to the guest at once, if nothing waits to be sent."""
        return self._connection.fast_send

    def deliver(self, data: bytes) -> None:
        """Pass on what happened in a turn."""
        self._connection.write(data)

    def fast_send_changed(self) -> None:
        """Learn that what is `direct` has changed."""
        if self.participant is not None:
            self.participant.refresh_fast_send()

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when the guest has read what he has heard."""
        self._connection.when_drained(call)

    def pause_reading(self) -> None:
        """Take no more lines for now."""
        self._connection.pause_reading()

    def resume_reading(self) -> None:
        """Take lines again."""
        self._connection.resume_reading()

    def close_connection(self) -> None:
        """Close the connection: the guest has heard his last."""
        self._connection.close()

    def fail(self) -> None:
        """Close the connection at once: a bug was met on the guest's behalf."""
        self._connection.fail()

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
        assert self._executor is not None, "who comes into a room is a executor"
        self._executor.entered(room, last)

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
                self._connection.verify_password(
                    known, partial(self._password_verified, login, request)
                )
            case Hello():
                self._join(login, request)
            case Ping():
                pong = Pong(request.nonce or "", self._chat.journal.trouble)
                self._connection.write(self.dialect.render(pong))
            case Refused():
                self._refuse(login, request)

    def _is_known(self, login: Login, hello: Hello) -> bool:
        return login.knows(hello, self._limits.conversation)

    def _password_verified(self, login: Login, hello: Hello, right: bool) -> None:
        login.waits = False
        self._connection.resume_reading()
        if right:
            self._join(login, hello)
        else:
            self._refuse(login, hello.refuse("bad-password", WRONG_WORD))

    def _join(self, login: Login, hello: Hello) -> None:
        try:
            self._register(hello)
        except RefusedError as error:
            self._refuse(login, hello.refuse(error.code, error.message))

    def _register(self, hello: Hello) -> None:
        rooms = (self._limits.conversation.lobby,) if hello.rooms is None else checked(hello.rooms)
        check_room_quota(self._chat, self._limits.conversation, rooms, 0)
        client = hello.client.hex if hello.client else ""
        self.participant = self._chat.register(hello.name, self, client)
        self._login = None
        self._executor = RequestExecutor(
            self._chat,
            self.participant,
            self._limits,
            single=not self.is_program,
        )
        self._executor.join_initial_rooms(rooms, hello.after or {})
        self._connection.logged_in(self.participant.name)

    def _refuse(self, login: Login, refused: Refused) -> None:
        closing = login.refuse(refused, self._limits.conversation)
        if closing is not None:
            self.close(closing)

    def _execute(self, executor: RequestExecutor, request: Request | Refused | None) -> None:
        match request:
            case Bye():
                self.leave()
            case Refused():
                executor.answer(request)
            case Request():
                try:
                    if isinstance(request, Rename):
                        self._rename(executor, request)
                    else:
                        executor.execute(request)
                except RefusedError as error:
                    executor.answer(request.refuse(error.code, error.message))

    def _rename(self, executor: RequestExecutor, request: Rename) -> None:
        now, most = self._connection.seconds(), self._limits.conversation.max_renames
        self._renamed = tuple(when for when in self._renamed if now - when < MINUTE)
        if 0 < most <= len(self._renamed):
            raise RefusedError("too-fast", TOO_MANY_NAMES)
        executor.execute(request)
        self._renamed += (now,)

    def _leave_chat(self) -> None:
        if self.participant is not None and not self._gone:
            self._gone = True
            self.participant.leave_chat()
