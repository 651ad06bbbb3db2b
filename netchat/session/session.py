"""The conversation with one client, from the prompt to the closing, without I/O.

A request that breaks a rule of the chat is answered with a refusal, and the session goes on; too
many refused logins, or a breach of the protocol, end it. The login itself is in `login`.
"""

from __future__ import annotations

from functools import partial

from netchat.chat import actions
from netchat.chat.actions import BannedError
from netchat.chat.chat import Chat
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant
from netchat.dialects.framing import TooLong
from netchat.model.disconnects import BYE, LOGIN_TIMEOUT, NO_LINE_END, REPLACED
from netchat.model.events import Closing, Pong, Refused
from netchat.model.limits import Limits
from netchat.model.requests import Bye, Hello, Ping, Rename, Request
from netchat.session.interfaces import Connection, InputDialect
from netchat.session.login import Login
from netchat.session.quotas import check_rename_quota, check_room_names, check_room_quota
from netchat.session.requests import EXPENSIVE_REQUESTS, LINE_TOO_LONG, RequestExecutor
from netchat.session.state import State


class Session:
    """Takes the lines of one client, and writes to `connection` what the client is to read.

    The client reads `dialect` until it has chosen another, which it can if that is one of people.
    """

    __slots__ = (
        "_chat",
        "_connection",
        "_executor",
        "_limits",
        "_login",
        "_rename_times",
        "dialect",
        "participant",
        "state",
    )

    def __init__(
        self, chat: Chat, connection: Connection, limits: Limits, dialect: InputDialect
    ) -> None:
        self.dialect = dialect
        self.participant: Participant | None = None
        self.state = State.LOGIN
        self._chat = chat
        self._connection = connection
        self._limits = limits
        self._login = Login(connection, dialect)
        self._executor: RequestExecutor | None = None
        self._rename_times: tuple[float, ...] = ()
        """When the guest changed their name in the last RENAME_PERIOD."""

    @property
    def name(self) -> str:
        """The name in the chat; "" before login."""
        return self.participant.name if self.participant else ""

    @property
    def is_program(self) -> bool:
        """Whether the client is a program."""
        return self.dialect.of_programs

    def open(self) -> None:
        """Ask for the name, unless a line has arrived already."""
        if self.state is State.LOGIN:
            self._login.open()

    def receive_line(self, line: bytes | TooLong) -> bool:
        """Process one line (without its line end); return whether the next may follow at once.

        After an expensive request the next line has to wait for another turn of the reactor.
        """
        if self.state is State.LOGIN:
            self._log_in(line)
        elif self.state is State.JOINED and self._executor is not None:
            request = LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse(line)
            self._execute(self._executor, request)
            return not isinstance(request, EXPENSIVE_REQUESTS)
        return True

    def receive_whole_lines(self, data: bytes) -> bool:
        """Process whole lines if all of them are plain and can be said; else return False."""
        if self.state is not State.JOINED or self._executor is None:
            return False
        request = self.dialect.parse_plain(data)
        return request is not None and self._executor.say_lines(request)

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._limits = limits
        if self._executor is not None:
            self._executor.apply_limits(limits)

    def close(self, closing: Closing) -> None:
        """Send `closing` after the answers to all earlier requests, and then close."""
        if not self.state.is_open:
            return
        if closing is LOGIN_TIMEOUT and self._connection.begun:
            closing = NO_LINE_END
        self.state = State.CLOSING
        self._connection.ending(closing)
        if self.participant is None:
            self._login.receive_line_start(self._connection.begun)
            self.dialect = self._login.dialect
            # A prompt has no line end, and a closing must begin on a line of its own.
            start = b"\n" if self._login.asked else b""
            self._connection.write(start + self.dialect.render(closing))
            self._connection.close()
        else:
            actions.disconnect(self._chat, self.participant, closing)

    def leave(self, closing: Closing = BYE) -> None:
        """Close with `closing`, leave the chat and free the name."""
        self.close(closing)
        self._tell_leave()

    def cut_off(self, closing: Closing) -> bytes:
        """Leave the chat at once; return `closing` as the client reads it, to be sent last.

        Called when the connection drops what it has not sent: nothing may follow a lost line.
        """
        self.state = State.CLOSING
        self._detach()
        return self.dialect.render(closing)

    def connection_lost(self) -> None:
        """Called when the connection is closed, whichever end has closed it."""
        self.state = State.CLOSED
        self._detach()

    def _detach(self) -> None:
        if self.participant is not None:
            self.participant.detached = True
        self._tell_leave()

    def fast_send_changed(self) -> None:
        """Called when the `fast_send` of the connection has changed."""
        if self.participant is not None:
            self.participant.refresh_fast_send()

    def replaced(self) -> None:
        """Called when the same client has logged in on another connection."""
        self.ended(REPLACED)

    def ended(self, closing: Closing) -> None:
        """Called when the session, or the name, is no longer the client's: leave at once."""
        self.close(closing)
        self._leave_chat()

    def unreadable(self, closing: Closing) -> None:
        """Called when lines that the client is to receive cannot be read from the journal."""
        self.leave(closing)

    def _log_in(self, line: bytes | TooLong) -> None:
        request = self._login.receive_line(line, self._limits.conversation)
        self.dialect = self._login.dialect
        match request:
            case Bye():
                self.leave()
            case Hello() if self._limits.conversation.password and request.password is not None:
                self.state = State.WAITING
                self._connection.verify_password(
                    partial(self._password_matches, request),
                    partial(self._password_verified, request),
                )
                self._pause_if_waiting()
            case Hello():
                self._admit(request)
            case Ping():
                pong = Pong(request.nonce or "", self._chat.journal.trouble)
                self._connection.write(self.dialect.render(pong))
            case Refused():
                self._refuse(request)

    def _password_matches(self, hello: Hello) -> bool:
        return self._login.password_matches(hello, self._limits.conversation)

    def _password_verified(self, hello: Hello, matches: bool) -> None:
        if self.state is not State.WAITING:
            return
        if matches:
            self._admit(hello)
            return
        self.state = State.LOGIN
        self._connection.resume_reading()
        self._refuse(hello.refuse("bad-password", "That is not the password; try again."))

    def _admit(self, hello: Hello) -> None:
        self.state = State.WAITING
        self._connection.admit(partial(self._join, hello))
        self._pause_if_waiting()

    def _pause_if_waiting(self) -> None:
        if self.state is State.WAITING:
            self._connection.pause_reading()

    def _join(self, hello: Hello) -> bool:
        if self.state is not State.WAITING:
            return False
        self.state = State.LOGIN
        self._connection.resume_reading()
        try:
            self._register(hello)
        except BannedError as error:
            self.close(error.closing)
            return False
        except RefusedError as error:
            self._refuse(hello.refuse(error.code, error.message))
            return False
        return True

    def _register(self, hello: Hello) -> None:
        limits = self._limits.conversation
        rooms = (limits.lobby,) if hello.rooms is None else check_room_names(hello.rooms)
        check_room_quota(self._chat, limits, rooms, 0)
        client = hello.client.hex if hello.client else ""
        self.participant = actions.register(self._chat, hello.name, self, self._connection, client)
        self.state = State.JOINED
        del self._login  # There may be many clients, and it is not used any more.
        self._executor = RequestExecutor(
            self._chat, self.participant, self._limits, single=not self.is_program
        )
        self._executor.join_initial_rooms(rooms, hello.after or {}, hello.journal)
        self._connection.logged_in(self.participant.name)

    def _refuse(self, refused: Refused) -> None:
        self._connection.count_refusal(refused.code)
        closing = self._login.refuse(refused, self._limits.conversation)
        if closing is not None:
            self.close(closing)

    def _execute(self, executor: RequestExecutor, request: Request | Refused | None) -> None:
        match request:
            case Bye():
                self.leave()
            case Refused():
                self._answer_refused(executor, request)
            case Request():
                try:
                    if isinstance(request, Rename):
                        self._rename(executor, request)
                    else:
                        executor.execute(request)
                except RefusedError as error:
                    self._answer_refused(executor, request.refuse(error.code, error.message))

    def _answer_refused(self, executor: RequestExecutor, refused: Refused) -> None:
        self._connection.count_refusal(refused.code)
        executor.answer(refused)

    def _rename(self, executor: RequestExecutor, request: Rename) -> None:
        now, limit = self._connection.seconds(), self._limits.conversation.max_renames
        times = check_rename_quota(self._rename_times, now, limit)
        executor.execute(request)
        self._rename_times = times

    def _tell_leave(self) -> None:
        if self._executor is not None:
            self._connection.tell_leave(self._leave_chat)

    def _leave_chat(self) -> None:
        if self.participant is not None and self._executor is not None:
            self._executor = None
            actions.leave_chat(self._chat, self.participant)
