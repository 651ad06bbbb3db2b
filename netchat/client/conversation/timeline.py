"""What happens in one room: who is in it, its topic, and its lines, of which each is shown once.

The id of a line tells whether it has been shown, and whether it was said before the entry.
"""

from __future__ import annotations

from dataclasses import replace

from netchat.client.conversation import wording
from netchat.client.conversation.display_lines import DisplayLine, ServerProblem
from netchat.client.conversation.interfaces import LastRead, OpenRoom
from netchat.client.conversation.members import Members
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.room_display import RoomDisplay
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message


class Timeline:
    """The room called `name`, where the user is, or wants to be."""

    __slots__ = (
        "_caught_up",
        "_context",
        "_display",
        "_other_journal_gap",
        "leaving",
        "members",
        "name",
        "topic",
    )

    def __init__(self, name: str, context: RoomContext) -> None:
        self.name = name
        self.topic = ""
        self.members = Members(context.max_names)
        self.leaving = False
        """Whether the user has asked to leave it."""
        self._context = context
        self._display = RoomDisplay(name, context)
        self._caught_up = False
        self._other_journal_gap: tuple[int, int] | None = None
        """The ids of the gap by which the server says that it has another journal."""

    @property
    def is_in(self) -> bool:
        """Whether the server has let the user into it, over this connection."""
        return self._display.is_in

    @property
    def shown(self) -> bool:
        """Whether it is the current room."""
        return self._display.shown

    @property
    def open_room(self) -> OpenRoom:
        """What a frontend shows of it."""
        backlog = self._display.backlog
        unread, mentions = (0, 0) if self.shown else (backlog.unread, backlog.mentions)
        return OpenRoom(
            self.name, "room", unread, mentions, self.members.count, self.topic, self.shown
        )

    @property
    def last_seen(self) -> int:
        """The id of the last line if all up to it have been shown, else 0."""
        return self._display.marker.last if self.shown and self._caught_up else 0

    @property
    def last_read(self) -> LastRead | None:
        """How far the user has read it, None while they were never in it."""
        return self._display.last_read

    @property
    def has_unseen(self) -> bool:
        """Whether there are lines of it that were not shown."""
        return self._display.has_unseen

    def rename(self, name: str) -> None:
        """Call the room `name` from now on, as the server spells it."""
        self.name = self._display.room = name

    def enter(self, entered: wire.Entered, asked: str, *, other_journal: bool) -> None:
        """Enter the room, which was `asked` for; the server may have an `other_journal` now."""
        display, last = self._display, entered.last
        was_entered = display.was_entered
        display.is_in = display.was_entered = True
        self.topic, self._caught_up = entered.topic, False
        self.members.update(entered)
        known = self._context.positions.enter(entered.room, asked, last)
        display.marker = self._context.positions[entered.room]
        if known is not None and not known.resume(last):
            display.forget_ids()
            display.emit(wording.lost_lines(self.name))
        display.history_is_missed = other_journal and was_entered
        self._other_journal_gap = (1, last) if other_journal else None
        if display.history_is_missed:
            display.forget_ids()
            display.emit(wording.other_journal(self.name))
        if known is None and (self._context.history_limit or other_journal):
            display.backlog.leave_out(last)
        elif not was_entered and display.marker.earlier and self._context.history_limit:
            display.backlog.leave_out(display.marker.earlier)
        if self._context.several:
            display.catch_up()
        if self.shown:
            display.show_backlog()
        self._report_caught_up()

    def disconnected(self) -> None:
        """Record that the connection is lost."""
        self._display.disconnected()

    def begin(self, *, moved: bool) -> None:
        """Show this room from now on, with what was missed in it; `moved` from another one."""
        room = replace(self.open_room, current=True)
        self._context.frontend.room_shown(room)
        names = tuple(self.members.names)
        is_new = not self._display.was_shown
        summary = wording.room_summary(room, names) if is_new and self._context.several else []
        shown_before = replace(room, topic="") if summary else room
        lines = wording.room_lines(shown_before, names, moved=moved, is_new=is_new)
        self._context.show_all(lines, on_entry=not moved)
        self._display.begin()
        for line in summary:
            # Behind the lines said before, so that it is still on the screen.
            self._display.show(line)
        self._report_caught_up()

    def end(self) -> None:
        """Show this room no more: from now on its lines are kept."""
        self._display.end()

    def show(self, line: DisplayLine) -> None:
        """Show `line`, after the history if that is still awaited."""
        self._display.show(line)

    def handle_line(
        self, line: wire.Said, raw: bytes, *, own: bool, typed: bool, elsewhere: bool
    ) -> None:
        """Show a line of the room once, unless it is `own` or was `typed` in this run.

        `elsewhere`: the user said it on another device.
        """
        self.members.update(line)
        marker = self._display.marker
        missing_count = line.id - marker.last - 1
        if own or typed:
            self._display.typed(line.id)
        if marker.advance(line.id, own=own):
            if missing_count:
                # A correct server sends every line; if one does not, the user must know it.
                count = f"! {missing_count} lines did not come; /history shows them."
                self._display.emit(ServerProblem(count))
            if not typed and line.name not in self._context.ignored:
                self._show_line(line, raw, elsewhere=elsewhere)
        self._report_caught_up()

    def handle_gap(self, gap: wire.Gap, raw: bytes) -> None:
        """Show that the server cannot deliver some lines."""
        if (gap.first, gap.last) == self._other_journal_gap:
            self._other_journal_gap = None
            return
        self._display.show_missing(wording.missing_lines(gap, raw))
        self._display.marker.skip_to(gap.last)
        self._report_caught_up()

    def handle_event(self, event: Message) -> None:
        """Show an event in the room that has no method of its own."""
        if isinstance(event, wire.Joined) and (quiet := self.members.go_quiet(event)):
            # To people, who only listens from now on has left.
            self.handle_event(wire.Left(event.room, quiet))
        self.members.update(event)
        if isinstance(event, state.Deleted):
            self._display.delete(event.id)
        elif isinstance(event, wire.Topic):
            self.topic = event.text
        elif isinstance(event, wire.Joined | wire.Left):
            own = self._context.roster.name
            others = tuple(name for name in event.names if name != own)
            event = type(event)(event.room, others, event.quiet)
            if not others:
                return
        for line in wording.event_notices(event):
            self._display.emit(line)

    def handle_history(self, history: wire.History, raw: bytes, before: int | None) -> bool:
        """Show the lines that go before those kept here, if those `before` an id are awaited.

        Return whether lines before them, which were not shown either, were left out.
        """
        leaves_out = self._display.handle_history(history, raw, before)
        self._report_caught_up()
        return leaves_out

    def end_history(self) -> None:
        """Stop waiting for the history."""
        self._display.end_history()
        self._report_caught_up()

    def mark_elsewhere(self, id: int) -> None:
        """Record that the user has read the room up to `id`, possibly on another device."""
        read = max(id, self._display.marker.earlier or 0)
        self._display.backlog.mark_read(read, is_first=not self._display.was_shown)

    def _show_line(self, line: wire.Said, raw: bytes, *, elsewhere: bool) -> None:
        context, missed = self._context, self._display.marker.was_missed(line.id)
        read = elsewhere or line.id <= context.positions.last_elsewhere(line.room)
        if self.shown and missed and not read:
            self._display.show_marker()
        said = wording.said_line(line, raw, context.now() if missed else None)
        if elsewhere:
            self._display.emit(wording.own_line(said))
            return
        said = context.mentions.marked(said, line)
        self._display.emit(said, counts=not read)
        if said.mentions and not (self.shown or missed or read):
            context.frontend.mentioned(self.open_room, said)

    def _report_caught_up(self) -> None:
        display = self._display
        if not display.marker.is_behind:
            display.caught_up()
        if self.shown and not (self._caught_up or display.marker.is_behind or display.awaiting):
            self._caught_up = True
            self._context.screen.caught_up()
