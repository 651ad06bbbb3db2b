"""Where in a room, or among private lines, a time is: found in a few reads.

Reads come one after the other, each when the client's turn has come, so a search is a generator: it
yields what is to be looked up, and is sent the page.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from netchat.journal.interface import Found, Page, PrivatePage, Span, UnreadableError
from netchat.model.events import Gap

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant, Room

R = TypeVar("R")
AnyPage = Page | PrivatePage
LookUp = Callable[[Found[AnyPage]], None]
Search = Generator[LookUp, AnyPage, R]
Read = Callable[[Span], LookUp]


class Place(Struct, frozen=True):
    """A place among numbered lines: those up to `before` are before it, those above `up_to` behind.

    The lines between these two are at it.
    """

    before: int
    up_to: int


def run(search: Search[R], found: Found[R]) -> None:
    """Call `found` with the result of `search`, or with the reason why a page is unreadable."""

    def take(page: AnyPage | UnreadableError) -> None:
        if isinstance(page, UnreadableError):
            found(page)
        else:
            proceed(lambda: search.send(page))

    def proceed(step: Callable[[], LookUp]) -> None:
        try:
            look_up = step()
        except StopIteration as end:
            found(end.value)
        else:
            look_up(take)

    proceed(lambda: next(search))


def reads_of(chat: Chat, who: Participant, room: Room) -> Read:
    """Return what looks lines of `room` up for `who`."""
    return lambda span: lambda found: chat.lookups.read(who, room, lambda: span, found)


def place_of_time(read: Read, seconds: float, last: int) -> Search[Place]:
    """Return the place of the time `seconds` among the lines up to the id `last`."""
    sent = milliseconds(seconds)
    before = yield from _count(read, sent - 1, 0, last)
    return Place(before, (yield from _count(read, sent, before, last)))


def time_of(read: Read, id: int) -> Search[float]:
    """Return the time of the line `id`; 0 if it is not there any more."""
    page = yield read(Span(id - 1, id, 1))
    line = page.lines[0] if page.lines else None
    return 0 if line is None or isinstance(line, Gap) else line.time


def milliseconds(seconds: float) -> int:
    """Return `seconds` as it is told, and stored: in whole milliseconds."""
    return round(seconds * 1000)


def _count(read: Read, sent: int, low: int, last: int) -> Search[int]:
    """Return the id of the last line up to the millisecond `sent`; `low` is that of an earlier one.

    Lines that are not there any more count as earlier. The time of a line is never below that of
    the line before, unless the clock was set back; then one of the possible results is returned.
    """
    high = last
    while low < high:
        middle = (low + high + 1) // 2
        time = yield from time_of(read, middle)
        if milliseconds(time) <= sent:
            low = middle
        else:
            high = middle - 1
    return low
