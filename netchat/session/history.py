"""Answer requests for earlier lines of a room: pages of its history, and searches.

A program names the page that it wants. A guest of the text dialect asks for more: that is the page
before the last one that they have asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from netchat.chat import questions
from netchat.chat.refusal import RefusedError
from netchat.dialects.text.commands import NO_SEARCH
from netchat.journal.interface import Page, Reply, Span, UnreadableError
from netchat.model.answers import Found
from netchat.model.events import Event, Gap, Past, Refused
from netchat.model.names import MAX_ROOM, equivalent
from netchat.model.requests import (
    MAX_HISTORY,
    GetHistory,
    MoreHistory,
    MoreMatches,
    Request,
    Search,
)

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Answer, Participant, Room


class EarlierLines:
    """Answers the requests of `participant` for earlier lines; `single` as in RequestExecutor."""

    __slots__ = (
        "_chat",
        "_next_history",
        "_next_search",
        "_participant",
        "_single",
    )

    def __init__(self, chat: Chat, participant: Participant, *, single: bool) -> None:
        self._chat = chat
        self._participant = participant
        self._single = single
        self._next_history: GetHistory | None = None
        """The request for the page before the last one; None if there was none."""
        self._next_search: Search | None = None

    def send(
        self, request: Request, room: Room, default_limit: int, shown: Span | None = None
    ) -> None:
        """Send what `request` asks for of `room`; `default_limit` lines if it has no limit.

        `shown` are the lines that the participant was sent when they entered the room.
        """
        match request:
            case GetHistory():
                self._send_history(request, room, default_limit)
            case Search():
                self._send_matches(request, room, default_limit)
            case MoreHistory():
                asked = self._next_history
                known = asked is not None and asked.room == room.name
                asked = asked if asked and known else GetHistory(room.name)
                self._send_history(asked, room, default_limit, None if known else shown)
            case MoreMatches():
                searched = self._next_search
                if searched is None or searched.room != room.name:
                    raise RefusedError("bad-request", NO_SEARCH)
                self._send_matches(searched, room, default_limit)

    def _send_history(
        self, request: GetHistory, room: Room, default_limit: int, sent: Span | None = None
    ) -> None:
        """Send the page that `request` asks for; if there is `sent`, the one before that."""
        who, lookups = self._participant, self._chat.lookups
        limit = request.limit or default_limit
        earlier = self._single and (sent is not None or request.before is not None)

        def look_up(found: Reply) -> None:
            span = sent or _span(room, request.after, request.before, limit)
            then = found if sent is None else partial(look_up_before, found)
            lookups.read(who, room, lambda: span, then)

        def look_up_before(found: Reply, shown: Page | UnreadableError) -> None:
            # A page may be shorter than was asked for, so only the page says where it begins.
            if isinstance(shown, UnreadableError):
                found(shown)
            else:
                span = _span(room, None, _first_id(shown, 1), limit)
                lookups.read(who, room, lambda: span, found)

        def answer(page: Page) -> Event:
            if self._single:
                before = _first_id(page, request.before)
                self._next_history = replace(request, room=room.name, before=before)
            return Past(room.name, page.lines, asked=True, more=page.more, earlier=earlier)

        questions.recall(self._chat, who, room, look_up, _page_or_error(answer, request.refuse))

    def _send_matches(self, request: Search, room: Room, default_limit: int) -> None:
        who, lookups = self._participant, self._chat.lookups
        earlier = self._single and request.before is not None

        def look_up(found: Reply) -> None:
            span = _span(room, None, request.before, request.limit or default_limit)
            lookups.search(who, room, request.words, span, found)

        def answer(page: Page) -> Event:
            if self._single:
                before = _first_id(page, request.before)
                self._next_search = replace(request, room=room.name, before=before)
            return Found(room.name, request.words, page.lines, more=page.more, earlier=earlier)

        questions.recall(self._chat, who, room, look_up, _page_or_error(answer, request.refuse))


def _first_id(page: Page, before: int | None) -> int | None:
    """Return the first id of `page`, or if it is empty `before`, below which there is nothing."""
    first = page.lines[0] if page.lines else None
    return first.first if isinstance(first, Gap) else first.id if first else before


def _span(room: Room, after: int | None, before: int | None, limit: int) -> Span:
    """Return the span of the first lines after `after`, or else of the last before `before`.

    It ends at the room's last line at the time of the lookup.
    """
    up_to = room.last if before is None else min(before - 1, room.last)
    return Span(after or 0, up_to, min(limit, MAX_HISTORY), newest=after is None)


def _page_or_error(
    answer: Callable[[Page], Event], refuse: Callable[[str, str], Refused]
) -> Answer[Page]:
    """Return a function that yields `answer(page)`, or a refusal if the page is unreadable."""

    def answers(page: Page | UnreadableError) -> Iterator[Event]:
        yield refuse(page.code, str(page)) if isinstance(page, UnreadableError) else answer(page)

    return answers


def last_known_id(room: str, after: Mapping[str, int]) -> int | None:
    """Return the id that `after` has for a name equivalent to `room`, or None."""
    return next(
        (after[name] for name in after if len(name) <= MAX_ROOM and equivalent(name, room)), None
    )
