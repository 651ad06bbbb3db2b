"""How the server's events read: as in the text dialect, in the words of `dialects.text`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netchat.client.conversation.interfaces import (
    DisplayLine,
    FoundLine,
    Greeting,
    MissingLines,
    Notice,
    OwnLine,
    PrivateLine,
    Refusal,
    SaidLine,
    UnreadMarker,
)
from netchat.client.conversation.state_wording import seconds_of, state_event
from netchat.dialects.jsonl import events as wire
from netchat.dialects.text import dialect as text
from netchat.dialects.text.earlier import local_time
from netchat.dialects.text.requests import command_in
from netchat.model import events

_KEPT = 60.0
"""A private line that is as many seconds old was not sent just now."""


def text_lines(event: events.Event) -> list[str]:
    """Return the lines in which a guest of the text dialect reads `event`."""
    return list(text.lines(event))


def notices(event: events.Event) -> list[DisplayLine]:
    """Return `event` as notices, one for each line."""
    return [Notice(line) for line in text_lines(event)]


def said_line(line: wire.Said, raw: bytes, now_if_past: float | None) -> SaidLine:
    """Return a line to show; `now_if_past` is the time of day, or None if the line is live."""
    seconds = seconds_of(line.time)
    said = events.Said(
        line.room, line.name, line.text, seconds, line.action, deleted=line.deleted is True
    )
    (what,) = text_lines(said)
    when = "" if now_if_past is None else local_time(seconds, now_if_past)
    text = f"[{when}] {what}" if when else what
    return SaidLine(text, line.name, what, when, seconds, raw, line.id)


def own_line(said: SaidLine) -> SaidLine:
    """Return the line `said` as one that the user said on another device."""
    head = f"{said.name}: "
    if not said.what.startswith(head):
        return said  # It is told in the third person.
    when = f"[{said.when}] " if said.when else ""
    text = f"{when}You: {said.what.removeprefix(head)}"
    return OwnLine(text, said.name, said.what, said.when, said.seconds, said.raw)


def page_line(line: wire.Said | wire.Told, now: float, name: str) -> DisplayLine:
    """Return a line of an earlier page, at the time of day `now`, for the user called `name`."""
    if isinstance(line, wire.Told):
        return private_line(line, now, own=line.name == name)
    return said_line(line, b"", now)


def found_line(said: DisplayLine) -> DisplayLine:
    """Return the line `said` as one that a search has found."""
    if not isinstance(said, SaidLine):
        return said
    return FoundLine(said.text, said.name, said.what, said.when, said.seconds, said.raw)


def private_line(line: wire.Told, now: float, *, own: bool) -> PrivateLine:
    """Return a private message, which is the user's `own` or another participant's.

    One that was kept until the time of day `now` has its time.
    """
    sent = seconds_of(line.time)
    (shown,) = text_lines(events.Told(line.name, line.to, line.text, sent, own=own))
    when = f"[{local_time(sent, now)}] " if 0 < sent < now - _KEPT else ""
    return PrivateLine(when + shown, line.to if own else line.name, own=own)


def lost_answer(typed: str) -> Refusal:
    """Return what is shown for the command `typed`, whose answer was lost with the connection."""
    command = command_in(typed)
    return Refusal(f"! {command} was not answered before the connection was lost; type it again.")


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
    shown = _EVENTS[type(event)](event) if type(event) in _EVENTS else state_event(event)
    return [] if shown is None else notices(shown)


_EVENTS: dict[type, Callable[[Any], events.Event]] = {
    wire.Joined: lambda joined: events.Joined(joined.room, joined.names),
    wire.Left: lambda left: events.Left(left.room, left.names),
    wire.Renamed: lambda renamed: events.Renamed(renamed.name, renamed.to),
    wire.Topic: lambda topic: events.TopicSet(topic.room, topic.text, topic.by),
    wire.Names: lambda names: events.Names(
        names.room, names.names, seconds_of(names.as_of) if names.as_of else 0.0
    ),
    wire.Rooms: lambda rooms: events.Rooms(tuple((r.room, r.members) for r in rooms.rooms)),
}
