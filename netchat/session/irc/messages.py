"""PRIVMSG, NOTICE and TAGMSG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.formatting import parse_ctcp, strip_formatting
from netchat.dialects.irc.refusals import context
from netchat.model.events import Refused
from netchat.model.requests import Say, Tell
from netchat.model.sanitize import sanitize
from netchat.session.irc.accounts import is_nickserv, tell_nickserv
from netchat.session.irc.command import Command
from netchat.session.irc.targets import find_joined, is_channel

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


def privmsg(client: IrcClient, message: Message) -> None:
    """Say something in rooms, or to people."""
    if not message.parameters or not message.parameters[0]:
        client.reply("411", f"No recipient given ({message.command})")
    elif len(message.parameters) < 2 or not message.parameters[1]:
        client.reply("412", "No text to send")
    else:
        targets, text = message.parameters[0].split(","), message.parameters[1]
        for target in targets[:4]:
            try:
                _send(client, message.command, target, text)
            except RefusedError as error:
                client.refuse(Refused(error.code, error.message, context("PRIVMSG", target)))


def _send(client: IrcClient, command: str, target: str, text: str) -> None:
    if is_nickserv(target):
        if command == "PRIVMSG":
            tell_nickserv(client, text)
        return
    special = parse_ctcp(text)
    action = special is not None and special.command == "ACTION"
    said = sanitize(strip_formatting(special.arguments if special and action else text))
    if not said.strip():
        return
    if is_channel(target):
        room = find_joined(client, target)
        client.request(Say(room=room.name, text=said, action=action))
    else:
        client.request(Tell(to=target, text=said))


COMMANDS = {
    "PRIVMSG": Command(privmsg),
    "NOTICE": Command(privmsg),
}
