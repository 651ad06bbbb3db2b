"""What a guest and the server say to each other before he has a name.

His first line chooses the dialect. A person is asked for his name, and then for the password if
there is one, before anything is said about the name: who does not know the password learns nothing
about who is here. A program says all of it in its hello. Both may try again, but not for ever.
"""

from __future__ import annotations

from codecs import BOM_UTF8

from netchat.dialects.framing import TooLong
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.model.events import Closing, Refused
from netchat.model.limits import ConversationLimits
from netchat.model.requests import Bye, Hello, Ping, Request
from netchat.session.interfaces import Connection, InputDialect
from netchat.session.requests import TOO_LONG

LINE_TOO_LONG = Refused("line-too-long", TOO_LONG)
LOGIN_TRIES = Closing("login-tries", "Too many tries; connect again with another name.")
PASSWORD_TRIES = Closing("bad-password", "Too many tries; ask somebody for the right password.")
WORD_WANTED = "This server wants a password; say hello with it."
WRONG_WORD = "That is not the password; try again."


class Login:
    """The login of a guest, who reads what is written on `connection`.

    `asked` tells whether a question is the last thing he has read, on a line without an end;
    `waits`, whether the password that he has said waits for its answer.
    """

    __slots__ = (
        "_connection",
        "_hello",
        "_known",
        "_spoken",
        "_tries",
        "asked",
        "dialect",
        "waits",
    )

    def __init__(self, connection: Connection) -> None:
        self.asked = False
        self.waits = False
        self.dialect: InputDialect = text
        self._connection = connection
        self._spoken = False
        self._tries = 0
        self._known = False
        """Whether he has given the password already; only his name was not to be had."""
        self._hello: Hello | None = None
        """What waits for the password."""

    def open(self) -> None:
        """Ask for the name, unless the guest has said something already."""
        if not self._spoken:
            self._ask(text.PROMPT)

    def begin(self, start: bytes) -> None:
        """Learn what his last line begins with, which will have no end: a program's begins so."""
        if not self._spoken and start == jsonl.START:
            self._choose_dialect(start)
            self.asked = False

    def take(self, line: bytes | TooLong, limits: ConversationLimits) -> Request | Refused | None:
        """Return what the guest wants by `line`: a Hello has a password, if one is to be proved.

        None if there is something more to be asked first, and it has been.
        """
        if not self._spoken:
            # Windows tools put one before what they send through a pipe.
            line = line if isinstance(line, TooLong) else line.removeprefix(BOM_UTF8)
            self._choose_dialect(line)
        self.asked = False
        request = self._parse(line)
        if isinstance(request, Hello):
            return self._check(request, limits)
        if isinstance(request, Bye | Ping | Refused):
            return request
        return request.refuse("bad-request", "Say hello first, with a name.")

    def knows(self, hello: Hello, limits: ConversationLimits) -> bool:
        """Return whether the password of `hello` is the one that is wanted."""
        self._known = limits.password is None or limits.password.matches(hello.password or "")
        return self._known

    def refuse(self, refused: Refused, limits: ConversationLimits) -> Closing | None:
        """Let the guest try again; or return how it ends, if that was his last try."""
        self._tries += 1
        self._connection.write(self.dialect.render(refused))
        if 0 < limits.login_tries <= self._tries:
            return PASSWORD_TRIES if refused.code == "bad-password" else LOGIN_TRIES
        if self.dialect is text:
            self._ask(text.PROMPT)
        return None

    def _ask(self, question: bytes) -> None:
        self.asked = True
        self._connection.write(question)

    def _choose_dialect(self, line: bytes | TooLong) -> None:
        self._spoken = True
        start = line.start if isinstance(line, TooLong) else line[:1]
        if start == jsonl.START:
            self.dialect = jsonl
        elif not self.asked:
            self._ask(text.PROMPT)

    def _parse(self, line: bytes | TooLong) -> Request | Refused:
        hello, self._hello = self._hello, None
        if hello is not None:
            word = "" if isinstance(line, TooLong) else text.parse_password(line)
            return Hello(hello.name, password=word)
        return LINE_TOO_LONG if isinstance(line, TooLong) else self.dialect.parse_hello(line)

    def _check(self, hello: Hello, limits: ConversationLimits) -> Hello | Refused | None:
        if limits.password is None or self._known or hello.password is not None:
            return hello
        if self.dialect is not text:
            return hello.refuse("bad-password", WORD_WANTED)
        self._hello = hello
        self._ask(text.PASSWORD_PROMPT)
        return None
