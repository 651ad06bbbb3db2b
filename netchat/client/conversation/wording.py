"""How the server's events read: as in the text dialect, in the words of `dialects.text`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from netchat.client.conversation.display_lines import (
    DisplayLine,
    FoundLine,
    Greeting,
    JoinLine,
    LeaveLine,
    MissingLines,
    Notice,
    OwnLine,
    PrivateLine,
    Refusal,
    RoomLine,
    SaidLine,
    ServerProblem,
    UnreadMarker,
)
from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.conversation.state_wording import seconds_of, state_event
from netchat.dialects.jsonl import events as wire
from netchat.dialects.text import dialect as text
from netchat.dialects.text.earlier import local_time
from netchat.dialects.text.requests import command_in
from netchat.model import events
from netchat.model.answers import Names, Rooms

_FEW = 3
"""How many people in a room are named one by one."""
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
    return SaidLine(text, line.name, what, when, raw, line.id, seconds=seconds)


def own_line(said: SaidLine) -> SaidLine:
    """Return the line `said` as one that the user said on another device."""
    head = f"{said.name}: "
    if not said.what.startswith(head):
        return said  # It is told in the third person.
    when = f"[{said.when}] " if said.when else ""
    text = f"{when}You: {said.what.removeprefix(head)}"
    return OwnLine(text, said.name, said.what, said.when, said.raw, said.id, seconds=said.seconds)


def page_line(line: wire.Said | wire.Told, now: float, name: str) -> DisplayLine:
    """Return a line of an earlier page, at the time of day `now`, for the user called `name`."""
    if isinstance(line, wire.Told):
        return private_line(line, now, own=line.name == name)
    return said_line(line, b"", now)


def found_line(said: DisplayLine, *, numbered: bool) -> DisplayLine:
    """Return the line `said` as one that a search has found; if `numbered`, with its number."""
    if not isinstance(said, SaidLine):
        return said
    if numbered:
        said = replace(said, what=f"{said.what} (#{said.id})", text=f"{said.text} (#{said.id})")
    return FoundLine(
        said.text,
        said.name,
        said.what,
        said.when,
        said.raw,
        said.id,
        said.mentions,
        seconds=said.seconds,
    )


def private_line(line: wire.Told, now: float, *, own: bool, kept: bool = False) -> PrivateLine:
    """Return a private message, which is the user's `own` or another participant's.

    One that was `kept` until the time of day `now`, as its age shows too, has its time.
    """
    sent = seconds_of(line.time)
    (shown,) = text_lines(events.Told(line.name, line.to, line.text, sent, own=own))
    when = local_time(sent, now) if sent > 0 and (kept or sent < now - _KEPT) else ""
    number = line.id if isinstance(line.id, int) else 0
    return PrivateLine(
        f"[{when}] {shown}" if when else shown,
        line.to if own else line.name,
        own=own,
        when=when,
        id=number,
        seconds=sent,
    )


def lost_answer(typed: str) -> Refusal:
    """Return what is shown for what was `typed`, whose answer was lost with the connection."""
    command = command_in(typed)
    again = "type it again" if command else "press the key again"
    lost = "was not answered before the connection was lost"
    return Refusal(f"! {command or typed} {lost}; {again}.")


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


def room_lines(
    room: OpenRoom, names: Sequence[str], *, moved: bool, is_new: bool
) -> list[DisplayLine]:
    """Return what is shown before the lines of `room`, where these `names` are.

    `moved` tells whether the user comes from another one, `is_new` whether it is shown for the
    first time.
    """
    topic = room.topic if is_new else ""
    entered = events.Entered(room.name, topic, tuple(names), 0, first=not moved)
    return [RoomLine(line) for line in text_lines(entered)]


def room_summary(room: OpenRoom, names: Sequence[str]) -> list[DisplayLine]:
    """Return one line with the topic of `room` and the first `names`, if there is much to tell."""
    crowd = room.members > _FEW
    if not (room.topic or crowd):
        return []
    others = room.members - _FEW
    rest = f" and {others} other{'s' * (others > 1)}" if crowd else ""
    first = ", ".join(names[:_FEW]) + rest
    people = f"{room.members} people ({first})" if crowd else ", ".join(names)
    topic = f"; topic: {room.topic}" if room.topic else ""
    return [RoomLine(f"* In {room.name}: {people}{topic}")]


def talk_line(name: str) -> RoomLine:
    """Return what is shown when the talk with the participant `name` becomes the current one."""
    return RoomLine(f"* You talk with {name} now: what you type goes to {name} only")


def lost_lines(room: str) -> ServerProblem:
    """Return what is shown if the server has lost the last lines of `room`."""
    return ServerProblem(f"! The server has lost what was said in {room}; it begins anew.")


def other_journal(room: str) -> ServerProblem:
    """Return what is shown if the server has another journal than before."""
    return ServerProblem(f"! The server has another journal now; {room} begins anew.")


def not_shown_yet(room: str, count: int, *, several: bool) -> ServerProblem:
    """Return what is shown before new lines of `room` if `count` lines before them are new, too.

    A user who may be in `several` rooms has a key for earlier lines.
    """
    lines = "1 new line" if count == 1 else f"{count} new lines"
    how = "PageUp or /older shows" if several else "/history more shows"
    return ServerProblem(
        f"! {lines} of {room} before these: {how} {'it' if count == 1 else 'them'}."
    )


def lines_later(room: str) -> ServerProblem:
    """Return what is shown in the place of the lines of `room` while there is no connection."""
    return ServerProblem(f"! What was said in {room} is shown when the connection is back.")


def timed(line: DisplayLine, now: float) -> DisplayLine:
    """Return `line`, which was kept until the time of day `now`, with its time if it has one."""
    if not isinstance(line, SaidLine) or line.when:
        return line
    when = local_time(line.seconds, now)
    return replace(line, when=when, text=f"[{when}] {line.text}")


def greeting(welcome: wire.Welcome) -> list[DisplayLine]:
    """Return what is shown when the name is granted."""
    motd = welcome.motd if isinstance(welcome.motd, tuple) else ()
    first, *rest = text_lines(events.Welcome(welcome.name, motd))
    return [Greeting(first), *map(Notice, rest)]


def event_notices(event: Any) -> list[DisplayLine]:
    """Return any other event of the server as notices; none if it shows nothing."""
    if isinstance(event, wire.Joined):
        texts = text_lines(events.Joined(event.room, event.names, bool(event.quiet)))
        return [JoinLine(text, event.names) for text in texts]
    if isinstance(event, wire.Left):
        texts = text_lines(events.Left(event.room, event.names, bool(event.quiet)))
        return [LeaveLine(text, event.names) for text in texts]
    shown = _EVENTS[type(event)](event) if type(event) in _EVENTS else state_event(event)
    return [] if shown is None else notices(shown)


_EVENTS: dict[type, Callable[[Any], events.Event]] = {
    wire.Renamed: lambda renamed: events.Renamed(renamed.name, renamed.to),
    wire.Topic: lambda topic: events.TopicSet(topic.room, topic.text, topic.by),
    wire.Names: lambda names: Names(
        names.room,
        names.names,
        seconds_of(names.as_of) if names.as_of else 0.0,
        names.quiet or (),
    ),
    wire.Rooms: lambda rooms: Rooms(tuple((r.room, r.members) for r in rooms.rooms)),
}
