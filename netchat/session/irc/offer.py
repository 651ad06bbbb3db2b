"""CAP after the registration: a client takes other capabilities, and learns of a new offer.

Source: https://ircv3.net/specs/extensions/capability-negotiation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.capabilities import CAP_NOTIFY, in_force
from netchat.session.irc.command import Command
from netchat.session.irc.negotiation import Negotiation

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.model.limits import Limits
    from netchat.session.irc.client import IrcClient


def cap(client: IrcClient, message: Message) -> None:
    """Tell which capabilities there are, or take some."""
    if not message.parameters:
        client.reply("461", "CAP", "Not enough parameters")
        return

    def lines() -> Iterator[bytes]:
        negotiation = Negotiation(client.user, client.connection, client.limits)
        for command, *parameters in negotiation.answer(message, client.who.name):
            yield client.personal.dialect.writer.from_server(command, *parameters)
        client.set_capabilities(client.user.capabilities)

    client.answer(lines)


def apply_limits(client: IrcClient, limits: Limits) -> None:
    """Use `limits` from now on, and tell the client what they change in the offer."""
    before = Negotiation(client.user, client.connection, client.limits).offer()
    now = Negotiation(client.user, client.connection, limits).offer()
    client.limits = limits
    if before != now:
        client.answer(lambda: _changed(client, before, now))


def _changed(client: IrcClient, before: dict[str, str], now: dict[str, str]) -> Iterator[bytes]:
    writer, name, user = client.personal.dialect.writer, client.who.name, client.user
    notified = CAP_NOTIFY in user.active
    new = [f"{word}={value}" if value else word for word, value in now.items()
           if before.get(word) != value]  # fmt: skip
    gone = [word for word in before if word not in now]
    if new and notified:
        yield writer.from_server("CAP", name, "NEW", " ".join(new))
    if gone and notified:
        yield writer.from_server("CAP", name, "DEL", " ".join(gone))
    if user.active & {*gone}:
        user.active -= {*gone}
        client.set_capabilities(in_force(user.active))


COMMANDS = {"CAP": Command(cap)}
