"""What a client has missed in a room is played back when it joins, and marked as read for it.

A client that asks for earlier lines itself (draft/chathistory) is sent none, and so is a bot. The
others get those behind the read marker of their account, or the last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from netchat.dialects.irc.markers import READ_MARKER
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.refusals import context
from netchat.model.names import MAX_ROOM
from netchat.model.requests import MAX_HISTORY, Join
from netchat.session.irc.positions import Search, reads_of, run, time_of

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.journal.interface import UnreadableError
    from netchat.model.events import Event
    from netchat.session.irc.client import IrcClient


def with_markers(client: IrcClient, rooms: Iterable[Room], proceed: Callable[[], None]) -> None:
    """Call `proceed` once it is known up to which time the client has read each of `rooms`.

    A mark that was made by the number of a line has its time from there, and all of these are
    looked up at once: a participant asks one question at a time.
    """
    chat, who = client.chat, client.who
    unknown = []
    for room in rooms if who.account and client.has(READ_MARKER) else ():
        time = chat.state.read_time(who.account, room.name)
        mark = chat.state.read_mark(who.account, room.name)
        if time:
            client.personal.markers.advance(channel_of(room.name), time)
        elif mark:
            unknown.append((room, mark))
    if not unknown:
        proceed()
        return

    def search() -> Search[None]:
        for room, mark in unknown:
            time = yield from time_of(reads_of(chat, who, room), mark)
            client.personal.markers.advance(channel_of(room.name), time)

    def answer(_: UnreadableError | None) -> Iterable[Event]:
        proceed()
        return ()

    chat.recall(who, partial(run, search()), answer)


def enter(client: IrcClient, name: str, channel: str) -> None:
    """Join the room called `name`; or raise RefusedError."""
    chat, who = client.chat, client.who
    room = chat.rooms.find(name) if len(name) <= MAX_ROOM else None
    mark = chat.state.read_mark(who.account, room.name) if room and who.account else 0
    wants = client.is_played_back
    after = max(mark, room.last - MAX_HISTORY) if room and mark and wants else None
    if after is not None and after > mark:
        sentence = f"You have not read {after - mark} more lines of #{name}, which are not shown"
        client.answer_lines(
            client.personal.dialect.writer.from_server("NOTICE", who.name, sentence)
        )
    client.request(Join(room=name, after=after, nonce=context("JOIN", channel)))


def mark_rooms(client: IrcClient) -> None:
    """Mark what an owner's client was sent as read, unless it does that itself or is a bot."""
    chat, who = client.chat, client.who
    if not who.account or client.user.is_bot or client.has(READ_MARKER):
        return
    for room in who.confirmed_rooms:
        if room.last > chat.state.read_mark(who.account, room.name) and who not in room.backfilling:
            chat.marks.mark(who.account, room.name, room.last, chat.time())
