"""NICK and what is asked of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.refusals import context
from netchat.model.events import Refused
from netchat.model.requests import Rename
from netchat.session.irc.command import Command

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


def nick(client: IrcClient, message: Message) -> None:
    """Take another name."""
    if not message.parameters or not message.parameters[0]:
        client.reply("431", "No nickname given")
        return
    name = message.parameters[0]
    if name == client.who.name:
        return
    try:
        client.request(Rename(name=name, nonce=context("NICK", name)))
    except RefusedError as error:
        client.refuse(Refused(error.code, error.message, context("NICK", name)))


COMMANDS = {"NICK": Command(nick)}
