"""How what the server tells reads: as in the text dialect, in the words of `dialects.text`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from netchat.client.conversation.interfaces import (
    Heard,
    Mark,
    Missing,
    Notice,
    Said,
    Welcome,
    Whispered,
)
from netchat.dialects.jsonl import events as wire
from netchat.dialects.text import dialect as text
from netchat.model import events


def lines_of(event: events.Event) -> list[str]:
    """Return the lines in which a guest of the text dialect reads `event`."""
    return text.render(event).decode().split("\n")[:-1]


def notices(event: events.Event) -> list[Heard]:
    """Return `event` as notices, a line each."""
    return [Notice(line) for line in lines_of(event)]


def local_time(seconds: float, now: float) -> str:
    """Return the local time, hours and minutes, with the date unless that is today's."""
    there, here = time.localtime(seconds), time.localtime(now)
    return time.strftime("%H:%M" if there[:3] == here[:3] else "%Y-%m-%d %H:%M", there)


def said(line: wire.Said, raw: bytes, before: float | None) -> Said:
    """Return a line said now, or, if `before` is the time of day now, one said before."""
    seconds = _seconds(line.time)
    (what,) = lines_of(events.Said(line.room, line.name, line.text, seconds, line.action))
    when = "" if before is None else local_time(seconds, before)
    return Said(f"[{when}] {what}" if when else what, line.name, what, when, seconds, raw)


def told(line: wire.Told, *, mine: bool) -> Whispered:
    """Return a private line."""
    event = events.Told(line.name, line.to, line.text, _seconds(line.time))
    if mine:
        return Whispered(text.echo(event).decode().rstrip("\n"), line.to, mine=True)
    return Whispered(lines_of(event)[0], line.name, mine=False)


def missing(gap: wire.Gap, raw: bytes) -> Missing:
    """Return what is told of lines that are not to be had."""
    one = gap.first == gap.last
    lines = f"Line {gap.first}" if one else f"Lines {gap.first} to {gap.last}"
    kept = "is no longer kept" if one else "are no longer kept"
    why = "cannot be read any more" if gap.damaged is True else kept
    return Missing(f"* {lines} of {gap.room} {why}", raw)


def mark(since: float | None, now: float) -> Mark:
    """Return what stands where one had left off at `since`."""
    when = "" if since is None else f" since {local_time(since, now)}"
    return Mark(f"-- new{when} --")


def greeting(welcome: wire.Welcome) -> list[Heard]:
    """Return what is read when the name is granted."""
    motd = welcome.motd if isinstance(welcome.motd, tuple) else ()
    first, *rest = lines_of(events.Welcome(welcome.name, motd))
    return [Welcome(first), *map(Notice, rest)]


def notices_of(event: Any) -> list[Heard]:
    """Return how anything else that the server tells reads, a line each."""
    return notices(_EVENTS[type(event)](event)) if type(event) in _EVENTS else []


def _seconds(rfc3339: str) -> float:
    try:
        return msgspec.convert(rfc3339, datetime).timestamp()
    except (ValueError, OverflowError):
        # Not worth a line that somebody said.
        return 0.0


_EVENTS: dict[type, Callable[[Any], events.Event]] = {
    wire.Joined: lambda joined: events.Joined(joined.room, joined.names),
    wire.Left: lambda left: events.Left(left.room, left.names),
    wire.Renamed: lambda renamed: events.Renamed(renamed.name, renamed.to),
    wire.Topic: lambda topic: events.TopicSet(topic.room, topic.text, topic.by),
    wire.Names: lambda names: events.Names(names.room, names.names),
    wire.Rooms: lambda rooms: events.Rooms(tuple((r.room, r.members) for r in rooms.rooms)),
}
