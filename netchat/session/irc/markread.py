"""MARKREAD: up to which time a client has read a room, or its talk with somebody.

The time of an owner in a room is kept for the account, as the number of the last line up to it, and
that of their talk with another owner as such; both are told to their other devices. All others are
known as long as the client is here.
Source: https://ircv3.net/specs/extensions/read-marker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from netchat.chat.telling import find_person
from netchat.dialects.irc.markers import marker_line
from netchat.dialects.irc.names import channel_of, name_of, room_of
from netchat.dialects.irc.references import parse_server_time
from netchat.journal.interface import UnreadableError
from netchat.model.names import TALK
from netchat.session.irc.command import Command
from netchat.session.irc.later import label_of, labeled_events
from netchat.session.irc.positions import Place, Search, place_of_time, reads_of, run, time_of
from netchat.session.irc.targets import find_room, is_channel
from netchat.state.records import Account

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.dialects.irc.message import Message
    from netchat.journal.interface import Found
    from netchat.model.events import Event
    from netchat.session.irc.client import IrcClient

MARKREAD = "MARKREAD"


def markread(client: IrcClient, message: Message) -> None:
    """Tell a marker, or move it forward."""
    label = label_of(client, message)
    target, text = (*message.parameters, "", "")[:2]
    if not target:
        _fail(client, label, "NEED_MORE_PARAMS", "Say which channel, or whom")
        return
    if (room_of if is_channel(target) else name_of)(target) is None:
        _fail(client, label, "INVALID_PARAMS", target, "That can be no channel, and nobody's nick")
        return
    time = parse_server_time(text.removeprefix("timestamp=")) if "timestamp=" in text else None
    if len(message.parameters) > 1 and time is None:
        sentence = "Give a time as timestamp=YYYY-MM-DDThh:mm:ss.sssZ"
        _fail(client, label, "INVALID_PARAMS", target, text or "*", sentence)
        return
    # Nobody has read what was not said yet.
    time = min(time or 0, client.chat.time())
    room = find_room(client, target) if is_channel(target) else None
    if client.who.account and room is not None and room in client.who.requested_rooms:
        _in_room(client, label, room, time)
    else:
        _elsewhere(client, label, target, time)


def _in_room(client: IrcClient, label: str, room: Room, time: float) -> None:
    chat, who, channel = client.chat, client.who, channel_of(room.name)
    read, markers = reads_of(chat, who, room), client.personal.markers
    mark = chat.state.read_mark(who.account, room.name)
    markers.advance(channel, chat.state.read_time(who.account, room.name))

    def search() -> Search[Place]:
        if mark and not markers.get(channel):
            markers.advance(channel, (yield from time_of(read, mark)))
        if time <= markers.get(channel):
            return Place(0, 0)
        return (yield from place_of_time(read, time, room.last))

    def look_up(found: Found[Place]) -> None:
        run(search(), found)

    def answer(place: Place | UnreadableError) -> Iterable[Event]:
        if isinstance(place, UnreadableError):
            _fail(client, label, "INTERNAL_ERROR", channel, str(place))
            return ()
        if markers.advance(channel, time):
            chat.marks.mark(who.account, room.name, max(place.up_to, mark), time)
        writer = client.personal.dialect.writer
        return labeled_events(label, [marker_line(writer, channel, markers.get(channel))])

    chat.recall(who, look_up, answer)


def _elsewhere(client: IrcClient, label: str, target: str, time: float) -> None:
    chat, number = client.chat, client.who.account
    writer, markers = client.personal.dialect.writer, client.personal.markers
    person = None if is_channel(target) else find_person(chat, target)
    talk = f"{TALK}{person.number}" if number and isinstance(person, Account) else ""
    if talk:
        markers.advance(target, chat.state.read_time(number, talk))
    if markers.advance(target, time) and talk:
        chat.marks.mark(number, talk, 0, time)
    for event in labeled_events(label, [marker_line(writer, target, markers.get(target))]):
        client.tell(event)


def _fail(client: IrcClient, label: str, code: str, *context: str) -> None:
    writer = client.personal.dialect.writer
    for event in labeled_events(label, [writer.from_server("FAIL", MARKREAD, code, *context)]):
        client.tell(event)


COMMANDS = {MARKREAD: Command(markread, is_expensive=True, answers_later=True)}
