"""Takes the texts of deleted lines out of what is still to be sent."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec.structs import replace

from netchat.journal.interface import Page, Reply, UnreadableError
from netchat.model.answers import Found
from netchat.model.events import Event, Gap, Past, Repeated, Said, SaidLines


def without_texts(event: Event, room: str, ids: Collection[int]) -> Event:
    """Return `event` without the texts of the lines `ids` of `room`: itself if it has none."""
    match event:
        case Said() if event.room == room:
            return _said(event, ids)
        case SaidLines() if event.room == room:
            return _said_lines(event, ids)
        case Repeated(said) if said.room == room:
            return Repeated(_said(said, ids))
        case Past() if event.room == room:
            return replace(event, lines=_lines(event.lines, ids))
        case Found() if event.room == room:
            return replace(event, lines=_others(event.lines, ids))
    return event


def page_without_texts(page: Page, ids: Collection[int]) -> Page:
    """Return `page`, which was read, without the texts of the lines `ids`."""
    return Page(_lines(page.lines, ids), page.more)


def matches_without(page: Page, ids: Collection[int]) -> Page:
    """Return `page`, which a search has found, without the lines `ids`."""
    return Page(_others(page.lines, ids), page.more)


class RunningLookups:
    """The lookups that may have read a line before it was deleted, and are answered after that."""

    def __init__(self) -> None:
        self._running: dict[object, tuple[str, set[int]]] = {}
        """The room of each, and what was deleted there meanwhile."""

    def __len__(self) -> int:
        return len(self._running)

    def watch(
        self, room: str, found: Reply, without: Callable[[Page, Collection[int]], Page]
    ) -> Reply:
        """Return the reply for a lookup in `room` that begins now; it calls `found`."""
        key, deleted = object(), set[int]()
        self._running[key] = (room, deleted)

        def reply(page: Page | UnreadableError) -> None:
            del self._running[key]
            found(without(page, deleted) if deleted and isinstance(page, Page) else page)

        return reply

    def delete(self, room: str, ids: Collection[int]) -> None:
        """Record that the lines `ids` of `room` are deleted."""
        for where, deleted in self._running.values():
            if where == room:
                deleted.update(ids)


def _said(said: Said, ids: Collection[int]) -> Said:
    return said.without_text() if said.id in ids else said


def _said_lines(event: SaidLines, ids: Collection[int]) -> SaidLines:
    gone = tuple(id for id in ids if event.first <= id <= event.last)
    if not gone:
        return event
    numbered = enumerate(event.texts, event.first)
    texts = tuple("" if id in gone else text for id, text in numbered)
    return replace(event, texts=texts, deleted=(*event.deleted, *gone))


def _lines(lines: tuple[Said | Gap, ...], ids: Collection[int]) -> tuple[Said | Gap, ...]:
    return tuple(_said(line, ids) if isinstance(line, Said) else line for line in lines)


def _others(lines: tuple[Said | Gap, ...], ids: Collection[int]) -> tuple[Said | Gap, ...]:
    return tuple(line for line in lines if isinstance(line, Gap) or line.id not in ids)
