"""What a client has missed in a room is played back when it joins, and marked as read for it.

A client that asks for earlier lines itself (draft/chathistory) is sent none, and so is a bot. The
others get those behind the read marker of their account, or the last ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.markers import READ_MARKER
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.refusals import context
from netchat.model.events import Event, Refused
from netchat.model.names import MAX_ROOM
from netchat.model.requests import MAX_HISTORY, Join
from netchat.session.irc.positions import reads_of, run, time_of

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.journal.interface import Found, UnreadableError
    from netchat.session.irc.client import IrcClient


def enter(client: IrcClient, name: str, channel: str) -> None:
    """Join the room called `name`; or raise RefusedError."""
    chat, who = client.chat, client.who
    room = chat.rooms.find(name) if len(name) <= MAX_ROOM else None
    mark = chat.state.read_mark(who.account, room.name) if room and who.account else 0
    time = chat.state.read_time(who.account, room.name) if room and who.account else 0
    if room is not None and time:
        client.personal.markers.advance(channel_of(room.name), time)
    if room is None or not mark or time or not client.has(READ_MARKER):
        _join(client, name, channel, room, mark)
        return
    # The mark was made by the number of a line; the client is told its time as it joins.
    known = room

    def look_up(found: Found[float]) -> None:
        run(time_of(reads_of(chat, who, known), mark), found)

    def answer(time: float | UnreadableError) -> Iterable[Event]:
        if isinstance(time, float):
            client.personal.markers.advance(channel_of(known.name), time)
        try:
            _join(client, name, channel, known, mark)
        except RefusedError as error:
            client.refuse(Refused(error.code, error.message, context("JOIN", channel)))
        return ()

    chat.recall(who, look_up, answer)


def _join(client: IrcClient, name: str, channel: str, room: Room | None, mark: int) -> None:
    wants = client.is_played_back
    after = max(mark, room.last - MAX_HISTORY) if room and mark and wants else None
    client.request(Join(room=name, after=after, nonce=context("JOIN", channel)))


def mark_rooms(client: IrcClient) -> None:
    """Mark what an owner's client was sent as read, unless it does that itself or is a bot."""
    chat, who = client.chat, client.who
    if not who.account or client.user.is_bot or client.has(READ_MARKER):
        return
    for room in who.confirmed_rooms:
        if room.last > chat.state.read_mark(who.account, room.name) and who not in room.backfilling:
            chat.marks.mark(who.account, room.name, room.last, chat.time())
