"""PING, QUIT, and what belongs to the registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.disconnects import BYE
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON
from netchat.session.irc.command import Command
from netchat.session.irc.playback import mark_rooms

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


def ping(client: IrcClient, message: Message) -> None:
    """Answer a PING; a client that sends one has been sent the lines before it."""
    mark_rooms(client)
    if not message.parameters:
        client.reply("461", "PING", "Not enough parameters")
        return
    if not message.parameters[0]:
        client.reply("409", "No origin specified")
        return
    writer = client.personal.dialect.writer
    client.answer_lines(writer.from_server("PONG", writer.view.server, message.parameters[0]))


def pong(client: IrcClient, message: Message) -> None:
    """Take a PONG."""
    mark_rooms(client)


def leave(client: IrcClient, message: Message) -> None:
    """Leave the server."""
    reason = sanitize(message.parameters[0]) if message.parameters else ""
    client.session.leave(BYE, f"Quit: {reason[:MAX_REASON]}" if reason else "")


def registered(client: IrcClient, message: Message) -> None:
    """Refuse to register again."""
    client.reply("462", "You may not reregister")


def authenticate(client: IrcClient, message: Message) -> None:
    """Refuse to log in again: who somebody is stays the same while they are here."""
    if client.who.account:
        client.reply("907", "You have already authenticated")
    else:
        client.reply("904", "Log in while you connect: a guest cannot become an owner by that")


COMMANDS = {
    "AUTHENTICATE": Command(authenticate),
    "PING": Command(ping),
    "PONG": Command(pong),
    "QUIT": Command(leave),
    "USER": Command(registered),
    "PASS": Command(registered),
}
