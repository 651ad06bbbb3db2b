"""Erases the private lines of guests from the log, once the server of their reader has them.

That server does it. If it is gone before, the others do: each of them remembers what was for whom
until it has seen that it is erased. An entry with such lines has nothing else, and they are all for
one server, so whoever erases it writes the same.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from netchat.cluster.entries import Item, encode
from netchat.log.interface import Entry, Log
from netchat.model.events import Event, Told
from netchat.state.site_records import incarnation_of

PATIENCE = 30.0
"""Seconds after which it is looked up whether an entry is erased."""


class _Line(Struct):
    time: float
    reader: int
    entry: Entry
    erased: bytes


class GuestLineEraser:
    """Erases them from `log`, as the server of the incarnation `own`."""

    def __init__(self, log: Log, own: int) -> None:
        self._log = log
        self._own = own
        self._lines: dict[int, _Line] = {}

    def passed(self, entry: Entry, items: Sequence[Item], now: float) -> None:
        """Called when this server has taken `entry`, with these `items`."""
        reader = next((reader_of(item.event) for item in items), 0)
        if not reader:
            return
        erased = encode(Item(item.number, _without_text(item.event)) for item in items)
        if entry.payload == erased:
            return
        if reader == self._own:
            self._log.erase(entry.position, entry.payload, erased)
        else:
            self._lines[entry.position] = _Line(now, reader, entry, erased)

    def sweep(self, servers: Container[int], now: float) -> None:
        """Erase what was for a server that is none of `servers`, which are running."""
        for position, line in [*self._lines.items()]:
            if line.reader not in servers:
                del self._lines[position]
                self._log.erase(position, line.entry.payload, line.erased)
            elif line.time + PATIENCE <= now:
                line.time = now
                self._log.read(position, partial(self._found, line.entry))

    def _found(self, before: Entry, entry: Entry | None) -> None:
        if entry != before:
            self._lines.pop(before.position, None)


def reader_of(event: Event) -> int:
    """Return the incarnation of the server that `event`, a line between guests, is for; 0: none."""
    if isinstance(event, Told) and event.guest and not (event.sender or event.recipient):
        return incarnation_of(event.guest)
    return 0


def _without_text(event: Event) -> Event:
    return replace(event, text="") if isinstance(event, Told) else event
