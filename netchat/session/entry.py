"""The way of a client into the chat: from its first line to its welcome.

The password of the server comes first, then the proof that the name is the client's own if somebody
owns it, then the name, and then the pace at which the address may join.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from netchat.chat.actions import BannedError
from netchat.chat.refusal import RefusedError
from netchat.model.answers import Pong
from netchat.model.disconnects import login_refused, storage_failure
from netchat.model.events import Closing, Refused
from netchat.model.names import BadNameError, check_name
from netchat.model.notices import AuthRequired, AuthStep
from netchat.model.requests import Bye, Hello, Ping
from netchat.model.state_requests import Auth, Own
from netchat.session.client_requests import ClientRequests
from netchat.session.login import Login, Question
from netchat.session.proving import MEMBERS_ONLY, OWNED, NameProof
from netchat.session.state import State

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.dialects.framing import TooLong
    from netchat.model.limits import ConversationLimits, Limits
    from netchat.session.interfaces import Connection, Entrant, InputDialect


class Entry:
    """Takes the lines of a client without a name, for `session`."""

    __slots__ = ("_all_limits", "_chat", "_connection", "_entered", "_login", "_proof", "_session")

    def __init__(
        self,
        session: Entrant,
        chat: Chat,
        connection: Connection,
        limits: Limits,
        dialect: InputDialect,
    ) -> None:
        self._session = session
        self._chat = chat
        self._connection = connection
        self._all_limits = limits
        self._login = Login(connection, dialect)
        self._proof: NameProof | None = None
        """The proof that is asked for since the last hello."""
        self._entered = False
        """Whether the door has authenticated the client, which is asked nothing more then."""

    def open(self) -> None:
        """Ask for the name, unless a line has arrived already."""
        self._login.open()

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._all_limits = limits

    @property
    def _limits(self) -> ConversationLimits:
        return self._all_limits.conversation

    def farewell(self, closing: Closing) -> bytes:
        """Return `closing` as the client reads it, on a line of its own."""
        self._login.receive_line_start(self._connection.begun)
        self._choose(self._login.dialect)
        # A prompt has no line end, and a closing must begin on a line of its own.
        start = b"\n" if self._login.asked else b""
        return start + self._session.dialect.render(closing)

    def receive_line(self, line: bytes | TooLong) -> None:
        """Process one line (without its line end)."""
        if self._login.is_irc(line) and (entry := self._session.speak_irc()) is not None:
            if self._login.asked:
                # A prompt has no line end.
                self._connection.write(b"\r\n")
            entry.receive_line(line)
            return
        request = self._login.receive_line(line, self._limits)
        self._choose(self._login.dialect)
        match request:
            case Bye():
                self._session.leave()
            case Hello():
                self._proof = None
                if self._limits.password and request.password is not None:
                    self._verify_password(request)
                else:
                    self._identify(request)
            case Auth() | Own():
                self._prove(request)
            case Ping():
                pong = Pong(request.nonce or "", self._chat.trouble)
                self._connection.write(self._session.dialect.render(pong))
            case Refused():
                self._refuse(request)

    def enter(self, hello: Hello, account: int, dialect: InputDialect) -> None:
        """Admit a client that its door has authenticated; a refusal closes the connection.

        It has proved that `account` is its own (0: none), and knows the password of the server.
        """
        self._entered = True
        self._login.choose(dialect)
        self._choose(dialect)
        try:
            name = check_name(hello.name)
        except BadNameError as error:
            self._refuse(hello.refuse("bad-name", str(error)))
            return
        owner = self._chat.state.owner(name)
        if owner is not None and owner.number != account:
            self._refuse(hello.refuse("auth-required", OWNED.format(owner.name)))
        elif owner is None and self._limits.names == "members":
            self._refuse(hello.refuse("bad-invitation", MEMBERS_ONLY.format(name)))
        else:
            self._admit(hello, account if owner else 0)

    def _verify_password(self, hello: Hello) -> None:
        self._session.state = State.WAITING
        self._connection.verify_password(
            lambda: self._login.password_matches(hello, self._limits),
            partial(self._password_verified, hello),
        )
        self._pause_if_waiting()

    def _password_verified(self, hello: Hello, matches: bool) -> None:
        if not self._resume():
            return
        if matches:
            self._identify(hello)
        else:
            self._refuse(hello.refuse("bad-password", "That is not the password; try again."))

    def _identify(self, hello: Hello) -> None:
        """Ask for a proof if the name is owned, or if only owners may come in; else join."""
        try:
            name = check_name(hello.name)
        except BadNameError as error:
            self._refuse(hello.refuse("bad-name", str(error)))
            return
        if self._chat.state.owner(name) is None and self._limits.names != "members":
            self._admit(hello, 0)
            return
        proof = NameProof(self._chat, self._connection, self._limits, hello, name)
        self._proof = proof
        question = proof.question()
        if self._session.dialect.of_programs:
            if isinstance(question, Refused):
                self._refuse(question)
            else:
                self._tell(question)
                self._connection.count_refusal("auth-required")
        elif proof.can_use_password:
            self._tell(question)
            needed = Question.INVITATION if proof.needs_invitation else Question.PROOF
            self._login.ask(needed)
        else:
            self._tell(question)
            self._refuse(proof.refuse_password())

    def _prove(self, request: Auth | Own) -> None:
        proof = self._proof
        if proof is None:
            self._refuse(request.refuse("bad-request", "Say hello first, with a name."))
            return
        self._session.state = State.WAITING
        proof.verify(request, partial(self._proved, proof), self._tell)
        self._pause_if_waiting()

    def _proved(self, proof: NameProof, result: int | AuthStep | Refused) -> None:
        if not self._resume():
            return
        if isinstance(result, AuthStep):
            self._tell(result)
        elif isinstance(result, Refused):
            self._refuse(result)
        else:
            self._admit(proof.hello, result)

    def _admit(self, hello: Hello, account: int) -> None:
        self._session.state = State.WAITING
        self._connection.admit(partial(self._join, hello, account))
        self._pause_if_waiting()

    def _pause_if_waiting(self) -> None:
        if self._session.state is State.WAITING:
            self._connection.pause_reading()

    def _resume(self) -> bool:
        """Take lines again; return whether the client still waits for the result."""
        if self._session.state is not State.WAITING:
            return False
        self._session.state = State.LOGIN
        self._connection.resume_reading()
        return True

    def _join(self, hello: Hello, account: int) -> bool:
        if self._session.state is not State.WAITING:
            return False
        try:
            then = partial(self._registered, hello)
            self._session.register(hello, account, self._make_client, then)
        except BannedError as error:
            if self._resume():
                self._session.close(error.closing)
            return False
        except RefusedError as error:
            self._registered(hello, Refused(error.code, error.message))
            return False
        return True

    def _make_client(self, who: Participant, limits: Limits) -> ClientRequests:
        dialect = self._login.dialect
        return ClientRequests(
            self._session,
            self._chat,
            who,
            connection=self._connection,
            limits=limits,
            dialect=dialect,
        )

    def _choose(self, dialect: InputDialect) -> None:
        self._session.dialect = self._session.personal = dialect

    def _registered(self, hello: Hello, refused: Refused | None) -> None:
        if not self._resume() or refused is None:
            return
        if refused.code == "storage":
            # Another name would be refused as well.
            self._session.close(storage_failure(refused.message))
        else:
            self._refuse(hello.refuse(refused.code, refused.message))

    def _tell(self, event: AuthRequired | AuthStep | Refused) -> None:
        self._connection.write(self._session.dialect.render(event))

    def _refuse(self, refused: Refused) -> None:
        self._connection.count_refusal(refused.code)
        if self._entered:
            self._session.close(login_refused(refused))
            return
        closing = self._login.refuse(refused, self._limits)
        if closing is not None:
            self._session.close(closing)
