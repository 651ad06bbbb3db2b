"""The lines of a client that is logged in, and speaks the text dialect or JSON lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from netchat.chat.refusal import RefusedError
from netchat.dialects.framing import TooLong
from netchat.model.events import Refused
from netchat.model.requests import Bye, Hello, Rename, Request
from netchat.session import private
from netchat.session.account_requests import ACCOUNT_REQUESTS, AccountRequests
from netchat.session.naming import check_may_speak, may_only_listen
from netchat.session.quotas import check_rename_quota
from netchat.session.requests import EXPENSIVE_REQUESTS, LINE_TOO_LONG, RequestExecutor

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection, InputDialect


class Leaver(Protocol):
    """The session, which a client asks to end."""

    def leave(self) -> None:
        """Close the connection, because the client wants to."""


class ClientRequests:
    """Takes the lines of `participant`, and answers them in `dialect`."""

    __slots__ = ("_chat", "_connection", "_dialect", "_executor", "_limits", "_participant",
                 "_rename_times", "_session")  # fmt: skip

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        session: Leaver,
        chat: Chat,
        participant: Participant,
        *,
        connection: Connection,
        limits: Limits,
        dialect: InputDialect,
    ) -> None:
        self._session = session
        self._chat = chat
        self._participant = participant
        self._connection = connection
        self._limits = limits
        self._dialect = dialect
        single = not dialect.of_programs
        self._executor = RequestExecutor(chat, participant, limits, single=single)
        self._rename_times: tuple[float, ...] = ()
        """When the guest changed their name in the last RENAME_PERIOD."""

    def begin(self, hello: Hello, rooms: Sequence[str]) -> None:
        """Begin the conversation in `rooms`, as `hello` asks for it."""
        self._executor.join_initial_rooms(rooms, hello.after or {}, hello.journal)
        private.begin(self._chat, self._participant, hello)

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._limits = limits
        self._executor.apply_limits(limits)

    def receive_line(self, line: bytes | TooLong) -> bool:
        """Process one line (without its line end); return whether the next may follow at once.

        After an expensive request the next line has to wait for another turn of the reactor.
        """
        request = LINE_TOO_LONG if isinstance(line, TooLong) else self._dialect.parse(line)
        self._execute(request)
        return not isinstance(request, EXPENSIVE_REQUESTS)

    def end(self) -> None:
        """Do nothing."""

    def receive_whole_lines(self, data: bytes) -> bool:
        """Process whole lines if all of them are plain and can be said; else return False."""
        if may_only_listen(self._participant, self._limits):
            return False
        request = self._dialect.parse_plain(data)
        return request is not None and self._executor.say_lines(request)

    def _execute(self, request: Request | Refused | None) -> None:
        match request:
            case Bye():
                self._session.leave()
            case Refused():
                self._answer_refused(request)
            case Request():
                try:
                    self._execute_allowed(request)
                except RefusedError as error:
                    self._answer_refused(request.refuse(error.code, error.message))

    def _execute_allowed(self, request: Request) -> None:
        check_may_speak(request, self._participant, self._limits)
        if isinstance(request, Rename):
            self._rename(request)
        elif isinstance(request, ACCOUNT_REQUESTS):
            AccountRequests(self._chat, self._participant, self._connection, self._limits).execute(
                request
            )
        else:
            self._executor.execute(request)

    def _answer_refused(self, refused: Refused) -> None:
        self._connection.count_refusal(refused.code)
        self._executor.answer(refused)

    def _rename(self, request: Rename) -> None:
        now, limit = self._connection.seconds(), self._limits.conversation.max_renames
        times = check_rename_quota(self._rename_times, now, limit)
        self._executor.execute(request)
        self._rename_times = times
