"""What is asked of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.session.irc.command import Command
from netchat.session.irc.greeting import lusers_lines, motd_lines

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


def motd(client: IrcClient, message: Message) -> None:
    """Show the message of the day."""
    client.answer(lambda: motd_lines(client))


def lusers(client: IrcClient, message: Message) -> None:
    """Show how many are here."""
    client.answer(lambda: lusers_lines(client))


COMMANDS = {"MOTD": Command(motd), "LUSERS": Command(lusers)}
