"""The dialogue of a login: which dialect a client speaks, and what it is asked for in which order.

The first line decides the dialect. In the text dialect the server asks for the name, and then for
the password if it has one. It judges the name only after the password is right, so that a client
without the password cannot find out who is in the chat. In JSON lines the client sends both in its
hello. Either may try again, up to `--login-tries` times. For a name that somebody owns, a proof is
asked for after that (`netchat.session.proving`).

A telnet client is told not to show a password that is typed: the server claims that it echoes, and
does not. A client that has sent no negotiation is no telnet client, and gets none. Source: RFC 857.
"""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from enum import Enum, auto

from netchat.dialects.framing import TooLong
from netchat.dialects.irc.opening import is_opening
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.dialects.text.telnet import ECHO_OFF, ECHO_ON, has_negotiation
from netchat.model.disconnects import LOGIN_TRIES, PASSWORD_TRIES
from netchat.model.events import Closing, Refused
from netchat.model.limits import ConversationLimits
from netchat.model.requests import Bye, Hello, Ping, Request
from netchat.model.state_requests import Auth, Own
from netchat.session.interfaces import Connection, InputDialect
from netchat.session.requests import LINE_TOO_LONG


class Question(Enum):
    """What a client of the text dialect has been asked for; a program is asked for nothing."""

    NAME = auto()
    PASSWORD = auto()
    """The password of the server."""
    PROOF = auto()
    """The password of the account."""
    INVITATION = auto()
    NEW_PASSWORD = auto()
    """The password that the account is to have."""


_PROMPTS = {
    Question.NAME: text.PROMPT,
    Question.PASSWORD: text.PASSWORD_PROMPT,
    Question.PROOF: text.PASSWORD_PROMPT,
    Question.INVITATION: text.INVITATION_PROMPT,
    Question.NEW_PASSWORD: text.NEW_PASSWORD_PROMPT,
}
_SECRETS = (Question.PASSWORD, Question.PROOF, Question.NEW_PASSWORD)


class Login:
    """The dialogue before a client has a name; answers are written to `connection`.

    `asked` is whether the last thing written is a prompt, which has no line end. `dialect` is the
    one given unless that is of people, and the client chooses JSON lines.
    """

    __slots__ = (
        "_connection",
        "_dialect_chosen",
        "_invitation",
        "_pending_hello",
        "_question",
        "_telnet",
        "_tries",
        "_verified",
        "asked",
        "dialect",
    )

    def __init__(self, connection: Connection, dialect: InputDialect) -> None:
        self.asked = False
        self.dialect = dialect
        self._connection = connection
        self._dialect_chosen = dialect.of_programs
        self._tries = 0
        self._verified = False
        """Whether the client has given the right password, but a name that was refused."""
        self._pending_hello: Hello | None = None
        """The hello of a text client that has been asked for the password."""
        self._question = Question.NAME
        self._invitation = ""
        """The invitation that a text client has given."""
        self._telnet = False
        """Whether the client has sent telnet negotiation."""

    def open(self) -> None:
        """Ask for the name, unless a line has arrived already."""
        if not self._dialect_chosen:
            self.ask(Question.NAME)

    def choose(self, dialect: InputDialect) -> None:
        """Speak `dialect`, whatever the client sends."""
        self._dialect_chosen = True
        self.asked = False
        self.dialect = dialect

    def receive_line_start(self, start: bytes) -> None:
        """Choose JSON lines if a line begins with `start`, its first byte, but has no end."""
        if not self._dialect_chosen and start == jsonl.START:
            self._choose_dialect(start)
            self.asked = False

    def is_irc(self, line: bytes | TooLong) -> bool:
        """Return whether `line` is the first one, and begins as those of IRC do."""
        return not self._dialect_chosen and not isinstance(line, TooLong) and is_opening(line)

    def receive_line(
        self, line: bytes | TooLong, limits: ConversationLimits
    ) -> Request | Refused | None:
        """Return the request in `line`; None if the client has been asked for something else.

        A Hello has a password if that is still to be verified.
        """
        if not self._dialect_chosen:
            # Windows tools begin what they send through a pipe with a byte order mark.
            line = line if isinstance(line, TooLong) else line.removeprefix(BOM_UTF8)
            self._choose_dialect(line)
            if not isinstance(line, TooLong) and _is_utf16(line):
                self.asked = False
                return Refused("bad-utf8", "That is UTF-16; send UTF-8.")
        self.asked = False
        request = self._parse(line)
        if isinstance(request, Hello):
            return self._require_password(request, limits)
        if request is None or isinstance(request, Auth | Own | Bye | Ping | Refused):
            return request
        return request.refuse("bad-request", "Say hello first, with a name.")

    def password_matches(self, hello: Hello, limits: ConversationLimits) -> bool:
        """Return whether `hello` has the right password, and remember the result."""
        self._verified = limits.password is None or limits.password.matches(hello.password or "")
        return self._verified

    def refuse(self, refused: Refused, limits: ConversationLimits) -> Closing | None:
        """Write `refused` and ask again; or return the closing if that was the last try."""
        self._tries += 1
        self._connection.write(self.dialect.render(refused))
        if 0 < limits.login_tries <= self._tries:
            return PASSWORD_TRIES if refused.code == "bad-password" else LOGIN_TRIES
        if not self.dialect.of_programs:
            self.ask(Question.NAME)
        return None

    def ask(self, question: Question) -> None:
        """Ask a client of the text dialect for something; its next line is the answer."""
        self.asked = True
        self._question = question
        hide = ECHO_OFF if self._telnet and question in _SECRETS else b""
        self._connection.write(hide + _PROMPTS[question])

    def _choose_dialect(self, line: bytes | TooLong) -> None:
        self._dialect_chosen = True
        start = line.start if isinstance(line, TooLong) else line[:1]
        if start == jsonl.START:
            self.dialect = jsonl
        elif not self.asked:
            self.ask(Question.NAME)

    def _parse(self, line: bytes | TooLong) -> Request | Refused | None:
        question, self._question = self._question, Question.NAME
        if question is Question.NAME:
            if isinstance(line, TooLong):
                return LINE_TOO_LONG
            self._telnet = self._telnet or has_negotiation(line)
            return self.dialect.parse_hello(line)
        if self._telnet and question in _SECRETS:
            self._connection.write(ECHO_ON + b"\n")
        answer = "" if isinstance(line, TooLong) else text.parse_password(line)
        hello, self._pending_hello = self._pending_hello, None
        if hello is not None:
            return Hello(hello.name, password=answer)
        if answer.strip():
            return self._parse_answer(question, answer)
        self.ask(Question.NAME)
        return None

    def _parse_answer(self, question: Question, answer: str) -> Auth | Own | None:
        """Return the proof in `answer`, or None if it is not complete."""
        match question:
            case Question.INVITATION:
                self._invitation = answer
                self.ask(Question.NEW_PASSWORD)
                return None
            case Question.NEW_PASSWORD:
                return Own(password=answer, invitation=self._invitation)
            case _:
                return Auth(method="password", password=answer)

    def _require_password(self, hello: Hello, limits: ConversationLimits) -> Hello | Refused | None:
        if limits.password is None or self._verified or hello.password is not None:
            return hello
        if self.dialect.of_programs:
            sentence = "This server requires a password; send it in the hello request."
            return hello.refuse("bad-password", sentence)
        self._pending_hello = hello
        self.ask(Question.PASSWORD)
        return None


def _is_utf16(line: bytes) -> bool:
    """Return whether `line`, the first of its stream, begins as UTF-16 of a name or of JSON."""
    return line.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and b"\0" in line[2:4]
