"""Which of the events in a room are shown, in which order, and whether as earlier or as live ones.

Each line is shown once: its id tells whether it has been shown, and whether it was said before the
entry. On the first entry, the history is requested, and live lines are held back until it arrives.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, UnsetType

from netchat.client.conversation import wording
from netchat.client.conversation.day_lines import DayLines
from netchat.client.conversation.decoder import history_lines
from netchat.client.conversation.display_lines import DisplayLine, SaidLine, ServerProblem
from netchat.client.conversation.held_lines import HeldLines
from netchat.client.conversation.interfaces import Frontend
from netchat.client.conversation.read_marker import ReadMarker
from netchat.client.conversation.read_positions import ReadPositions
from netchat.client.conversation.roster import Roster
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message
from netchat.model import events
from netchat.model.requests import MAX_HISTORY, GetHistory


class Timeline:
    """Shows the events of the current room on `frontend`.

    `history_limit` is how many earlier lines to show on entering a room; `now` returns the time of
    day, in seconds since the epoch.
    """

    def __init__(
        self, frontend: Frontend, roster: Roster, now: Callable[[], float], history_limit: int
    ) -> None:
        self.room = ""
        """The current room, "" if there is none."""
        self.topic = ""
        self.positions = ReadPositions()
        self.journal: str | None = None
        """The identifier of the server's journal; None if the server has not told."""
        self._frontend = DayLines(frontend, now)
        self._roster = roster
        self._now = now
        self._history_limit = history_limit
        self._held_back = HeldLines()
        self._caught_up = False
        self._has_other_journal = False
        """Whether the server has another journal than at the last entry."""
        self._other_journal_gap: tuple[int, int] | None = None
        """The ids of the gap by which the server says that it has another journal."""
        self._history_is_missed = False
        """Whether the awaited history was said while the user was away."""

    def set_journal(self, journal: str | UnsetType) -> None:
        """Record the identifier of the server's journal, if the server has told it.

        If it is another one than before, the positions are forgotten: it has other lines under
        these ids.
        """
        known, self.journal = self.journal, None if journal is UNSET else journal
        if known and self.journal and known != self.journal and self.positions:
            self._has_other_journal = True
            self.positions.clear()

    @property
    def last_seen(self) -> int:
        """The id of the last line of the current room if all up to it have been shown, else 0."""
        return (self.positions.last_read(self.room) or 0) if self._caught_up else 0

    def show_greeting(self, welcome: wire.Welcome) -> None:
        """Show what is shown once, when the name is granted."""
        for line in wording.greeting(welcome):
            self._frontend.show_on_entry(line)

    def enter(
        self, entered: wire.Entered, asked: str, *, moved: bool, again: bool
    ) -> GetHistory | None:
        """Enter a room, which was `asked` for; return the request for its history, if it is needed.

        `moved` tells whether the user comes from another room, `again` whether this is a reconnect.
        """
        self.leave()
        self.room, self.topic = entered.room, entered.topic
        self._roster.update(entered)
        self._caught_up = False
        if moved or not again:
            self._show_entry(entered, moved=moved)
        return self._find_marker(entered, asked)

    def leave(self) -> None:
        """Leave the current room.

        If its history has not arrived, the room's lines that are held back are dropped: the server
        sends them again after a return. Notices that are held back are shown.
        """
        for line in self._held_back.release():
            if not isinstance(line, SaidLine):
                self._frontend.show(line)
        if self.room:
            self.positions[self.room].leave(self._now())
        self.room = ""

    def show(self, line: DisplayLine) -> None:
        """Show `line`, after the history if that is still awaited."""
        if self._held_back.full:
            self._frontend.show(
                ServerProblem("! The history of this room did not arrive, and is not shown.")
            )
            self.end_history(self.room)
        if not self._held_back.hold(line):
            self._frontend.show(line)

    def show_event(self, event: events.Event) -> None:
        """Show `event`, which the client itself made."""
        for line in wording.notices(event):
            self.show(line)

    def handle_event(self, event: Message, *, earlier: bool = False) -> None:
        """Show an event that has no method of its own; `earlier` as in `events.Past`."""
        if not self._concerns_user(event):
            return
        self._roster.update(event)
        match event:
            case state.Deleted():
                self._held_back.delete(event.id)
                self._show_event(event)
            case wire.History() | wire.Found():
                self._show_page(event, earlier=earlier)
            case wire.Joined() | wire.Left():
                others = tuple(name for name in event.names if name != self._roster.name)
                if others:
                    self._show_event(type(event)(event.room, others))
            case _:
                if isinstance(event, wire.Topic):
                    self.topic = event.text
                self._show_event(event)

    def handle_line(
        self, line: wire.Said, raw: bytes, *, own: bool, typed: bool, elsewhere: bool = False
    ) -> None:
        """Show a line of the current room once, unless it is `own` or was `typed` in this run.

        `elsewhere`: the user said it on another device.
        """
        if line.room != self.room:
            return
        self._roster.update(line)
        marker = self.positions[line.room]
        missing_count = line.id - marker.last - 1
        if marker.advance(line.id, own=own):
            if missing_count:
                # A correct server sends every line; if one does not, the user must know it.
                self.show(
                    ServerProblem(f"! {missing_count} lines did not come; /history shows them.")
                )
            if not typed:
                self._show_line(marker, line, raw, elsewhere=elsewhere)
        self._report_caught_up(marker)

    def handle_gap(self, gap: wire.Gap, raw: bytes) -> None:
        """Show that the server cannot deliver some lines."""
        if gap.room == self.room and (gap.first, gap.last) == self._other_journal_gap:
            self._other_journal_gap = None
            return
        missing = wording.missing_lines(gap, raw)
        if self._held_back.awaiting:
            self._frontend.show_on_entry(missing)
        else:
            self._frontend.show(missing)
        if gap.room == self.room:
            self.positions[gap.room].skip_to(gap.last)
            self._report_caught_up(self.positions[gap.room])

    def handle_history(self, history: wire.History, raw: bytes) -> None:
        """Show the lines said before the entry, if they are still awaited."""
        if self._held_back.awaiting and history.room == self.room:
            if self._history_is_missed and history.more:
                message = f"! Only the last {len(history.lines)} lines of {history.room} are shown."
                self._frontend.show(ServerProblem(message))
            show = self._frontend.show if self._history_is_missed else self._frontend.show_on_entry
            mark = self.positions.last_elsewhere(history.room)
            for line, raw_line in zip(history.lines, history_lines(raw), strict=True):
                if not isinstance(line, wire.Said):
                    continue
                if 0 < mark < line.id and line.name != self._roster.name:
                    show(wording.unread_marker(None, self._now()))
                    mark = 0
                show(wording.said_line(line, raw_line, self._now()))
        self.end_history(history.room)

    def end_history(self, room: str) -> None:
        """Stop waiting for the history of `room`, if that is the current room."""
        if room != self.room:
            return
        for line in self._held_back.release():
            self._frontend.show(line)
        self.positions[room].end_history()
        self._report_caught_up(self.positions[room])

    def is_left_by_user(self, left: wire.Left) -> bool:
        """Return whether the user has left the room that they are in."""
        return self._roster.name in left.names and left.room == self.room

    def _concerns_user(self, event: Message) -> bool:
        """Return whether `event` is about the current room, the server, or the user."""
        room = getattr(event, "room", self.room)
        if isinstance(event, state.Bans | state.Who) or (
            isinstance(event, state.Room) and not event.by
        ):
            return True
        return room in ("", self.room) or getattr(event, "name", "") == self._roster.name

    def _show_entry(self, entered: wire.Entered, *, moved: bool) -> None:
        room, topic, names, last = entered.room, entered.topic, entered.names, entered.last
        for line in wording.notices(events.Entered(room, topic, names, last, first=not moved)):
            if moved:
                self._frontend.show(line)
            else:
                self._frontend.show_on_entry(line)

    def _find_marker(self, entered: wire.Entered, asked: str) -> GetHistory | None:
        known = self.positions.enter(entered.room, asked, entered.last)
        marker = self.positions[entered.room]
        if known is not None and not known.resume(entered.last):
            message = f"! The server has lost what was said in {entered.room}; it begins anew."
            self._frontend.show(ServerProblem(message))
        other, self._has_other_journal = self._has_other_journal, False
        self._history_is_missed, self._other_journal_gap = other, None
        limit = self._history_limit
        if other:
            message = f"! The server has another journal now; {entered.room} begins anew."
            self._frontend.show(ServerProblem(message))
            self._other_journal_gap = (1, entered.last)
            limit = MAX_HISTORY
        if known is None and limit and entered.last:
            self._held_back.begin()
            marker.expect_history(limit)
            return GetHistory(entered.room, before=entered.last + 1, limit=limit)
        self._report_caught_up(marker)
        return None

    def _show_line(
        self, marker: ReadMarker, line: wire.Said, raw: bytes, *, elsewhere: bool
    ) -> None:
        missed = marker.was_missed(line.id)
        read = elsewhere or line.id <= self.positions.last_elsewhere(line.room)
        if missed and not read and not marker.marker_shown:
            marker.marker_shown = True
            self.show(wording.unread_marker(marker.left_at, self._now()))
        said = wording.said_line(line, raw, self._now() if missed else None)
        self.show(wording.own_line(said) if elsewhere else said)

    def _show_page(self, page: wire.History | wire.Found, *, earlier: bool) -> None:
        now, is_history = self._now(), isinstance(page, wire.History)
        for line in page.lines:
            shown = wording.page_line(line, now, self._roster.name)
            self.show(shown if is_history else wording.found_line(shown))
        if isinstance(page, wire.Found) and (page.more or not page.lines):
            self.show_event(events.Found(page.room, page.words, (), page.more, earlier))
        elif is_history and not page.lines:
            self.show_event(events.Past(page.room, (), asked=True, earlier=earlier))

    def _show_event(self, event: Message) -> None:
        for line in wording.event_notices(event):
            self.show(line)

    def _report_caught_up(self, marker: ReadMarker) -> None:
        if not (self._caught_up or marker.is_behind or self._held_back.awaiting):
            self._caught_up = True
            self._frontend.caught_up()
