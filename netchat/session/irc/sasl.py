"""AUTHENTICATE: the proof of an account, as a client of IRC gives it.

Sources: https://ircv3.net/specs/extensions/sasl-3.2, RFC 4616 (PLAIN), RFC 7677 (SCRAM-SHA-256).
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.model.events import Refused
from netchat.model.names import BadNameError, check_name
from netchat.model.notices import AuthStep
from netchat.model.requests import Hello
from netchat.model.state_requests import Auth
from netchat.session.proof_request import can_use_password
from netchat.session.proving import NameProof

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.dialects.irc.user import User
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection

Answer = Callable[[list[tuple[str, ...]]], None]
"""Called with replies: a command or number, and its parameters without the client's nick."""

PLAIN, SCRAM = "PLAIN", "SCRAM-SHA-256"
CHUNK = 400
"""Characters of base64 in one message; a shorter one is the last."""
MAX_CHUNKS = 8
ABORTED = ("906", "SASL authentication aborted")
FAILED = ("904", "SASL authentication failed")
TOO_LONG = ("905", "SASL message too long")
ALREADY = ("907", "You have already authenticated using SASL")
_SCRAM_NAME = re.compile("n=([^,]*),")
_SCRAM_ESCAPE = re.compile("=(2C|3D)")


def mechanisms(connection: Connection, limits: Limits) -> tuple[str, ...]:
    """Return the mechanisms that a client on `connection` can use."""
    plain_passwords = limits.conversation.plain_passwords
    plain = can_use_password(connection, plain_passwords=plain_passwords)
    return (*([PLAIN] if plain else ()), *([SCRAM] if connection.authenticator.scram else ()))


class Sasl:
    """The exchange of the client that `user` is; what it has proved is noted there."""

    __slots__ = ("_chat", "_connection", "_data", "_mechanism", "_proof", "_proved", "_user",
                 "limits")  # fmt: skip

    def __init__(self, chat: Chat, connection: Connection, limits: Limits, user: User) -> None:
        self._chat = chat
        self._connection = connection
        self.limits = limits
        self._user = user
        self._mechanism = ""
        self._data = ""
        self._proof: NameProof | None = None
        """An exchange that has begun."""
        self._proved = 0
        """The account, once the exchange is over but for the client's last, empty message."""

    def take(self, data: str, answer: Answer) -> None:
        """Take the parameter of an AUTHENTICATE, and call `answer` with the replies to it."""
        if not self._mechanism:
            self._begin(data.upper(), answer)
        elif data == "*":
            answer(self.abort())
        elif len(data) > CHUNK or len(self._data) >= MAX_CHUNKS * CHUNK:
            self._reset()
            answer([TOO_LONG])
        else:
            self._data += "" if data == "+" else data
            if len(data) == CHUNK:
                answer([])
            else:
                self._process(answer)

    def abort(self) -> list[tuple[str, ...]]:
        """End an exchange that has begun, and return the replies to that."""
        if not self._mechanism:
            return []
        self._reset()
        return [ABORTED]

    def _reset(self) -> None:
        self._mechanism = self._data = ""
        self._proof, self._proved = None, 0

    def _begin(self, mechanism: str, answer: Answer) -> None:
        offered = mechanisms(self._connection, self.limits)
        if self._user.account:
            answer([ALREADY])
        elif mechanism == "*":
            answer([ABORTED])
        elif mechanism not in offered:
            answer([("908", ",".join(offered) or "*", "are available SASL mechanisms"), FAILED])
        else:
            self._mechanism = mechanism
            answer([("AUTHENTICATE", "+")])

    def _process(self, answer: Answer) -> None:
        """Process a message of the client that is complete."""
        data, self._data = self._data, ""
        try:
            text = b64decode(data, validate=True).decode()
            if self._proved:
                account, name = self._proved, self._proof.name if self._proof else ""
                answer(self._log_in(account, name) if not text else self._fail())
            elif self._mechanism == PLAIN:
                self._process_plain(text, answer)
            else:
                self._process_scram(text, answer)
        except (Error, ValueError):
            answer(self._fail())

    def _process_plain(self, text: str, answer: Answer) -> None:
        authzid, authcid, password = text.split("\0")
        proof = self._prove(authcid or authzid)

        def proved(result: int | AuthStep | Refused) -> None:
            right = isinstance(result, int) and result
            answer(self._log_in(int(right), proof.name) if right else self._fail())

        proof.verify(Auth(method="password", password=password), proved, lambda _: None)

    def _process_scram(self, text: str, answer: Answer) -> None:
        if self._proof is None:
            self._proof = self._prove(_scram_name(text))
        last: list[str] = []

        def proved(result: int | AuthStep | Refused) -> None:
            if isinstance(result, AuthStep):
                answer(_chunks(result.data))
            elif isinstance(result, int) and result:
                self._proved = result
                answer(_chunks("".join(last)))
            else:
                answer(self._fail())

        request = Auth(method="scram", data=text)
        self._proof.verify(request, proved, lambda step: last.append(step.data))

    def _prove(self, text: str) -> NameProof:
        """Return the proof for the name in `text`, or raise ValueError."""
        try:
            name = check_name(text)
        except BadNameError as error:
            raise ValueError from error
        conversation = self.limits.conversation
        return NameProof(self._chat, self._connection, conversation, Hello(name=name), name)

    def _fail(self) -> list[tuple[str, ...]]:
        self._reset()
        return [FAILED]

    def _log_in(self, account: int, name: str) -> list[tuple[str, ...]]:
        self._reset()
        user = self._user
        user.account, user.account_name = account, name
        source = f"{user.nick or '*'}!~{user.user or '*'}@user/{name}"
        return [
            ("900", source, name, f"You are now logged in as {name}"),
            ("903", "SASL authentication successful"),
        ]


def _scram_name(client_first: str) -> str:
    """Return the name in the first message of SCRAM; ValueError if there is none."""
    found = _SCRAM_NAME.search(client_first)
    if found is None:
        raise ValueError(client_first)
    return _SCRAM_ESCAPE.sub(lambda escape: "," if escape[1] == "2C" else "=", found[1])


def _chunks(text: str) -> list[tuple[str, ...]]:
    """Return `text` in the messages that carry it to the client."""
    data = b64encode(text.encode()).decode()
    parts = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    if not parts or len(parts[-1]) == CHUNK:
        parts.append("+")
    return [("AUTHENTICATE", part) for part in parts]
