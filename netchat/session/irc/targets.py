"""The rooms and people that a message of IRC is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.founders import may_enter
from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.names import room_of
from netchat.model.names import MAX_ROOM

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.session.irc.client import IrcClient


def is_channel(target: str) -> bool:
    """Return whether `target` is meant to be a room."""
    return target.startswith("#")


def find_room(client: IrcClient, channel: str) -> Room | None:
    """Return the room that is `channel`, or None."""
    name = room_of(channel)
    return client.chat.rooms.find(name) if name and len(name) <= MAX_ROOM else None


def is_known(client: IrcClient, room: Room) -> bool:
    """Return whether the client may know of `room`, in which somebody is."""
    may_know = may_enter(client.chat.state, client.who, room.name)
    return bool(room.occupancy) and (may_know or room in client.who.requested_rooms)


def joined_room(client: IrcClient, channel: str) -> Room | None:
    """Return the room that is `channel`, in which the client is; None: it is told why not."""
    room = find_room(client, channel)
    if room is None or not is_known(client, room):
        client.reply("403", channel, "No such channel")
    elif room not in client.who.requested_rooms:
        client.reply("442", channel, "You're not on that channel")
    else:
        return room
    return None


def find_joined(client: IrcClient, channel: str) -> Room:
    """Return the room that is `channel`, in which the client is; or raise RefusedError."""
    room = find_room(client, channel)
    if room is None or room not in client.who.requested_rooms:
        raise RefusedError("not-in-room", "You're not on that channel")
    return room
