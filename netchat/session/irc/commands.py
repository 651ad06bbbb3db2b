"""The commands that a logged-in client of IRC can send."""

from __future__ import annotations

from netchat.session.irc import (
    batch,
    chathistory,
    connection,
    messages,
    moderation,
    modes,
    monitor,
    own,
    people,
    relay,
    rooms,
    server,
    whois,
)
from netchat.session.irc.command import Command

COMMANDS: dict[str, Command] = {
    **batch.COMMANDS,
    **chathistory.COMMANDS,
    **connection.COMMANDS,
    **messages.COMMANDS,
    **moderation.COMMANDS,
    **modes.COMMANDS,
    **monitor.COMMANDS,
    **own.COMMANDS,
    **people.COMMANDS,
    **relay.COMMANDS,
    **rooms.COMMANDS,
    **server.COMMANDS,
    **whois.COMMANDS,
}
"""By their words, in upper case."""
