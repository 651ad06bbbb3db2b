"""The line below the prompt: the open rooms and their news, the topic, and the connection.

It is one row, whatever the terminal's width: what matters least is left out first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.frontends.cells import cut, steady, width_of
from netchat.client.frontends.styles import Fragments
from netchat.model.sanitize import sanitize

_BETWEEN = " | "
_MARGIN = 2
"""Columns between the rooms, the topic and the connection, at least."""
_MIN_TOPIC = 8
"""Columns below which a topic is left out."""
_MAX_NAME = 20
"""Columns of the name of a room; a longer one is cut."""
_WIDE = 40
"""Columns of a terminal, at least, in which rooms have the number that Alt takes."""
_MAX_NUMBER = 9
_HELP = "/help"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the line shows; `delay` is in seconds, None if it is not known."""

    rooms: Sequence[OpenRoom]
    online: bool
    delay: float | None


def status_line(figures: Figures, columns: int) -> Fragments:
    """Return the line for a terminal with so many `columns`, as (style, text) pieces."""
    room = next((room for room in figures.rooms if room.current), None)
    topic = steady(sanitize(room.topic)) if room is not None else ""
    long = _line(figures, topic, columns, says_here=columns >= _WIDE)
    if topic and not long.has_topic:
        short = _line(figures, topic, columns, says_here=False)
        return (short if short.has_topic else long).pieces
    return long.pieces


class _Line(NamedTuple):
    pieces: Fragments
    has_topic: bool


def _line(figures: Figures, topic: str, columns: int, *, says_here: bool) -> _Line:
    left = columns - 1
    state = _state(figures, left)
    texts = _texts(figures.rooms, numbered=columns >= _WIDE, says_here=says_here)
    rooms = _rooms(figures.rooms, texts, left - _place_of(state))
    used = sum(width_of(text) for _, text in rooms)
    state = next((longer for longer in _states(figures) if used + _place_of(longer) <= left), state)
    middle = left - used - _place_of(state)
    topic = cut(topic, middle - _MARGIN) if middle - _MARGIN >= _MIN_TOPIC else ""
    gap = middle - width_of(topic) + (_MARGIN if state else 0)
    before = (gap + 1) // 2 if topic else 0
    rest = " " * before + topic + " " * (gap - before if state else 0) + state
    return _Line([("class:status", " "), *rooms, ("class:status", rest)], bool(topic))


def _states(figures: Figures) -> list[str]:
    """Return the connection's state, the longest words for it first."""
    if not figures.online:
        return [f"not connected  {_HELP}", "not connected", "offline"]
    delay = "" if figures.delay is None else _duration(figures.delay)
    whole = f"connected, {delay}" if delay else "connected"
    return [f"{whole}  {_HELP}", whole, *([delay] if delay else []), ""]


def _state(figures: Figures, columns: int) -> str:
    """Return the shortest words for the state, "" if that is as usual."""
    shortest = _states(figures)[-1]
    return shortest if len(shortest) < columns else ""


def _place_of(state: str) -> int:
    return len(state) + _MARGIN if state else 0


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))} ms" if seconds < 1 else f"{seconds:.1f} s"


def _texts(rooms: Sequence[OpenRoom], *, numbered: bool, says_here: bool) -> list[str]:
    """Return what is shown of each room; of several, the current one is in brackets."""
    texts = []
    for number, room in enumerate(rooms, 1):
        label = _name(room)
        if len(rooms) > 1:
            label = f"{number}:{label}" if numbered and number <= _MAX_NUMBER else label
            label = f"[{label}]" if room.current else label
        texts.append(f"{label}{_figures(room, says_here=says_here)}")
    return texts


def _rooms(rooms: Sequence[OpenRoom], texts: Sequence[str], columns: int) -> Fragments:
    """Return the `texts` of the rooms, in their order: the current one, and others that fit.

    Those with mentions go first, then those with unread lines. For others with news that do not
    fit, their number is shown.
    """
    ranked = sorted(range(len(rooms)), key=lambda index: _rank(rooms[index]))
    shown: dict[int, str] = {}
    used = 0
    for place, index in enumerate(ranked):
        text = texts[index]
        if not place:
            text = cut(text, columns)
        later = [rooms[other] for other in ranked[place + 1 :]]
        rest = _with_news(later)
        reserved = len(f" +{rest}") if rest and _rank(rooms[index]) > 1 else 0
        wanted = width_of(text) + (len(_BETWEEN) if shown else 0)
        if shown and used + wanted + reserved > columns:
            break
        shown[index] = text
        used += wanted
    hidden = _with_news([room for index, room in enumerate(rooms) if index not in shown])
    pieces: Fragments = []
    for index in sorted(shown):
        if pieces:
            pieces.append(("class:status", _BETWEEN))
        pieces.append((_style(rooms[index]), shown[index]))
    more = f" +{hidden}"
    if hidden and used + len(more) <= columns:
        pieces.append(("class:status class:news", more))
    return pieces


def _with_news(rooms: Sequence[OpenRoom]) -> int:
    return sum(bool(room.unread) for room in rooms)


def _rank(room: OpenRoom) -> int:
    if room.current:
        return 0
    return 1 if room.mentions or (room.kind == "talk" and room.unread) else 3 - bool(room.unread)


def _style(room: OpenRoom) -> str:
    if room.current:
        return "class:current"
    return "class:status class:news" if room.unread else "class:status"


def room_text(room: OpenRoom) -> str:
    """Return the name of `room` with its figures."""
    return f"{_name(room)}{_figures(room, says_here=True)}"


def _name(room: OpenRoom) -> str:
    return cut(steady(sanitize(room.name)), _MAX_NAME)


def _figures(room: OpenRoom, *, says_here: bool) -> str:
    if room.current:
        here = " here" if says_here else ""
        return f" {room.members}{here}" if room.kind == "room" else ""
    mentions = f" @{room.mentions}" if room.mentions else ""
    unread = f" {room.unread}" if room.unread > room.mentions else ""
    return f"{unread}{mentions}"
