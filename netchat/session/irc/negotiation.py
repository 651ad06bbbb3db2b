"""CAP: which capabilities a client is offered, and takes.

Source: https://ircv3.net/specs/extensions/capability-negotiation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.capabilities import (
    CAP_NOTIFY,
    in_force,
    list_lines,
    offered,
    parse_request,
    parse_version,
)
from netchat.session.irc.open_batch import multiline_limits
from netchat.session.irc.sasl import mechanisms
from netchat.session.proof_request import can_use_password

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.dialects.irc.user import User
    from netchat.model.limits import Limits
    from netchat.session.interfaces import Connection

FROM_VERSION = 302
"""The version from which capabilities have values, and are notified of."""


class Negotiation:
    """Answers the CAP messages of the client that `user` is, over `connection`."""

    __slots__ = ("_connection", "_user", "limits")

    def __init__(self, user: User, connection: Connection, limits: Limits) -> None:
        self._user = user
        self._connection = connection
        self.limits = limits

    def offer(self) -> dict[str, str]:
        """Return the capabilities that the client can have, with their values."""
        sasl = mechanisms(self._connection, self.limits)
        conversation = self.limits.conversation
        can_register = conversation.names != "members" and can_use_password(
            self._connection, plain_passwords=conversation.plain_passwords
        )
        return offered(
            sasl=sasl,
            multiline=multiline_limits(self.limits),
            registration=() if can_register else None,
        )

    def answer(self, message: Message, nick: str) -> Iterator[tuple[str, ...]]:
        """Execute a CAP `message`, and yield the answers: a command and its parameters."""
        user, (word, *rest) = self._user, (*message.parameters, "")
        text = rest[0] if rest else ""
        match word.upper():
            case "LS":
                user.version = max(user.version, parse_version(text))
                user.negotiating = True
                if user.version >= FROM_VERSION:
                    user.active |= {CAP_NOTIFY}
                yield from self._list("LS", nick, self.offer())
            case "LIST":
                yield from self._list("LIST", nick, dict.fromkeys(user.active, ""))
            case "REQ":
                user.negotiating = True
                yield self._request(text, nick)
            case "END":
                user.negotiating = False
            case _:
                yield ("410", nick, word or "*", "Invalid CAP command")
        user.capabilities = in_force(user.active)

    def _list(
        self, word: str, nick: str, capabilities: dict[str, str]
    ) -> Iterator[tuple[str, ...]]:
        for parameters in list_lines(capabilities, version=self._user.version):
            yield ("CAP", nick, word, *parameters)

    def _request(self, text: str, nick: str) -> tuple[str, ...]:
        user = self._user
        wanted = parse_request(text, self.offer(), user.active, version=user.version)
        if wanted is None:
            return ("CAP", nick, "NAK", text)
        user.active = wanted
        return ("CAP", nick, "ACK", text)
