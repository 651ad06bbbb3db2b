"""AUTHENTICATE: the proof of an account before the registration.

Sources: https://ircv3.net/specs/extensions/sasl-3.2, RFC 4616 (PLAIN), RFC 7677 (SCRAM-SHA-256).
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from typing import TYPE_CHECKING

from netchat.model.events import Refused
from netchat.model.names import BadNameError, check_name
from netchat.model.requests import Hello
from netchat.model.state_requests import Auth
from netchat.session.proving import NameProof

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.dialects.irc.user import User
    from netchat.model.limits import Limits
    from netchat.model.notices import AuthStep
    from netchat.session.interfaces import Connection

Answer = Callable[[list[tuple[str, ...]]], None]
CHUNK = 400
FAILED = ("904", "SASL authentication failed")


class Sasl:
    """The exchange of one client."""

    def __init__(self, chat: Chat, connection: Connection, limits: Limits, user: User) -> None:
        self._chat = chat
        self._connection = connection
        self._limits = limits
        self._user = user
        self._mechanism = ""
        self._data = ""

    def take(self, data: str, answer: Answer) -> None:
        """Take the parameter of an AUTHENTICATE, and call `answer` with the replies to it."""
        if not self._mechanism:
            self._begin(data.upper(), answer)
        elif data == "*":
            self._mechanism = self._data = ""
            answer([("906", "SASL authentication aborted")])
        elif len(data) > CHUNK:
            self._mechanism = self._data = ""
            answer([("905", "SASL message too long")])
        else:
            self._data += "" if data == "+" else data
            if len(data) == CHUNK:
                answer([])
            else:
                self._finish(answer)

    def _begin(self, mechanism: str, answer: Answer) -> None:
        if self._user.account:
            answer([("907", "You have already authenticated using SASL")])
        elif mechanism != "PLAIN":
            answer([("908", "PLAIN", "are available SASL mechanisms"), FAILED])
        else:
            self._mechanism = mechanism
            answer([("AUTHENTICATE", "+")])

    def _finish(self, answer: Answer) -> None:
        data, self._data, self._mechanism = self._data, "", ""
        try:
            authzid, authcid, password = b64decode(data, validate=True).decode().split("\0")
            name = check_name(authcid or authzid)
        except (Error, ValueError, BadNameError):
            answer([FAILED])
            return
        proof = NameProof(
            self._chat, self._connection, self._limits.conversation, Hello(name=name), name
        )

        def proved(result: int | AuthStep | Refused) -> None:
            if not isinstance(result, int) or not result:
                answer([FAILED])
                return
            self._user.account, self._user.account_name = result, proof.name
            view = f"{self._user.nick or '*'}!~u@user/{proof.name}"
            answer(
                [
                    ("900", view, proof.name, f"You are now logged in as {proof.name}"),
                    ("903", "SASL authentication successful"),
                ]
            )

        proof.verify(Auth(method="password", password=password), proved, lambda _: None)
