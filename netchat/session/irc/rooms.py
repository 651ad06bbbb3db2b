"""JOIN, PART, TOPIC, NAMES and LIST."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from netchat.chat import actions
from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.list_filter import list_filter
from netchat.dialects.irc.names import channel_of, room_of, suggested_room
from netchat.dialects.irc.refusals import context
from netchat.dialects.irc.replies import LabelBegin, LabelEnd, names_lines, topic_lines
from netchat.model.events import Refused
from netchat.model.requests import SetTopic
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON
from netchat.session.irc.command import Command
from netchat.session.irc.playback import enter, with_markers
from netchat.session.irc.targets import find_joined, find_room, joined_room

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient


def join(client: IrcClient, message: Message) -> None:
    """Join rooms; "0" leaves all."""
    label = client.label(message)
    channels = [channel for channel in message.parameters[0].split(",") if channel]
    rooms = filter(None, [find_room(client, channel) for channel in channels])

    def proceed() -> None:
        if label:
            client.tell(LabelBegin(label))
        has_key = len(message.parameters) > 1 and message.parameters[1]
        if has_key and client.has("standard-replies"):
            client.note("JOIN", "KEY_IGNORED", "Channels have no keys here, so it was ignored")
        _join_all(client, channels)
        if label:
            client.tell(LabelEnd())

    with_markers(client, rooms, proceed)


def _join_all(client: IrcClient, channels: list[str]) -> None:
    if channels == ["0"]:
        for room in client.who.requested_rooms:
            actions.leave(client.chat, client.who, room)
        return
    for channel in channels:
        name = room_of(channel)
        if name is None:
            client.reply("403", channel, "No such channel")
            if suggestion := suggested_room(channel):
                note = f"That cannot be the name of a channel here; try #{suggestion}"
                client.note("JOIN", "INVALID_CHANNEL", channel, note)
            continue
        if find_room(client, channel) in client.who.requested_rooms:
            continue
        try:
            enter(client, name, channel)
        except RefusedError as error:
            client.refuse(Refused(error.code, error.message, context("JOIN", channel)))


def part(client: IrcClient, message: Message) -> None:
    """Leave rooms."""
    reason = sanitize(message.parameters[1]) if len(message.parameters) > 1 else ""
    for channel in filter(None, message.parameters[0].split(",")):
        if (room := joined_room(client, channel)) is not None:
            actions.leave(client.chat, client.who, room, message=reason[:MAX_REASON])


def topic(client: IrcClient, message: Message) -> None:
    """Show the topic of a room, or set it."""
    channel = message.parameters[0]
    if len(message.parameters) > 1:
        joined = find_joined(client, channel)
        text = sanitize(message.parameters[1]).strip()
        client.request(SetTopic(room=joined.name, text=text, nonce=context("TOPIC", channel)))
        return
    if (room := joined_room(client, channel)) is not None:
        client.answer(partial(_topic, client, room))


def _topic(client: IrcClient, room: Room) -> list[bytes]:
    if room.topic:
        return list(topic_lines(client.personal, room.name, room.topic))
    return [client.personal.numeric("331", channel_of(room.name), "No topic is set")]


def names(client: IrcClient, message: Message) -> None:
    """List who is in rooms."""
    for channel in (message.parameters or ("*",))[0].split(","):
        room = find_room(client, channel)
        if room is None or room not in client.who.requested_rooms:
            client.reply("366", channel, "End of /NAMES list")
        else:
            client.answer(partial(_names, client, room))


def _names(client: IrcClient, room: Room) -> Iterable[bytes]:
    return names_lines(client.personal, room.name, room.names)


def list_rooms(client: IrcClient, message: Message) -> None:
    """List the rooms, or those that are named, or that match the masks and sizes asked for."""
    conditions = message.parameters[0].split(",") if message.parameters else []
    is_listed = list_filter([condition for condition in conditions if condition])

    def lines() -> list[bytes]:
        numeric, chat = client.personal.numeric, client.chat
        shown = [numeric("321", "Channel", "Users  Name")]
        for name, count in chat.list_rooms(client.who).rooms:
            if not is_listed(channel_of(name), count):
                continue
            room = chat.rooms.find(name)
            shown.append(numeric("322", channel_of(name), str(count), room.topic if room else ""))
        return [*shown, numeric("323", "End of /LIST")]

    client.answer(lines)


COMMANDS = {
    "JOIN": Command(join, 1, answers_later=True),
    "PART": Command(part, 1),
    "TOPIC": Command(topic, 1),
    "NAMES": Command(names, is_expensive=True),
    "LIST": Command(list_rooms, is_expensive=True),
}
