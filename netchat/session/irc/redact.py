"""REDACT: the text of a line is deleted.

Source: https://ircv3.net/specs/extensions/message-redaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.references import parse_msgid
from netchat.dialects.irc.refusals import context
from netchat.model.names import equivalent
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON, DeleteRequest
from netchat.session.irc.command import Command
from netchat.session.irc.targets import find_room

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

REDACT = "REDACT"


def redact(client: IrcClient, message: Message) -> None:
    """Delete a line of a room that the client is in."""
    target, text, reason = (*message.parameters, "")[:3]
    room = find_room(client, target)
    if room is None or room not in client.who.requested_rooms:
        sentence = "Lines can be deleted in channels that you are in"
        client.fail(REDACT, "INVALID_TARGET", target, sentence)
        return
    msgid = parse_msgid(text, client.dialects.view.epoch)
    if msgid is None or not equivalent(msgid.room, room.name) or msgid.id > room.last:
        sentence = "There is no such line in that channel"
        client.fail(REDACT, "UNKNOWN_MSGID", target, text, sentence)
        return
    nonce = context(REDACT, channel_of(room.name), text)
    why = sanitize(reason).strip()[:MAX_REASON] or None
    client.request(DeleteRequest(room=room.name, id=msgid.id, reason=why, nonce=nonce))


COMMANDS = {REDACT: Command(redact, 2)}
