"""The commands that a logged-in client of IRC can send."""

from __future__ import annotations

from netchat.session.irc import (
    accounts,
    batch,
    chathistory,
    connection,
    help,
    markread,
    messages,
    moderation,
    modes,
    monitor,
    offer,
    own,
    people,
    redact,
    relay,
    rooms,
    server,
    whois,
)
from netchat.session.irc.command import Command

COMMANDS: dict[str, Command] = {
    **accounts.COMMANDS,
    **batch.COMMANDS,
    **chathistory.COMMANDS,
    **connection.COMMANDS,
    **help.COMMANDS,
    **markread.COMMANDS,
    **messages.COMMANDS,
    **moderation.COMMANDS,
    **modes.COMMANDS,
    **monitor.COMMANDS,
    **offer.COMMANDS,
    **own.COMMANDS,
    **people.COMMANDS,
    **redact.COMMANDS,
    **relay.COMMANDS,
    **rooms.COMMANDS,
    **server.COMMANDS,
    **whois.COMMANDS,
}
"""By their words, in upper case."""
