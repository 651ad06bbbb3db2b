"""How the server's events read: as in the text dialect, in the words of `dialects.text`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from netchat.client.conversation.interfaces import (
    DisplayLine,
    FoundLine,
    Greeting,
    MissingLines,
    Notice,
    PrivateLine,
    SaidLine,
    UnreadMarker,
)
from netchat.dialects.jsonl import events as wire
from netchat.dialects.text import dialect as text
from netchat.dialects.text.earlier import local_time
from netchat.model import events


def text_lines(event: events.Event) -> list[str]:
    """Return the lines in which a guest of the text dialect reads `event`."""
    return list(text.lines(event))


def notices(event: events.Event) -> list[DisplayLine]:
    """Return `event` as notices, one for each line."""
    return [Notice(line) for line in text_lines(event)]


def said_line(line: wire.Said, raw: bytes, now_if_past: float | None) -> SaidLine:
    """Return a line to show; `now_if_past` is the time of day, or None if the line is live."""
    seconds = _seconds(line.time)
    (what,) = text_lines(events.Said(line.room, line.name, line.text, seconds, line.action))
    when = "" if now_if_past is None else local_time(seconds, now_if_past)
    return SaidLine(f"[{when}] {what}" if when else what, line.name, what, when, seconds, raw)


def found_line(said: SaidLine) -> FoundLine:
    """Return the line `said` as one that a search has found."""
    return FoundLine(said.text, said.name, said.what, said.when, said.seconds, said.raw)


def private_line(line: wire.Told, *, own: bool) -> PrivateLine:
    """Return a private message, which is the user's `own` or another participant's."""
    event = events.Told(line.name, line.to, line.text, _seconds(line.time))
    if own:
        return PrivateLine(text.echo(event).decode().rstrip("\n"), line.to, own=True)
    return PrivateLine(text_lines(event)[0], line.name, own=False)


def missing_lines(gap: wire.Gap, raw: bytes) -> MissingLines:
    """Return what is shown for lines that the server cannot deliver."""
    one = gap.first == gap.last
    lines = f"Line {gap.first}" if one else f"Lines {gap.first} to {gap.last}"
    kept = "is no longer kept" if one else "are no longer kept"
    why = "cannot be read any more" if gap.damaged is True else kept
    return MissingLines(f"* {lines} of {gap.room} {why}", raw)


def unread_marker(since: float | None, now: float) -> UnreadMarker:
    """Return what is shown before the first line that was missed, since the time `since`."""
    when = "" if since is None else f" since {local_time(since, now)}"
    return UnreadMarker(f"-- new{when} --")


def greeting(welcome: wire.Welcome) -> list[DisplayLine]:
    """Return what is shown when the name is granted."""
    motd = welcome.motd if isinstance(welcome.motd, tuple) else ()
    first, *rest = text_lines(events.Welcome(welcome.name, motd))
    return [Greeting(first), *map(Notice, rest)]


def event_notices(event: Any) -> list[DisplayLine]:
    """Return any other event of the server as notices; none if it shows nothing."""
    return notices(_EVENTS[type(event)](event)) if type(event) in _EVENTS else []


def _seconds(rfc3339: str) -> float:
    try:
        return msgspec.convert(rfc3339, datetime).timestamp()
    except (ValueError, OverflowError):
        # A time that cannot be read is no reason to lose the line.
        return 0.0


_EVENTS: dict[type, Callable[[Any], events.Event]] = {
    wire.Joined: lambda joined: events.Joined(joined.room, joined.names),
    wire.Left: lambda left: events.Left(left.room, left.names),
    wire.Renamed: lambda renamed: events.Renamed(renamed.name, renamed.to),
    wire.Topic: lambda topic: events.TopicSet(topic.room, topic.text, topic.by),
    wire.Names: lambda names: events.Names(names.room, names.names),
    wire.Rooms: lambda rooms: events.Rooms(tuple((r.room, r.members) for r in rooms.rooms)),
}
