"""PRIVMSG and NOTICE.

Source: https://modern.ircdocs.horse/#sending-messages. Nobody is told why a NOTICE was not sent, so
that no two programs answer each other for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.formatting import Ctcp, parse_ctcp, strip_formatting
from netchat.dialects.irc.names import room_of
from netchat.dialects.irc.refusals import context
from netchat.model.events import Refused
from netchat.model.names import equivalent
from netchat.model.requests import Say, Tell
from netchat.model.sanitize import sanitize
from netchat.session.irc import multiline
from netchat.session.irc.accounts import is_nickserv, tell_nickserv
from netchat.session.irc.command import Command
from netchat.session.irc.relay import MAX_TARGETS, relay, relay_to_self
from netchat.session.irc.targets import find_joined, find_room, is_channel

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

NOTICE = "NOTICE"
NO_DCC = "Files and chats between clients are not passed on here; send a link instead"
NO_CTCP_IN_ROOM = "A room passes on no CTCP but ACTION; send it to one person"


def privmsg(client: IrcClient, message: Message) -> None:
    """Say something in rooms, or to people."""
    if multiline.take(client, message):
        return
    targets, text = (*message.parameters, "", "")[:2]
    if not targets:
        _reply(client, message.command, "411", f"No recipient given ({message.command})")
    elif not text:
        _reply(client, message.command, "412", "No text to send")
    else:
        send_to_all(client, message.command, targets, text)


def send_to_all(client: IrcClient, command: str, targets: str, text: str) -> None:
    """Send `text` to the `targets`, with commas between them, and refuse those that do not work."""
    names = tuple(dict.fromkeys(filter(None, targets.split(","))))
    if len(names) > MAX_TARGETS:
        _reply(client, command, "407", targets, f"At most {MAX_TARGETS} targets in one message")
        return
    for name in names:
        try:
            _send(client, command, name, text)
        except RefusedError as error:
            client.refuse(Refused(error.code, error.message, context(command, name)))


def _send(client: IrcClient, command: str, target: str, text: str) -> None:
    if is_nickserv(target):
        if command == "PRIVMSG":
            tell_nickserv(client, text)
        return
    ctcp, notice = parse_ctcp(text), command == NOTICE
    if ctcp is not None and ctcp.command != "ACTION":
        _send_ctcp(client, command, target, ctcp)
        return
    said = sanitize(strip_formatting(ctcp.arguments if ctcp else text))
    if not said.strip():
        _reply(client, command, "412", "No text to send")
        return
    nonce = context(command, target)
    if is_channel(target):
        room = find_target(client, target)
        does = ctcp is not None
        client.request(Say(room=room, text=said, action=does, notice=notice, nonce=nonce))
        return
    said = f"* {client.who.name} {said}" if ctcp else said
    if equivalent(target, client.who.name):
        relay_to_self(client, command, said)
    else:
        client.request(Tell(to=target, text=said, notice=notice, nonce=nonce))


def find_target(client: IrcClient, channel: str) -> str:
    """Return the name of the room `channel`, in which the client is; or raise RefusedError."""
    if room_of(channel) is None or find_room(client, channel) is None:
        raise RefusedError("bad-room", "There is no such channel that you are in")
    return find_joined(client, channel).name


def _send_ctcp(client: IrcClient, command: str, target: str, ctcp: Ctcp) -> None:
    if ctcp.command == "DCC":
        raise RefusedError("not-allowed", NO_DCC)
    if is_channel(target):
        raise RefusedError("not-allowed", NO_CTCP_IN_ROOM)
    words = sanitize(f"{ctcp.command} {ctcp.arguments}").strip()
    relay(client, command, target, f"\x01{words}\x01")


def _reply(client: IrcClient, command: str, number: str, *parameters: str) -> None:
    if command != NOTICE:
        client.reply(number, *parameters)


COMMANDS = {
    "PRIVMSG": Command(privmsg),
    "NOTICE": Command(privmsg),
}
