"""The conversation with one client, from the prompt to the closing, without I/O.

A request that breaks a rule of the chat is answered with a refusal, and the session goes on; too
many refused logins, or a breach of the protocol, end it. The login itself is in `entry`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant
from netchat.dialects.framing import TooLong
from netchat.model.disconnects import BYE, LOGIN_TIMEOUT, NO_LINE_END, REPLACED
from netchat.model.events import Closing, Refused
from netchat.model.limits import Limits
from netchat.model.requests import Bye, Hello, Rename, Request
from netchat.model.sanitize import sanitize
from netchat.session import private
from netchat.session.account_requests import ACCOUNT_REQUESTS, AccountRequests, remember_device
from netchat.session.entry import Entry
from netchat.session.interfaces import Connection, InputDialect
from netchat.session.naming import check_may_speak, may_only_listen
from netchat.session.quotas import check_rename_quota, check_room_names, check_room_quota
from netchat.session.requests import EXPENSIVE_REQUESTS, LINE_TOO_LONG, RequestExecutor
from netchat.session.state import State

MAX_AGENT = 64
"""Characters of what a program calls itself that the owner of its account is shown."""


class Session:
    """Takes the lines of one client, and writes to `connection` what the client is to read.

    The client reads `dialect` until it has chosen another, which it can if that is one of people.
    """

    __slots__ = (
        "_chat",
        "_connection",
        "_entry",
        "_executor",
        "_limits",
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
        self._entry = Entry(self, chat, connection, limits.conversation)
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

    @property
    def is_entering(self) -> bool:
        """Whether the client is still connected and has no name."""
        return self.participant is None and self.state.is_open

    def open(self) -> None:
        """Ask for the name, unless a line has arrived already."""
        if self.state is State.LOGIN:
            self._entry.open()

    def enter(self, hello: Hello, account: int, dialect: InputDialect) -> None:
        """Let a client come in that its door has authenticated as the owner of `account`, or as a
        guest (0); it speaks `dialect`. A refusal closes the connection."""
        if self.state is State.LOGIN:
            self._entry.enter(hello, account, dialect)

    def receive_line(self, line: bytes | TooLong) -> bool:
        """Process one line (without its line end); return whether the next may follow at once.

        After an expensive request the next line has to wait for another turn of the reactor.
        """
        if self.state is State.LOGIN:
            self._entry.receive_line(line)
        elif self.state is State.JOINED and self._executor is not None:
            request = LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse(line)
            self._execute(self._executor, request)
            return not isinstance(request, EXPENSIVE_REQUESTS)
        return True

    def receive_whole_lines(self, data: bytes) -> bool:
        """Process whole lines if all of them are plain and can be said; else return False."""
        if self.state is not State.JOINED or self._executor is None:
            return False
        if self.participant is not None and may_only_listen(self.participant, self._limits):
            return False
        request = self.dialect.parse_plain(data)
        return request is not None and self._executor.say_lines(request)

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._limits = limits
        if self._executor is not None:
            self._executor.apply_limits(limits)
        if self.participant is None:
            self._entry.apply_limits(limits.conversation)

    def close(self, closing: Closing) -> None:
        """Send `closing` after the answers to all earlier requests, and then close."""
        if not self.state.is_open:
            return
        if closing is LOGIN_TIMEOUT and self._connection.begun:
            closing = NO_LINE_END
        self.state = State.CLOSING
        self._connection.ending(closing)
        if self.participant is None:
            self._connection.write(self._entry.farewell(closing))
            self._connection.close()
        else:
            actions.disconnect(self._chat, self.participant, closing)

    def leave(self, closing: Closing = BYE) -> None:
        """Close with `closing`, leave the chat and free the name."""
        self.close(closing)
        self._tell_leave()

    def cut_off(self, closing: Closing) -> bytes:
        """Leave the chat at once; return `closing` as the client reads it, to be sent last.

        Nothing follows it: the connection drops what it has not sent, or an answer is missing.
        """
        self.state = State.CLOSING
        self._detach()
        return self.dialect.render(closing)

    def register(self, hello: Hello, account: int, then: Callable[[Refused | None], None]) -> None:
        """Join the chat as the owner of `account` (0: as a guest), or raise RefusedError.

        `then` is called when the client is about to join, or with the reason why it cannot.
        """
        limits = self._limits.conversation
        rooms = (limits.lobby,) if hello.rooms is None else check_room_names(hello.rooms)
        check_room_quota(self._chat, limits, rooms, 0)

        def registered(result: Participant | Refused) -> None:
            if isinstance(result, Refused):
                then(result)
            elif self.state.is_open:
                then(None)
                self._join(result, hello, rooms)
            else:
                actions.leave_chat(self._chat, result)

        actions.register(
            self._chat,
            hello.name,
            self,
            self._connection,
            hello.client.hex if hello.client else "",
            account=account,
            agent=sanitize(hello.agent or "")[:MAX_AGENT],
            quiet=bool(hello.quiet),
            then=registered,
        )

    def _join(self, who: Participant, hello: Hello, rooms: Sequence[str]) -> None:
        """Begin the conversation of `who` in `rooms`."""
        self.participant = who
        self.state = State.JOINED
        del self._entry  # There may be many clients, and it is not used any more.
        self._executor = RequestExecutor(self._chat, who, self._limits, single=not self.is_program)
        self._executor.join_initial_rooms(rooms, hello.after or {}, hello.journal)
        private.begin(self._chat, who, hello)
        self._connection.logged_in(who.name)
        if who.account:
            remember_device(self._chat, who)

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

    def unanswered(self, closing: Closing) -> None:
        """Called when it is not known what has become of a request: leave at once."""
        if self.participant is None:
            self.close(closing)
        elif self.state.is_open:
            self._connection.ending(closing)
            self._connection.write(self.cut_off(closing))
            self._connection.close()

    def _execute(self, executor: RequestExecutor, request: Request | Refused | None) -> None:
        match request:
            case Bye():
                self.leave()
            case Refused():
                self._answer_refused(executor, request)
            case Request():
                try:
                    self._execute_allowed(executor, request)
                except RefusedError as error:
                    self._answer_refused(executor, request.refuse(error.code, error.message))

    def _execute_allowed(self, executor: RequestExecutor, request: Request) -> None:
        assert self.participant is not None, "an executor has one"
        check_may_speak(request, self.participant, self._limits)
        if isinstance(request, Rename):
            self._rename(executor, request)
        elif isinstance(request, ACCOUNT_REQUESTS):
            AccountRequests(self._chat, self.participant, self._connection, self._limits).execute(
                request
            )
        else:
            executor.execute(request)

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
