"""How earlier lines read: with their time, their date where that is not today's, and day lines.

Days and times are local: the server's for a guest of the text dialect, the client's own in the
netchat client. Times are seconds since the epoch.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from netchat.model.events import Gap, Said

DATE_AND_TIME = "%Y-%m-%d %H:%M"
Day = tuple[int, int, int]
"""Year, month and day of the month."""


def said_text(event: Said) -> str:
    """Return how a line said in a room reads, without its time."""
    if event.deleted:
        return f"* A line of {event.name} was deleted"
    return f"* {event.name} {event.text}" if event.action else f"{event.name}: {event.text}"


def gap_texts(event: Gap) -> Iterator[str]:
    """Yield how lines read that cannot be shown."""
    # A gap of lines that are no longer stored is not shown: users see the newest lines.
    if event.damaged:
        lines = "A line is" if event.first == event.last else "Some lines are"
        yield f"* {lines} missing here: the server cannot read what it has stored"


def day_of(seconds: float) -> Day:
    """Return the local day of the time `seconds`."""
    there = time.localtime(seconds)
    return there.tm_year, there.tm_mon, there.tm_mday


def local_time(seconds: float, now: float | None) -> str:
    """Return the local time as HH:MM, with the date unless that is the date of `now`."""
    today = now is not None and day_of(seconds) == day_of(now)
    return time.strftime("%H:%M" if today else DATE_AND_TIME, time.localtime(seconds))


def day_text(seconds: float) -> str:
    """Return the local day of the time `seconds`, as in "-- Thursday, 2026-01-01 --"."""
    return time.strftime("-- %A, %Y-%m-%d --", time.localtime(seconds))


def dated_lines(lines: Iterable[Said | Gap]) -> Iterator[str]:
    """Yield how `lines` read, each with its date and time."""
    for line in lines:
        if isinstance(line, Gap):
            yield from gap_texts(line)
        else:
            yield f"[{local_time(line.time, None)}] {said_text(line)}"


def lines_by_day(lines: Iterable[Said | Gap], now: float) -> Iterator[str]:
    """Yield how `lines` read at the time `now`, with a day line wherever the day changes.

    What is read before them and after them is of today.
    """
    shown = day_of(now)
    for line in lines:
        if isinstance(line, Gap):
            yield from gap_texts(line)
            continue
        if (day := day_of(line.time)) != shown:
            shown = day
            yield f"* {day_text(line.time)}"
        yield f"[{local_time(line.time, now)}] {said_text(line)}"
    if shown != day_of(now):
        yield f"* {day_text(now)}"
