"""All the lines that were asked for, however many pages they are."""

from __future__ import annotations

from dataclasses import replace

from netchat.events import Gap, Said
from netchat.journal import Journal, Page, Reply, Span, UnreadableError


def read_newest(journal: Journal, room: str, span: Span, found: Reply) -> None:
    """Call `found` with the newest lines of `room` in `span`, on one page as long as it takes."""
    _read_before(journal, room, span, (), found)


def _read_before(
    journal: Journal, room: str, span: Span, behind: tuple[Said | Gap, ...], found: Reply
) -> None:
    def took(page: Page | UnreadableError) -> None:
        if isinstance(page, UnreadableError):
            found(page)
            return
        rest = span.limit - len(page.lines)
        if page.more and page.lines and rest > 0:
            first = page.lines[0]
            up_to = (first.first if isinstance(first, Gap) else first.id) - 1
            before = replace(span, up_to=up_to, limit=rest)
            _read_before(journal, room, before, page.lines + behind, found)
        else:
            found(Page(page.lines + behind, page.more))

    journal.read(room, span, took)
