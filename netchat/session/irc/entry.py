"""The messages of a client of IRC that has no name yet: those by which it registers.

Sources: RFC 2812 section 3.1, https://modern.ircdocs.horse/#connection-registration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.framing import TooLong
from netchat.dialects.irc.message import BadMessageError, Message, parse
from netchat.dialects.irc.names import suggested_nick
from netchat.dialects.irc.replies import Personal
from netchat.dialects.irc.user import User
from netchat.model.names import BadNameError, check_name
from netchat.session.irc.answers import Answers
from netchat.session.irc.negotiation import Negotiation
from netchat.session.irc.registration import Registration
from netchat.session.irc.sasl import Sasl
from netchat.session.irc.view import realname_of, user_of
from netchat.session.state import State

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.dialects.irc.dialect import SharedDialects
    from netchat.model.events import Closing
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection, Entrant

TRY = "That cannot be a nick here; {} would be taken"
CONNECT_FIRST = "Finish connecting, and then register your nick"
MAX_PASSWORDS = 2
"""The password of the server, and that of an account."""


class IrcEntry:
    """Takes the messages of a client without a name, for `session`."""

    __slots__ = ("_answers", "_dialects", "_negotiation", "_registration", "_sasl", "_session",
                 "_user")  # fmt: skip

    def __init__(
        self,
        session: Entrant,
        chat: Chat,
        connection: Connection,
        limits: Limits,
        dialects: SharedDialects,
    ) -> None:
        self._session = session
        self._dialects = dialects
        user = self._user = User()
        personal = Personal(dialects.get(frozenset()), user)
        session.dialect, session.personal = personal.dialect, personal
        self._answers = Answers(connection, personal)
        self._negotiation = Negotiation(user, connection, limits)
        self._sasl = Sasl(chat, connection, limits, user)
        self._registration = Registration(
            session,
            chat,
            connection,
            limits=limits,
            dialects=dialects,
            user=user,
            answers=self._answers,
        )

    def open(self) -> None:
        """Do nothing: the client speaks first."""

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._registration.limits = self._negotiation.limits = self._sasl.limits = limits

    def farewell(self, closing: Closing) -> bytes:
        """Return `closing` as the client reads it."""
        return self._answers.personal.render(closing)

    def receive_line(self, line: bytes | TooLong) -> None:
        """Process one line (without its line end)."""
        if isinstance(line, TooLong):
            self._answers.reply("417", "Input line was too long")
            return
        try:
            message = parse(line)
        except BadMessageError as error:
            if error.code == "INVALID_UTF8":
                sentence = "That is not UTF-8; set your client to UTF-8"
                self._answers.write("FAIL", "*", error.code, sentence)
            else:
                self._answers.reply("417", "Input line was too long")
            return
        if message is not None:
            self._execute(message)

    def _execute(self, message: Message) -> None:
        parameters, answers = message.parameters, self._answers
        match message.command:
            case "CAP":
                self._negotiate(message)
            case "NICK":
                self._take_nick(parameters[0] if parameters else "")
            case "USER":
                self._take_user(parameters)
            case "PASS" if parameters:
                self._user.passwords = (*self._user.passwords, parameters[0])[-MAX_PASSWORDS:]
            case "AUTHENTICATE" if parameters:
                self._authenticate(parameters[0])
                return
            case "PING" if parameters:
                answers.write("PONG", self._dialects.view.server, parameters[0])
            case "PONG":
                pass
            case "QUIT":
                self._session.leave()
                return
            case _:
                self._refuse(message)
        self._register_if_complete()

    def _refuse(self, message: Message) -> None:
        """Refuse a message that is incomplete, or for which the client has to be registered."""
        answers, command = self._answers, message.command
        if command in ("PASS", "PING", "AUTHENTICATE"):
            answers.reply("461", command, "Not enough parameters")
        elif command in ("REGISTER", "VERIFY"):
            account = (*message.parameters, "*")[0]
            answers.write("FAIL", command, "COMPLETE_CONNECTION_REQUIRED", account, CONNECT_FIRST)
        else:
            answers.reply("451", "You have not registered")

    def _negotiate(self, message: Message) -> None:
        answers = self._answers
        for command, *parameters in self._negotiation.answer(message, self._user.nick or "*"):
            answers.write(command, *parameters)
        dialect = self._dialects.take(self._user)
        self._session.dialect = answers.personal.dialect = dialect

    def _take_nick(self, nick: str) -> None:
        if not nick:
            self._answers.reply("431", "No nickname given")
            return
        try:
            self._user.nick = check_name(nick)
        except BadNameError as error:
            self._answers.reply("432", nick, str(error))
            if suggestion := suggested_nick(nick):
                self._answers.note("NICK", "INVALID_NICKNAME", nick, TRY.format(suggestion))

    def _take_user(self, parameters: tuple[str, ...]) -> None:
        if len(parameters) < 4 or not (parameters[0] and parameters[3]):
            self._answers.reply("461", "USER", "Not enough parameters")
            return
        self._user.user = user_of(parameters[0]) or "u"
        self._user.realname = realname_of(parameters[3])

    def _authenticate(self, data: str) -> None:
        """Take a step of SASL, which may be answered later."""
        self._registration.wait()
        self._sasl.take(data, self._authenticated)
        self._registration.pause_if_waiting()

    def _authenticated(self, lines: list[tuple[str, ...]]) -> None:
        if not self._registration.resume():
            return
        self._write(lines)
        if any(line[0] == "904" for line in lines):
            self._registration.count_try()
        self._register_if_complete()

    def _write(self, lines: list[tuple[str, ...]]) -> None:
        for number, *parameters in lines:
            if number == "AUTHENTICATE":
                self._answers.write(number, *parameters)
            else:
                self._answers.reply(number, *parameters)

    def _register_if_complete(self) -> None:
        if self._session.state is State.LOGIN and self._registration.is_complete:
            self._write(self._sasl.abort())
            self._registration.begin()
