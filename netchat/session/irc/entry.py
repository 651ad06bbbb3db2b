"""The registration of a client of IRC: from its first message to its welcome.

The password of the server comes first (PASS), then the proof that the nick is the client's own if
somebody owns it (SASL, or PASS), then the nick, and then the pace at which the address may join.
Sources: RFC 2812 section 3.1, https://modern.ircdocs.horse/#connection-registration.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from netchat.chat.actions import BannedError
from netchat.chat.refusal import RefusedError
from netchat.dialects.framing import TooLong
from netchat.dialects.irc.message import BadMessageError, Message, parse
from netchat.dialects.irc.names import suggested_nick
from netchat.dialects.irc.replies import Personal
from netchat.dialects.irc.user import User
from netchat.model.disconnects import BYE, LOGIN_TRIES, PASSWORD_TRIES, storage_failure
from netchat.model.events import Closing, Refused
from netchat.model.names import BadNameError, check_name
from netchat.model.requests import Hello
from netchat.model.state_requests import Auth
from netchat.session.irc.client import IrcClient
from netchat.session.irc.executor import IrcExecutor
from netchat.session.irc.negotiation import Negotiation
from netchat.session.irc.sasl import Sasl
from netchat.session.irc.view import realname_of, user_of
from netchat.session.proving import NameProof
from netchat.session.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.chat.chat import Chat
    from netchat.chat.clients import Dialect
    from netchat.chat.room import Participant
    from netchat.dialects.irc.dialect import SharedDialects
    from netchat.model.limits import Limits
    from netchat.model.notices import AuthStep
    from netchat.session.interfaces import Connection, MakeClient

OWNED = "{} is owned by somebody; log in with SASL, or with PASS {}:PASSWORD, or take another nick."
TRY = "That cannot be a nick here; {} would be taken"


class Entrant(Protocol):
    """The session whose client registers."""

    state: State
    dialect: Dialect
    personal: Dialect

    def register(
        self,
        hello: Hello,
        account: int,
        make: MakeClient,
        then: Callable[[Refused | None], None],
    ) -> None:
        """Join the chat; as in `netchat.session.entry.Entrant`."""

    def leave(self, closing: Closing = BYE, message: str = "") -> None:
        """Close the connection with `closing`; the client has said the `message` to that."""

    def close(self, closing: Closing) -> None:
        """Close the connection with `closing`."""


class IrcEntry:
    """Takes the messages of a client without a name, for `session`."""

    def __init__(
        self,
        session: Entrant,
        chat: Chat,
        connection: Connection,
        limits: Limits,
        dialects: SharedDialects,
    ) -> None:
        self._session = session
        self._chat = chat
        self._connection = connection
        self._limits = limits
        self._dialects = dialects
        self._user = User()
        self._personal = Personal(dialects.get(frozenset()), self._user)
        session.dialect = self._personal.dialect
        session.personal = self._personal
        self._negotiation = Negotiation(self._user, connection, limits)
        self._sasl = Sasl(chat, connection, limits, self._user)
        self._tries = 0
        self._has_server_password = False
        self._who: Participant | None = None

    def open(self) -> None:
        """Do nothing: the client speaks first."""

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._limits = limits

    def farewell(self, closing: Closing) -> bytes:
        """Return `closing` as the client reads it."""
        return self._personal.render(closing)

    def receive_line(self, line: bytes | TooLong) -> None:
        """Process one line (without its line end)."""
        if isinstance(line, TooLong):
            self._reply("417", "Input line was too long")
            return
        try:
            message = parse(line)
        except BadMessageError as error:
            self._write("FAIL", "*", error.code, "That is no message of IRC; send UTF-8")
            return
        if message is not None:
            self._execute(message)

    def _nick(self) -> str:
        return self._who.name if self._who else self._user.nick

    def _execute(self, message: Message) -> None:
        parameters = message.parameters
        match message.command:
            case "CAP":
                self._negotiate(message)
            case "NICK":
                self._take_nick(parameters[0] if parameters else "")
            case "USER":
                self._take_user(parameters)
            case "PASS" if parameters:
                self._user.password = parameters[0]
            case "AUTHENTICATE":
                self._authenticate(parameters[0] if parameters else "")
                return
            case "PING" if parameters:
                self._write("PONG", self._dialects.view.server, parameters[0])
            case "PONG":
                pass
            case "QUIT":
                self._session.leave()
                return
            case "USER" | "PASS":
                self._reply("461", message.command, "Not enough parameters")
            case _:
                self._reply("451", "You have not registered")
        self._register_if_complete()

    def _negotiate(self, message: Message) -> None:
        for command, *parameters in self._negotiation.answer(message, self._nick() or "*"):
            self._write(command, *parameters)
        dialect = self._dialects.take(self._user)
        self._session.dialect = self._personal.dialect = dialect

    def _take_nick(self, nick: str) -> None:
        if not nick:
            self._reply("431", "No nickname given")
            return
        try:
            self._user.nick = check_name(nick)
        except BadNameError as error:
            self._reply("432", nick, str(error))
            if suggestion := suggested_nick(nick):
                self._note("NICK", "INVALID_NICKNAME", nick, TRY.format(suggestion))

    def _take_user(self, parameters: tuple[str, ...]) -> None:
        if len(parameters) < 4 or not parameters[0] or not parameters[3]:
            self._reply("461", "USER", "Not enough parameters")
            return
        self._user.user = user_of(parameters[0]) or "u"
        self._user.realname = realname_of(parameters[3])

    def _authenticate(self, data: str) -> None:
        """Take a step of SASL, which may be answered later."""
        self._wait()
        self._sasl.take(data, self._authenticated)
        self._pause_if_waiting()

    def _authenticated(self, lines: list[tuple[str, ...]]) -> None:
        if not self._resume():
            return
        for number, *parameters in lines:
            if number == "AUTHENTICATE":
                self._write(number, *parameters)
            else:
                self._reply(number, *parameters)
        self._register_if_complete()

    def _register_if_complete(self) -> None:
        user = self._user
        complete = user.nick and user.user and not user.negotiating
        if not complete or self._session.state is not State.LOGIN:
            return
        password = self._limits.conversation.password
        if password is None or self._has_server_password:
            self._identify()
            return
        given = user.password or ""
        self._wait()
        self._connection.verify_password(lambda: password.matches(given), self._password_verified)
        self._pause_if_waiting()

    def _password_verified(self, matches: bool) -> None:
        if not self._resume():
            return
        if matches:
            self._has_server_password, self._user.password = True, None
            self._identify()
        else:
            self._reply("464", "Password incorrect")
            self._session.close(PASSWORD_TRIES)

    def _identify(self) -> None:
        """Ask for a proof if the nick is owned, or if only owners may come in; else join."""
        user = self._user
        owner = self._chat.state.owner(user.nick)
        if user.account:
            self._admit(user.account_name, user.account)
        elif owner is None and self._limits.conversation.names != "members":
            self._admit(user.nick, 0)
        elif user.password:
            self._prove(user.nick, user.password)
        else:
            self._refuse_nick("433", OWNED.format(user.nick, user.nick))

    def _prove(self, nick: str, password: str) -> None:
        name, _, rest = password.partition(":")
        password = rest if rest and name == nick else password
        self._user.password = None
        proof = NameProof(
            self._chat, self._connection, self._limits.conversation, Hello(name=nick), nick
        )
        self._wait()
        request = Auth(method="password", password=password)
        proof.verify(request, partial(self._proved, proof), lambda _: None)
        self._pause_if_waiting()

    def _proved(self, proof: NameProof, result: int | AuthStep | Refused) -> None:
        if not self._resume():
            return
        if isinstance(result, int):
            self._admit(proof.name, result)
        else:
            message = result.message if isinstance(result, Refused) else ""
            self._reply("464", message)
            self._refuse_nick("433", OWNED.format(proof.name, proof.name))

    def _admit(self, name: str, account: int) -> None:
        hello = Hello(name=name, rooms=(), agent="IRC")
        self._wait()
        self._connection.admit(partial(self._join, hello, account))
        self._pause_if_waiting()

    def _join(self, hello: Hello, account: int) -> bool:
        if self._session.state is not State.WAITING:
            return False
        try:
            self._session.register(hello, account, self._make_client, self._registered)
        except BannedError as error:
            if self._resume():
                self._reply("465", error.closing.message)
                self._session.close(error.closing)
            return False
        except RefusedError as error:
            self._registered(Refused(error.code, error.message))
            return False
        return True

    def _registered(self, refused: Refused | None) -> None:
        if not self._resume() or refused is None:
            return
        if refused.code == "storage":
            self._session.close(storage_failure(refused.message))
        else:
            number = "432" if refused.code == "bad-name" else "433"
            self._refuse_nick(number, refused.message)

    def _make_client(self, who: Participant, limits: Limits) -> IrcExecutor:
        self._who = who
        client = IrcClient(
            self._session,
            self._chat,
            who,
            connection=self._connection,
            limits=limits,
            dialects=self._dialects,
            personal=Personal(self._personal.dialect, self._user, who),
            user=self._user,
        )
        self._session.personal = client.personal
        return IrcExecutor(client)

    def _refuse_nick(self, number: str, message: str) -> None:
        nick, self._user.nick = self._user.nick, ""
        self._connection.count_refusal("name-taken")
        self._reply(number, nick, message)
        self._tries += 1
        if 0 < self._limits.conversation.login_tries <= self._tries:
            self._session.close(LOGIN_TRIES)

    def _wait(self) -> None:
        self._session.state = State.WAITING

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

    def _reply(self, number: str, *parameters: str) -> None:
        self._write(number, self._nick() or "*", *parameters)

    def _note(self, command: str, code: str, context: str, sentence: str) -> None:
        if "standard-replies" in self._user.capabilities:
            self._write("NOTE", command, code, context, sentence)
        else:
            self._write("NOTICE", self._nick() or "*", sentence)

    def _write(self, command: str, *parameters: str) -> None:
        writer = self._personal.dialect.writer
        self._connection.write(writer.from_server(command, *parameters))
