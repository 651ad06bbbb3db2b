"""Private lines in a journal for tests."""

from __future__ import annotations

from netchat.journal.interface import Journal, PrivatePage, PrivateQuery, Span, UnreadableError
from netchat.model.events import Event, Told
from netchat.state.changes import CONSOLE, Change, Changed, OwnName
from tests.support.journals import EVERYTHING, NOW, append


def own_name(journal: Journal, name: str) -> int:
    """Make `name` an account, and return its number."""
    (changed,) = append(journal, Change(OwnName(name), CONSOLE, NOW))
    assert isinstance(changed, Changed)
    return changed.number


def tell(journal: Journal, told: Told) -> Event:
    """Append `told`, and return the result."""
    (settled,) = append(journal, told)
    return settled


def read_private(
    journal: Journal,
    account: int,
    span: Span | None = None,
    *,
    peer: str = "",
    received: bool = False,
) -> PrivatePage:
    """Return what the account has in `span`, or all of it."""
    pages: list[PrivatePage | UnreadableError] = []
    query = PrivateQuery(account, span or Span(0, EVERYTHING, 500), peer, received)
    journal.read_private(query, pages.append)
    (page,) = pages
    assert isinstance(page, PrivatePage), page
    return page


def box_of(page: PrivatePage) -> list[tuple[int, str, bool]]:
    """Return the number, the text and `own` of each line of `page`."""
    return [(line.id, line.text, line.own) for line in page.lines if isinstance(line, Told)]
