"""Where `/history more` and `/search more` go on: before the page that was received last."""

from __future__ import annotations

from msgspec.structs import replace

from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import GetHistory, MoreHistory, MoreMatches, Request, Search

TALK = "@"
"""What stands before the name of a participant where a room could stand."""
_MAX_PLACES = 200


class EarlierPages:
    """The requests for the pages before those received last; None if there was none yet."""

    __slots__ = ("_gap", "_history", "_journal", "_search")

    def __init__(self) -> None:
        self._history: dict[str, GetHistory] = {}
        """The next page of each room or talk."""
        self._search: Search | None = None
        self._journal: str | None = None
        self._gap: wire.Gap | None = None

    def use_journal(self, journal: str | None) -> None:
        """Forget the pages if they are of another journal than `journal`: its ids are others."""
        if self._journal != journal:
            self._history.clear()
            self._search = None
        self._journal = journal

    def resolve(self, request: Request, place: str) -> Request:
        """Return the request for a page of `place` that `request` stands for, if it is for more.

        It is a room, or @ and the participant of a talk. A request for more matches is returned as
        it is if there was no search in the room yet.
        """
        room = place
        if isinstance(request, MoreHistory):
            first = GetHistory(peer=place[1:]) if place.startswith(TALK) else GetHistory(room)
            return self._history.get(place, first)
        if isinstance(request, MoreMatches) and self._search and self._search.room == room:
            return self._search
        return request

    def record_gap(self, gap: wire.Gap) -> None:
        """Record lines that the server cannot deliver: the page that they are in may be empty."""
        self._gap = gap

    def record(self, request: Request, page: Message, *, only_first: bool = False) -> None:
        """Record that `page` has answered `request`; `only_first`: unless another one has."""
        if isinstance(request, GetHistory) and isinstance(page, wire.History):
            before = self._first_id(page, request.before)
            place = page.room if request.peer is None else TALK + request.peer
            is_known = place in self._history
            if not (only_first and is_known) and (is_known or len(self._history) < _MAX_PLACES):
                self._history[place] = replace(request, room=page.room, before=before)
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
