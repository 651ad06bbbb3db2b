"""The commands that a logged-in client of IRC can send."""

from __future__ import annotations

from netchat.session.irc import connection, messages, people, rooms, server
from netchat.session.irc.command import Command

COMMANDS: dict[str, Command] = {
    **connection.COMMANDS,
    **messages.COMMANDS,
    **people.COMMANDS,
    **rooms.COMMANDS,
    **server.COMMANDS,
}
"""By their words, in upper case."""
