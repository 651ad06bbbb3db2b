"""How the user gets into rooms and talks, and out of them, and where what they type goes.

After a reconnect, the rooms are joined again one after the other, so that many of them are no
flood; what was typed for a room waits until the user is in it.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from netchat.client.conversation.display_lines import Notice, Refusal
from netchat.client.conversation.outbox import Outbox
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.rooms import Rooms
from netchat.client.conversation.talk import Talk
from netchat.client.conversation.timeline import Timeline
from netchat.dialects.jsonl import events as wire
from netchat.model.folding import fold
from netchat.model.requests import (
    CURRENT_ROOM,
    GetHistory,
    GetTopic,
    Join,
    Leave,
    MoreHistory,
    MoreMatches,
    Request,
    Say,
    Tell,
)

REJOIN = "rejoin"
"""The nonce of a join that the client sends itself."""
_NO_PLACE = "You are in no room; /join ROOM goes into one."


class Placed(NamedTuple):
    """A request, and the room or talk (its key) that it is about."""

    request: Request
    place: str = ""


class Moves:
    """Moves the user between `rooms`; typed requests wait in `outbox`."""

    __slots__ = ("_context", "_going_to", "_outbox", "_rejoining", "_rooms", "_with_other_journal")

    def __init__(self, context: RoomContext, rooms: Rooms, outbox: Outbox) -> None:
        self._context = context
        self._rooms = rooms
        self._outbox = outbox
        self._going_to = ""
        """The room that the user has asked to join, where what they type next goes."""
        self._rejoining: str | None = None
        self._with_other_journal: set[str] = set()
        """The rooms of which nothing is known that is true of the server's journal now."""

    def put(self, request: Request, typed: str) -> None:
        """Queue `request`, for which the user `typed` a line, for the place where they are."""
        if self._context.several:
            placed = self._place(request)
            if placed is not None:
                self._outbox.put(placed.request, typed, placed.place)
        elif isinstance(request, Join):
            name = self._context.positions.canonical_name(request.room)
            self._outbox.put(Join(name), typed)
        else:
            self._outbox.put(request, typed)

    def _place(self, request: Request) -> Placed | None:
        """Return the `request` that was typed now, and where it goes; None if it goes nowhere."""
        if isinstance(request, Join):
            return self._join(request)
        if self._going_to:
            return Placed(request, self._going_to)
        current = self._rooms.current
        if isinstance(current, Talk):
            return self._in_talk(request, current.name)
        if current is not None:
            return Placed(request, current.name)
        if not _is_about_a_room(request):
            return Placed(request)
        self._refuse(_NO_PLACE)
        return None

    def join_request(self, room: str) -> Join:
        """Return the request that joins `room`, for the lines after those that are known of it."""
        after = self._context.positions.last_read(room)
        return Join(room, after, None if after is None else self._context.positions.journal)

    def go_to(self, name: str) -> None:
        """Show the open room or talk called `name`, or the only one whose name begins like that."""
        found = self._find(name)
        if found is not None:
            self.show(found)

    def show(self, one: Timeline | Talk) -> None:
        """Show `one` from now on."""
        self._going_to = ""
        self._rooms.go_to(one)

    def go_to_next_news(self) -> None:
        """Show the next room or talk with mentions, or else with unread lines."""
        order = list(self._rooms)
        start = next((i for i, one in enumerate(order) if one is self._rooms.current), -1) + 1
        order = [*order[start:], *order[:start]]
        with_news = [one for one in order if one.open_room.unread]
        urgent = [x for x in with_news if isinstance(x, Talk) or x.open_room.mentions]
        for one in (*urgent, *with_news)[:1]:
            self.show(one)

    def leave(self, name: str) -> None:
        """Leave the room, or close the talk, called `name`; "" is the current one."""
        one = self._find(name) if name else self._rooms.current
        if one not in list(self._rooms):
            if not name:
                self._refuse(_NO_PLACE)
            return
        if isinstance(one, Talk):
            self._rooms.close(one)
        else:
            self._outbox.put(Leave(one.name), f"/leave {one.name}", one.name)
            one.leaving = True
            if one is self._rooms.current:
                self._rooms.go_back()
        if not list(self._rooms):
            self._rooms.show(Notice(f"* {_NO_PLACE.removesuffix('.')}"))

    def use_journal(self, journal: str | UnsetType) -> None:
        """Record the identifier of the server's journal, if the server has told it.

        If it is another one than before, the positions are forgotten: it has other lines under
        these ids.
        """
        positions = self._context.positions
        known, positions.journal = positions.journal, None if journal is UNSET else journal
        if known and positions.journal and known != positions.journal and positions:
            self._with_other_journal = {room.name for room in self._rooms.timelines}
            positions.clear()

    def enter(
        self, entered: wire.Entered, asked: str, *, typed: bool, again: bool, login: bool
    ) -> None:
        """Record that the user is in the room that was `asked` for, and show it if they go there.

        `typed` if they have asked for it themselves, `again` if they were logged in before;
        `login` if this is the room of the login.
        """
        if not (typed or login):
            self._rejoining = None
        self._outbox.rename_place(asked, entered.room)
        self._context.roster.update(entered)
        other = bool({asked, entered.room} & self._with_other_journal)
        self._with_other_journal -= {asked, entered.room}
        timeline = self._rooms.enter(entered, asked, other_journal=other)
        several, goes = self._context.several, asked == self._going_to
        if goes or not several:
            self._going_to = ""
            self._rooms.go_to(timeline, moved=again)
        elif login and self._rooms.current is None:
            self._rooms.go_to_first(timeline)
        if not several:
            self._leave_all_but(timeline)

    def _leave_all_but(self, timeline: Timeline) -> None:
        for other in self._rooms.timelines:
            if other is not timeline:
                if other.is_in:
                    self._context.ask(Leave(other.name))
                self._rooms.close(other)

    def refused(self, join: Join, error: wire.Error, *, typed: bool) -> bool:
        """Record that `join` is refused; return whether to try again later."""
        if typed:
            self._going_to = "" if self._going_to == join.room else self._going_to
            return False
        self._rejoining = None
        timeline = self._rooms.timeline(join.room)
        if error.code in ("storage", "too-fast"):
            return True
        if timeline is not None:
            self._rooms.close(timeline)
        return False

    def disconnected(self) -> None:
        """Record that the connection is lost."""
        self._rejoining = None

    def rejoin_next(self) -> None:
        """Join the next room again, unless the answer for one is awaited."""
        waits = (one.name for one in self._rooms.timelines if not one.is_in)
        room = next(waits, None) if self._rejoining is None else None
        if room is not None and self._context.ask(replace(self.join_request(room), nonce=REJOIN)):
            self._rejoining = room

    def may_send(self, place: str) -> bool:
        """Return whether what was typed for `place` can be sent: the user is there."""
        timeline = self._rooms.timeline(place)
        return timeline is None or timeline.is_in

    def _refuse(self, sentence: str) -> None:
        """Show a refusal."""
        self._rooms.show(Refusal(f"! {sentence}"))

    def _join(self, join: Join) -> Placed | None:
        name = self._context.positions.canonical_name(join.room)
        timeline = self._rooms.timeline(name)
        if timeline is not None and not timeline.leaving:
            self.show(timeline)
            return None
        self._going_to = name
        return Placed(Join(name))

    def _in_talk(self, request: Request, name: str) -> Placed | None:
        place = f"@{name}"
        match request:
            case Say(room=room) if room == CURRENT_ROOM:
                text = f"* {self._context.roster.name} {request.text}"
                return Placed(Tell(name, text if request.action else request.text), place)
            case GetHistory(room=room, peer=None) if room == CURRENT_ROOM:
                return Placed(replace(request, room="", peer=name), place)
            case MoreHistory():
                return Placed(request, place)
            case _ if not _is_about_a_room(request):
                return Placed(request, place)
        self._refuse(f"That is about a room, and this is a talk with {name}; go to a room first.")
        return None

    def _find(self, name: str) -> Timeline | Talk | None:
        """Return what `name` means; if that is nothing, or several, tell the user, return None."""
        wanted, only_talks = fold(name.removeprefix("@")), name.startswith("@")
        all_open = [x for x in self._rooms if not only_talks or isinstance(x, Talk)]
        exact = [x for x in all_open if fold(x.name) == wanted]
        begin = exact[:1] or [x for x in all_open if fold(x.name).startswith(wanted)]
        if len(begin) == 1:
            return begin[0]
        people = self._people(wanted) if not begin else []
        if len(people) == 1:
            return self._rooms.open_talk(people[0])
        several = [one.name for one in begin] or people
        if several:
            names = " and ".join(several[:3])
            self._refuse(f"{names} begin with {name}; type more of the name.")
        else:
            self._refuse(f"No room or person here is called {name}; /join ROOM goes into a room.")
        return None

    def _people(self, wanted: str) -> list[str]:
        names = {name: None for room in self._rooms.timelines for name in room.members.names}
        others = [name for name in names if name not in self._context.roster.own_names]
        exact = [name for name in others if fold(name) == wanted]
        return exact or [name for name in others if fold(name).startswith(wanted)]


def _is_about_a_room(request: Request) -> bool:
    if isinstance(request, GetHistory) and request.peer is not None:
        return False
    unplaced = getattr(request, "room", None) == CURRENT_ROOM
    return unplaced or isinstance(request, GetTopic | MoreHistory | MoreMatches)
