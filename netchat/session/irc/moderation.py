"""KICK and INVITE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from netchat.chat.changes import change
from netchat.chat.enforcement import mute_refusal
from netchat.chat.founders import keeps_order, may_enter
from netchat.chat.refusal import RefusedError, require
from netchat.chat.telling import tell
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.refusals import context
from netchat.dialects.irc.replies import Reply
from netchat.model.events import Refused
from netchat.model.person_news import InvitedTo, OtherInvited
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON, KickRequest
from netchat.session.irc.command import Command
from netchat.session.irc.targets import joined_room
from netchat.state.changes import SetRole

if TYPE_CHECKING:
    from netchat.chat.room import Participant, Room
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient
    from netchat.state.changes import Changed

MOST = 4
"""How many are removed by one KICK."""


def kick(client: IrcClient, message: Message) -> None:
    """Remove people from a room."""
    channels, names, *rest = message.parameters
    reason = sanitize(rest[0]).strip()[:MAX_REASON] if rest else ""
    people, several = names.split(","), channels.split(",")
    if len(several) not in {1, len(people)}:
        client.reply("461", "KICK", "Name one channel, or one for each nick")
        return
    pairs = [*zip(several * (len(people) // len(several)), people, strict=True)]
    for channel, name in pairs[:MOST]:
        _kick_from(client, channel, name, reason)
    if len(pairs) > MOST:
        client.note("KICK", "TOO_MANY", f"Only the first {MOST} were removed; name the rest again")


def _kick_from(client: IrcClient, channel: str, name: str, reason: str) -> None:
    room = joined_room(client, channel)
    if room is None:
        return
    if not keeps_order(client.chat.state, client.who, room.name):
        client.reply("482", channel, "You're not channel operator")
    else:
        _kick(client, room, name, reason)


def _kick(client: IrcClient, room: Room, name: str, reason: str) -> None:
    channel = channel_of(room.name)
    person = client.chat.participants.find(name)
    if person is None:
        client.reply("401", name, "No such nick")
    elif room not in person.requested_rooms:
        client.reply("441", name, channel, "They aren't on that channel")
    else:
        nonce = context("KICK", channel)
        try:
            client.request(KickRequest(name=name, room=room.name, reason=reason, nonce=nonce))
        except RefusedError as error:
            client.refuse(Refused(error.code, error.message, nonce))


def invite(client: IrcClient, message: Message) -> None:
    """Tell somebody of a room; into a private one they come as a member from then on."""
    name, channel = message.parameters[:2]
    room, chat, who = joined_room(client, channel), client.chat, client.who
    if room is None:
        return
    person = chat.participants.find(name)
    if person is None:
        client.reply("401", name, "No such nick")
    elif room in person.requested_rooms:
        client.reply("443", name, channel, "is already on channel")
    elif chat.state.room(room.name).private and not keeps_order(chat.state, who, room.name):
        client.reply("482", channel, "You're not channel operator")
    else:
        require(mute_refusal(chat.state, chat.time(), who, room.name))
        if chat.state.room(room.name).private and not may_enter(chat.state, person, room.name):
            _let_in(client, room, person)
        else:
            _tell(client, room, person)


def _let_in(client: IrcClient, room: Room, person: Participant) -> None:
    """Make `person` a member of `room`, and then tell them."""
    nonce = context("INVITE", channel_of(room.name))

    def settled(result: Changed | Refused) -> None:
        if isinstance(result, Refused):
            client.tell(replace(result, nonce=nonce))
        else:
            _tell(client, room, person)

    what = SetRole(person.name, room.name, "member")
    change(client.chat, client.who, what, nonce=nonce, then=settled)


def _tell(client: IrcClient, room: Room, person: Participant) -> None:
    """Tell `person`, and the members who want to know of it, that they are invited to `room`."""
    chat, who = client.chat, client.who

    def answer() -> Reply:
        other = OtherInvited(who.name, person.name, room.name)
        chat.membership.tell_company(who, other, (room,))
        return Reply((client.personal.numeric("341", person.name, channel_of(room.name)),))

    chat.ask(who, answer)
    if person.is_remote:
        # Their server is told of private lines alone.
        tell(chat, who, person.name, f"I invite you to the room {room.name}.")
        return
    event = InvitedTo(who.name, person.name, room.name, chat.time())
    for device in chat.participants.devices(person):
        if not chat.ignoring.ignores_name(device, who.name):
            chat.ask(device, lambda: event)


COMMANDS = {"KICK": Command(kick, 2), "INVITE": Command(invite, 2)}
