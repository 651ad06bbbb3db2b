"""The open rooms and talks, in the order of opening, and which of them is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from netchat.client.conversation import wording
from netchat.client.conversation.display_lines import DisplayLine
from netchat.client.conversation.interfaces import LastRead, OpenRoom
from netchat.client.conversation.pages import TALK
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.talk import Talk
from netchat.client.conversation.timeline import Timeline
from netchat.dialects.jsonl import events as wire
from netchat.model.folding import fold
from netchat.model.requests import GetHistory

_MAX_TALKS = 50
"""How many talks are open; others cannot make the client keep more."""


class Rooms:
    """The rooms where the user is, or wants to be, and their talks."""

    __slots__ = ("_context", "_first_talk", "_open", "_visited", "current")

    def __init__(self, context: RoomContext) -> None:
        self.current: Timeline | Talk | None = None
        """What is shown; what is typed goes there."""
        self._context = context
        self._open: list[Timeline | Talk] = []
        self._visited: list[Timeline | Talk] = []
        """Those that were shown, the last one last."""
        self._first_talk = ""

    def __iter__(self) -> Iterator[Timeline | Talk]:
        """Yield the rooms and talks that are open for the user."""
        return (one for one in self._open if not (isinstance(one, Timeline) and one.leaving))

    @property
    def timelines(self) -> list[Timeline]:
        """The rooms, also those that the user is about to leave."""
        return [one for one in self._open if isinstance(one, Timeline)]

    @property
    def open_rooms(self) -> Sequence[OpenRoom]:
        """What a frontend shows of them."""
        return tuple(one.open_room for one in self)

    @property
    def journal(self) -> str:
        """The identifier of the server's journal, to which line ids belong; "" if not known."""
        return self._context.positions.journal or ""

    @property
    def last_read(self) -> Mapping[str, LastRead]:
        """How far the user has read each room; the one that was entered last comes last."""
        positions, read = self._context.positions, {}
        for name in positions:
            timeline = self.timeline(name)
            known = timeline.last_read if timeline is not None else None
            read[name] = known or LastRead(positions[name].last, positions[name].left_at)
        return read

    @property
    def room(self) -> Timeline | None:
        """The room that is shown, or was shown last, or would be next."""
        recent = (one for one in reversed(self._visited) if isinstance(one, Timeline))
        return next(chain(recent, self.timelines), None)

    def timeline(self, name: str) -> Timeline | None:
        """Return the open room called `name`, as the server spells it."""
        return next((one for one in self.timelines if one.name == name), None)

    def talk(self, name: str) -> Talk | None:
        """Return the open talk with the participant called `name`."""
        talks = (one for one in self._open if isinstance(one, Talk))
        return next((one for one in talks if fold(one.name) == fold(name)), None)

    def open_all(self, names: Sequence[str], first_talk: str) -> None:
        """Open the rooms with these `names`, or talks where a name begins with @.

        The one with `first_talk` is to be shown at first; "" if it is a room.
        """
        self._first_talk = first_talk
        for name in names:
            known = unicodedata.normalize("NFC", name)
            if known.startswith(TALK):
                self.open_talk(known.removeprefix(TALK))
            else:
                self.open(known)

    def open(self, name: str) -> Timeline:
        """Open the room called `name`, unless it is open; return it."""
        known = self.timeline(name)
        if known is None:
            known = Timeline(name, self._context)
            self._open.append(known)
        known.leaving = False
        return known

    def open_talk(self, name: str) -> Talk:
        """Open the talk with the participant called `name`, unless it is open; return it."""
        known = self.talk(name)
        if known is None:
            known = Talk(name, self._context)
            self._open.append(known)
            talks = [one for one in self._open if isinstance(one, Talk)]
            if len(talks) > _MAX_TALKS:
                self.close(next(one for one in talks if not one.shown))
        return known

    def enter(self, entered: wire.Entered, asked: str, *, other_journal: bool) -> Timeline:
        """Record that the user is in the room that was `asked` for; return it."""
        placeholder = self.timeline(asked)
        if placeholder is not None and asked != entered.room:
            if self.timeline(entered.room) is None:
                placeholder.rename(entered.room)
            else:
                self._remove(placeholder)
        timeline = self.open(entered.room)
        timeline.enter(entered, asked, other_journal=other_journal)
        return timeline

    def go_to(self, one: Timeline | Talk, *, moved: bool = True) -> None:
        """Show `one` from now on; `moved` unless it is the first one."""
        if one is self.current:
            return
        if self.current is not None:
            self.current.end()
        self.current = one
        self._visited = [other for other in self._visited if other is not one]
        self._visited.append(one)
        one.begin(moved=moved)

    def go_to_first(self, timeline: Timeline) -> None:
        """Show what is to be shown at first: the room of the login, unless it is a talk."""
        talk = self.talk(self._first_talk) if self._first_talk else None
        self.go_to(talk or timeline, moved=False)

    def close(self, one: Timeline | Talk) -> None:
        """Close `one`; if it is the current one, show the one before."""
        if one is self.current:
            one.end()
            self.current = None
        self._remove(one)
        if isinstance(one, Timeline) and one.has_unseen:
            self._context.positions.forget(one.name)
        if self.current is None:
            self.go_back()

    def go_back(self) -> None:
        """Show what was shown before the current one, or any other, if there is one."""
        others = [one for one in (*self, *self._visited) if one is not self.current]
        others = [one for one in others if one in list(self)]
        if others:
            self.go_to(others[-1])

    def disconnected(self) -> None:
        """Record that the connection is lost."""
        for one in self._open:
            one.disconnected()

    def show(self, line: DisplayLine) -> None:
        """Show `line`, which is about no other room than the current one."""
        if self.current is not None:
            self.current.show(line)
        else:
            self._context.screen.show(line)

    def show_told(self, told: wire.Told, *, own: bool, typed: bool) -> None:
        """Show the private line `told`, which the user has sent if it is their `own`.

        What they have `typed` here stands on the screen already if they are in that talk.
        """
        peer = told.to if own else told.name
        if not own and peer in self._context.ignored:
            return
        line = wording.private_line(told, self._context.now(), own=own)
        talk = self.open_talk(peer) if self._context.several else None
        if not (typed and talk is not None and talk.shown):
            self.show(line)
        if talk is not None:
            talk.handle(told, own=own)

    def end_history(self, request: GetHistory) -> None:
        """Stop waiting for the answer to `request`."""
        peer = request.peer
        one = self.timeline(request.room) if peer is None else self.talk(peer)
        if one is not None:
            one.end_history()

    def mark_elsewhere(self, room: str, id: int) -> None:
        """Record that the user has read `room` up to `id`, possibly on another device."""
        self._context.positions.mark_elsewhere(room, id)
        timeline = self.timeline(room)
        if timeline is not None:
            timeline.mark_elsewhere(id)

    def renamed(self, renamed: wire.Renamed) -> bool:
        """Record a new name; return whether it concerns what is shown."""
        concerned = False
        for one in self._open:
            if isinstance(one, Timeline):
                here = renamed.name in one.members.names
                one.members.update(renamed)
            else:
                here = one.name == renamed.name
                if here and self.talk(renamed.to) in (None, one):
                    one.name = renamed.to
            concerned = concerned or (here and one is self.current)
        return concerned

    def _remove(self, one: Timeline | Talk) -> None:
        self._open = [other for other in self._open if other is not one]
        self._visited = [other for other in self._visited if other is not one]
