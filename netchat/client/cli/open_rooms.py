"""The rooms that the client opens at its start, and what it remembers for the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from netchat.client.conversation.interfaces import ChatClient, LastRead
from netchat.client.conversation.pages import TALK
from netchat.client.settings.last_visit import LastVisit, RememberedRead, RememberedRoom, Visit
from netchat.model.folding import fold

DELAY = 2.0
"""Seconds until what was read is written: once for many lines."""


def opening(given: Sequence[str], last: Visit) -> dict[str, Any]:
    """Return the fields of a Target that say which rooms to open, and which one to show.

    Those that are `given` are opened, and the first is shown; or else those of the `last` visit.
    In each, the user goes on where they were.
    """
    known = {fold(name): name for name in last.read}
    rooms = tuple(known.get(fold(room), room) for room in given)
    rooms = rooms or tuple(_place(x.name, talk=x.talk) for x in last.rooms)
    first = next(room for room in (*rooms, "") if not room.startswith(TALK))
    shown = last.current if not given and last.current in rooms else first
    fields: dict[str, Any] = {"room": shown, "rooms": rooms, "several_rooms": True}
    if shown.startswith(TALK):
        fields |= {"room": first, "talk": shown.removeprefix(TALK)}
    if last.journal:
        read = {room: LastRead(read.id, read.left_at) for room, read in last.read.items()}
        fields |= {"last_read": read, "journal": last.journal}
    return fields


class VisitKeeper:
    """Keeps in `visit` what the client has open, and how far it is read.

    Whatever happens to the program, the rooms are those that were open, and the positions at most
    DELAY seconds old. `in_thread` calls a function in a thread: a slow disk must not keep the user
    from typing. It returns a Deferred.
    """

    def __init__(
        self, visit: LastVisit, clock: IReactorTime, in_thread: Callable[..., Any]
    ) -> None:
        self._visit = visit
        self._clock = clock
        self._in_thread = in_thread
        self._client: ChatClient | None = None
        self._rooms = Visit()
        self._timer: IDelayedCall | None = None
        self._is_writing = self._write_again = False

    def rooms_changed(self, client: ChatClient | None) -> None:
        """Record that rooms may have changed in `client`, None before there is one."""
        self._client = client
        if client is not None and client.has_entered:
            rooms = _rooms_of(client)
            if rooms != self._rooms:
                self._rooms = rooms
                self._write()

    def lines_read(self) -> None:
        """Record that the user may have read lines."""
        if self._timer is None:
            self._timer = self._clock.callLater(DELAY, self._write)

    def end(self) -> None:
        """Write it now: the program ends."""
        self._cancel()
        if self._client is not None and self._client.has_entered:
            self._visit.remember(_visit_of(self._client), at_end=True)

    def _write(self) -> None:
        self._cancel()
        self._write_again = self._is_writing
        if self._is_writing or self._client is None or not self._client.has_entered:
            return
        self._is_writing = True
        done = self._in_thread(self._visit.remember, _visit_of(self._client), at_end=False)
        done.addBoth(self._written)

    def _written(self, _: object) -> None:
        self._is_writing = False
        if self._write_again:
            self._write()

    def _cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def _visit_of(client: ChatClient) -> Visit:
    visit = _rooms_of(client)
    if not client.journal:
        return visit
    read = {room: RememberedRead(x.id, x.left_at) for room, x in client.last_read.items()}
    return Visit(visit.rooms, visit.current, client.journal, read)


def _rooms_of(client: ChatClient) -> Visit:
    open_rooms = client.open_rooms
    rooms = tuple(RememberedRoom(one.name, one.kind == "talk") for one in open_rooms)
    shown = (_place(one.name, talk=one.kind == "talk") for one in open_rooms if one.current)
    return Visit(rooms, next(shown, ""))


def _place(name: str, *, talk: bool) -> str:
    return f"{TALK}{name}" if talk else name
