"""Where `/history more` and `/search more` go on: before the page that was received last."""

from __future__ import annotations

from msgspec.structs import replace

from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import GetHistory, MoreHistory, MoreMatches, Request, Search


class EarlierPages:
    """The requests for the pages before those received last; None if there was none yet."""

    def __init__(self) -> None:
        self._history: GetHistory | None = None
        self._search: Search | None = None
        self._journal: str | None = None
        self._gap: wire.Gap | None = None

    def use_journal(self, journal: str | None) -> None:
        """Forget the pages if they are of another journal than `journal`: its ids are others."""
        if self._journal != journal:
            self._history = self._search = None
        self._journal = journal

    def resolve(self, request: Request, room: str) -> Request:
        """Return the request for a page of `room` that `request` stands for, if it is for more.

        A request for more matches is returned as it is if there was no search in `room` yet.
        """
        if isinstance(request, MoreHistory):
            known = self._history
            return known if known and known.room == room else GetHistory(room)
        if isinstance(request, MoreMatches) and self._search and self._search.room == room:
            return self._search
        return request

    def record_gap(self, gap: wire.Gap) -> None:
        """Record lines that the server cannot deliver: the page that they are in may be empty."""
        self._gap = gap

    def record(self, request: Request, page: Message) -> None:
        """Record that `page` has answered `request`."""
        if isinstance(request, GetHistory) and isinstance(page, wire.History):
            before = self._first_id(page, request.before)
            self._history = replace(request, room=page.room, before=before)
        elif isinstance(request, Search) and isinstance(page, wire.Found):
            before = self._first_id(page, request.before)
            self._search = replace(request, room=page.room, before=before)

    def _first_id(self, page: wire.History | wire.Found, before: int | None) -> int | None:
        gap, self._gap = self._gap, None
        if page.lines and isinstance(first := page.lines[0].id, int):
            return max(1, first)
        if gap is not None and gap.room == page.room and (before is None or gap.first < before):
            return max(1, gap.first)
        return before
