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
"""Seconds until what has changed is written: one file for many lines."""


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

    Whatever happens to the program, it is at most DELAY seconds old. `in_thread` calls a function
    in a thread: a slow disk must not keep the user from typing. It returns a Deferred.
    """

    def __init__(
        self, visit: LastVisit, clock: IReactorTime, in_thread: Callable[..., Any]
    ) -> None:
        self._visit = visit
        self._clock = clock
        self._in_thread = in_thread
        self._client: ChatClient | None = None
        self._timer: IDelayedCall | None = None
        self._is_writing = False

    def changed(self, client: ChatClient | None) -> None:
        """Record that something may have changed in `client`, None before there is one."""
        self._client = client
        if client is not None and self._timer is None:
            self._timer = self._clock.callLater(DELAY, self._write)

    def end(self) -> None:
        """Write it now: the program ends."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._client is not None and self._client.has_entered:
            self._visit.remember(_visit_of(self._client), at_end=True)

    def _write(self) -> None:
        self._timer = None
        if self._is_writing:
            self.changed(self._client)
        elif self._client is not None and self._client.has_entered:
            self._is_writing = True
            done = self._in_thread(self._visit.remember, _visit_of(self._client), at_end=False)
            done.addBoth(self._written)

    def _written(self, _: object) -> None:
        self._is_writing = False


def _visit_of(client: ChatClient) -> Visit:
    rooms = tuple(RememberedRoom(one.name, one.kind == "talk") for one in client.open_rooms)
    shown = (_place(x.name, talk=x.kind == "talk") for x in client.open_rooms if x.current)
    if not client.journal:
        return Visit(rooms, next(shown, ""))
    read = {room: RememberedRead(x.id, x.left_at) for room, x in client.last_read.items()}
    return Visit(rooms, next(shown, ""), client.journal, read)


def _place(name: str, *, talk: bool) -> str:
    return f"{TALK}{name}" if talk else name
