"""Answer requests for earlier lines of a room: pages of its history, and searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from netchat.chat import actions
from netchat.journal.interface import Page, Reply, Span, UnreadableError
from netchat.model.events import Event, Found, Past, Refused
from netchat.model.requests import MAX_HISTORY, GetHistory, Search

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Answer, Participant, Room


def send_history(
    chat: Chat, participant: Participant, room: Room, request: GetHistory, default_limit: int
) -> None:
    """Send the page of the history of `room` that `request` asks for."""
    limit = request.limit or default_limit

    def look_up(found: Reply) -> None:
        span = _span(room, request.after, request.before, limit)
        chat.lookups.read(participant, room, lambda: span, found)

    def answer(page: Page) -> Event:
        return Past(room.name, page.lines, asked=True, more=page.more)

    actions.recall(chat, participant, room, look_up, _page_or_error(answer, request.refuse))


def send_matches(
    chat: Chat, participant: Participant, room: Room, request: Search, default_limit: int
) -> None:
    """Send the newest lines of `room` that have all words of `request`."""
    limit, words = request.limit or default_limit, request.words

    def look_up(found: Reply) -> None:
        span = _span(room, None, request.before, limit)
        chat.lookups.search(participant, room, words, span, found)

    def answer(page: Page) -> Event:
        return Found(room.name, words, page.lines, more=page.more)

    actions.recall(chat, participant, room, look_up, _page_or_error(answer, request.refuse))


def _span(room: Room, after: int | None, before: int | None, limit: int) -> Span:
    """Return the span of the first lines after `after`, or else of the last before `before`.

    It ends at the room's last line at the time of the lookup.
    """
    up_to = room.last if before is None else min(before - 1, room.last)
    return Span(after or 0, up_to, min(limit, MAX_HISTORY), newest=after is None)


def _page_or_error(
    answer: Callable[[Page], Event], refuse: Callable[[str, str], Refused]
) -> Answer:
    """Return a function that yields `answer(page)`, or a refusal if the page is unreadable."""

    def answers(page: Page | UnreadableError) -> Iterator[Event]:
        yield refuse("storage", str(page)) if isinstance(page, UnreadableError) else answer(page)

    return answers
