"""The line below the prompt: the open rooms and their news, the topic, and the connection.

It is one row, whatever the terminal's width: what matters least is left out first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
_HELP = "/help"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the line shows; `delay` is in seconds, None if it is not known."""

    rooms: Sequence[OpenRoom]
    online: bool
    delay: float | None


def status_line(figures: Figures, columns: int) -> Fragments:
    """Return the line for a terminal with so many `columns`, as (style, text) pieces."""
    left = columns - 1
    state = _state(figures, left)
    rooms = _rooms(figures.rooms, left - _place_of(state))
    used = sum(width_of(text) for _, text in rooms)
    state = next((longer for longer in _states(figures) if used + _place_of(longer) <= left), state)
    topic = next((steady(sanitize(room.topic)) for room in figures.rooms if room.current), "")
    middle = left - used - _place_of(state)
    topic = cut(topic, middle - _MARGIN) if middle - _MARGIN >= _MIN_TOPIC else ""
    gap = middle - width_of(topic) + (_MARGIN if state else 0)
    before = (gap + 1) // 2 if topic else 0
    return [
        ("class:status", " "),
        *rooms,
        ("class:status", " " * before + topic + " " * (gap - before if state else 0) + state),
    ]


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


def _rooms(rooms: Sequence[OpenRoom], columns: int) -> Fragments:
    """Return the rooms, in their order: the current one, and of the others those that fit.

    Those with mentions go first, then those with unread lines. For others with news that do not
    fit, their number is shown.
    """
    ranked = sorted(range(len(rooms)), key=lambda index: _rank(rooms[index]))
    shown: dict[int, str] = {}
    used = 0
    for place, index in enumerate(ranked):
        text = room_text(rooms[index])
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
    name = cut(steady(sanitize(room.name)), _MAX_NAME)
    if room.current:
        return f"{name} {room.members}" if room.kind == "room" else name
    mentions = f" @{room.mentions}" if room.mentions else ""
    unread = f" {room.unread}" if room.unread > room.mentions else ""
    return f"{name}{unread}{mentions}"
