"""The commands that a logged-in client of IRC can send."""

from __future__ import annotations

from netchat.session.irc import (
    accounts,
    connection,
    help,
    messages,
    moderation,
    modes,
    monitor,
    offer,
    own,
    people,
    rooms,
    server,
    whois,
)
from netchat.session.irc.command import Command

COMMANDS: dict[str, Command] = {
    **accounts.COMMANDS,
    **connection.COMMANDS,
    **help.COMMANDS,
    **messages.COMMANDS,
    **moderation.COMMANDS,
    **modes.COMMANDS,
    **monitor.COMMANDS,
    **offer.COMMANDS,
    **own.COMMANDS,
    **people.COMMANDS,
    **rooms.COMMANDS,
    **server.COMMANDS,
    **whois.COMMANDS,
}
"""By their words, in upper case."""
