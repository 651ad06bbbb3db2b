"""The answers of the server to the user's questions: they are shown wherever the user is then."""

from __future__ import annotations

from netchat.client.conversation import wording
from netchat.client.conversation.display_lines import NothingEarlier, PageEdge
from netchat.client.conversation.outbox import PAGE_UP, QueuedRequest
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.rooms import Rooms
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.message import Message
from netchat.dialects.text.requests import command_in
from netchat.model import events
from netchat.model.answers import Found
from netchat.model.notices import Conversation


class Answers:
    """Shows answers in what is shown of `rooms`."""

    __slots__ = ("_context", "_rooms")

    def __init__(self, context: RoomContext, rooms: Rooms) -> None:
        self._context = context
        self._rooms = rooms

    def show(self, answer: Message) -> None:
        """Show `answer`, as in the text dialect."""
        for line in wording.event_notices(answer):
            self._rooms.show(line)

    def show_event(self, event: events.Event) -> None:
        """Show `event`, which the client itself made."""
        for line in wording.notices(event):
            self._rooms.show(line)

    def show_missing(self, gap: wire.Gap, raw: bytes) -> None:
        """Show that the server cannot deliver some lines of a room that is not open."""
        self._context.screen.show(wording.missing_lines(gap, raw))

    def show_page(self, page: wire.History | wire.Found, asked: QueuedRequest | None) -> None:
        """Show a page of lines, for which the user has `asked`.

        In several rooms, it stands below what was said later, so its edges are shown.
        """
        now, is_history = self._context.now(), isinstance(page, wire.History)
        earlier = asked is not None and getattr(asked.request, "before", None) is not None
        framed = bool(page.lines) and is_history and self._context.several
        if framed and not _is_second(asked):
            place = page.room or "this talk"
            self._rooms.show(PageEdge(f"-- earlier in {place} --"))
        for line in self._context.ignored.without(page.lines):
            shown = wording.page_line(line, now, self._context.roster.name)
            shown = self._context.mentions.marked(shown, line)
            self._rooms.show(
                shown if is_history else wording.found_line(shown, numbered=self._context.several)
            )
        if (framed and not _is_first_of_two(asked)) or (_is_second(asked) and not page.lines):
            self._rooms.show(PageEdge("-- end of the earlier lines --"))
        if isinstance(page, wire.Found) and (page.more or not page.lines):
            self.show_event(Found(page.room, page.words, (), page.more, earlier))
        elif is_history and not page.lines and not _is_second(asked):
            self._show_nothing(_nothing_in(page, earlier=earlier), asked)

    def _show_nothing(self, texts: list[str], asked: QueuedRequest | None) -> None:
        """Show that a page is empty; of the key that was pressed again and again, only once."""
        by_key = asked is not None and asked.typed == PAGE_UP
        if not (by_key and isinstance(self._context.screen.last, NothingEarlier)):
            for text in texts:
                self._rooms.show(NothingEarlier(text))


def _nothing_in(page: wire.History | wire.Found, *, earlier: bool) -> list[str]:
    """Return how the empty `page` of a room, or of a talk, reads."""
    if isinstance(page, wire.Found) or not isinstance(page.peer, str):
        return wording.text_lines(events.Past(page.room, (), asked=True, earlier=earlier))
    texts = wording.text_lines(Conversation(page.peer, (), asked=True))
    return [f"{text} before that" for text in texts] if earlier else texts


def _is_second(asked: QueuedRequest | None) -> bool:
    """Return whether the lines go on from those before: those after one that was found."""
    return asked is not None and getattr(asked.request, "after", None) is not None


def _is_first_of_two(asked: QueuedRequest | None) -> bool:
    is_context = asked is not None and command_in(asked.typed) == "/context"
    return is_context and not _is_second(asked)
