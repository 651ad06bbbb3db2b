"""KICK and INVITE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.enforcement import mute_refusal
from netchat.chat.founders import rank_in
from netchat.chat.refusal import RefusedError, require
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.refusals import context
from netchat.model.events import Refused
from netchat.model.person_news import InvitedTo
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON, KickRequest, OpRequest
from netchat.session.irc.command import Command
from netchat.session.irc.targets import find_room
from netchat.state.rights import Rank

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

MOST = 4
"""How many are removed by one KICK."""


def kick(client: IrcClient, message: Message) -> None:
    """Remove people from a room."""
    channel, names, *rest = message.parameters
    room = find_room(client, channel)
    if room is None:
        client.reply("403", channel, "No such channel")
    elif room not in client.who.requested_rooms:
        client.reply("442", channel, "You're not on that channel")
    elif rank_in(client.chat.state, client.who, room.name) < Rank.MODERATOR:
        client.reply("482", channel, "You're not channel operator")
    else:
        reason = sanitize(rest[0]).strip()[:MAX_REASON] if rest else ""
        for name in names.split(",")[:MOST]:
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
    room, chat, who = find_room(client, channel), client.chat, client.who
    person = chat.participants.find(name)
    if room is None or not room.occupancy:
        client.reply("403", channel, "No such channel")
    elif room not in who.requested_rooms:
        client.reply("442", channel, "You're not on that channel")
    elif person is None:
        client.reply("401", name, "No such nick")
    elif room in person.requested_rooms:
        client.reply("443", name, channel, "is already on channel")
    elif chat.state.room(room.name).private and not _may_invite(client, room):
        client.reply("482", channel, "You're not channel operator")
    else:
        require(mute_refusal(chat.state, chat.time(), who, room.name))
        if chat.state.room(room.name).private:
            nonce = context("INVITE", channel)
            client.request(OpRequest(name=person.name, room=room.name, role="member", nonce=nonce))
        client.reply("341", person.name, channel)
        event = InvitedTo(who.name, person.name, room.name, chat.time())
        for device in chat.participants.devices(person):
            if not chat.ignoring.ignores_name(device, who.name):
                chat.ask(device, lambda: event)


def _may_invite(client: IrcClient, room: Room) -> bool:
    return rank_in(client.chat.state, client.who, room.name) >= Rank.MODERATOR


COMMANDS = {"KICK": Command(kick, 2), "INVITE": Command(invite, 2)}
