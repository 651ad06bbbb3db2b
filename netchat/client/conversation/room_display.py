"""When the lines of one room are shown: at once, after its history, or when the user goes there.

Lines that are not kept here, and go before those that are, are requested from the server first.
"""

from __future__ import annotations

from netchat.client.conversation import wording
from netchat.client.conversation.backlog import MAX_LINES, Backlog
from netchat.client.conversation.decoder import history_lines
from netchat.client.conversation.display_lines import (
    DisplayLine,
    JoinLine,
    LeaveLine,
    OwnLine,
    RoomLine,
    SaidLine,
    ServerProblem,
)
from netchat.client.conversation.held_lines import HeldLines
from netchat.client.conversation.interfaces import LastRead
from netchat.client.conversation.read_marker import NONE, ReadMarker
from netchat.client.conversation.room_context import RoomContext
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import MAX_HISTORY, GetHistory

MAX_AT_ONCE = MAX_HISTORY
"""If more lines were missed, the last ones are shown; the others as soon as the user asks."""


class RoomDisplay:
    """Shows the lines of the room called `room`, while it is the one that is shown."""

    def __init__(self, room: str, context: RoomContext) -> None:
        self.room = room
        self.shown = False
        """Whether it is the current room: what happens in it goes to the screen."""
        self.marker = ReadMarker(0)
        self.backlog = Backlog()
        self.history_is_missed = False
        """Whether the awaited history was said while the user was away."""
        self._context = context
        self._held = HeldLines()
        self._older_backlog: list[DisplayLine] = []
        """Lines that were not shown, from before the server had another journal."""
        self.is_in = False
        """Whether the server has let the user into the room, over this connection."""
        self.was_entered = False
        """Whether the server has ever let the user in."""
        self._catching_up = False
        self._is_complete = True
        """Whether all that goes before a new line is on the screen, while the room is shown."""
        self._awaited_before = 0
        self._was_shown = False
        self._shown_up_to = 0
        self._own_unshown: frozenset[int] = NONE

    @property
    def awaiting(self) -> bool:
        """Whether lines that go before all others are awaited from the server."""
        return self._held.awaiting

    @property
    def was_shown(self) -> bool:
        """Whether all of it was on the screen before."""
        return self._was_shown

    @property
    def last_read(self) -> LastRead | None:
        """How far the user has read the room, None while they were never in it."""
        if not self.was_entered:
            return None
        marker, complete = self.marker, self._is_complete and self.backlog.empty
        left_at = self._context.now() if self.shown and self.is_in else marker.left_at
        if self.shown and complete and not self.awaiting:
            return LastRead(marker.last, left_at)
        if self._was_shown:
            return LastRead(self._shown_up_to, left_at)
        if marker.earlier is not None:
            return LastRead(marker.earlier, left_at)
        # What was said before they came first was not missed.
        return LastRead(self._context.positions.last_elsewhere(self.room) or marker.first, left_at)

    @property
    def has_unseen(self) -> bool:
        """Whether there is something that was not shown."""
        return self._held.awaiting or not self.backlog.empty

    def begin(self) -> None:
        """Show the room from now on, with what was missed in it."""
        self.shown, self.marker.marker_shown = True, False
        self.show_backlog()

    def end(self) -> None:
        """Show the room no more: from now on its lines are kept."""
        for line in self._held.release():
            self.emit(line, counts=isinstance(line, SaidLine), keep=True)
        if self._is_complete:
            self._shown_up_to, self._was_shown = self.marker.last, self.was_entered
        self.shown = False
        self.marker.left_at = self._context.now()

    def disconnected(self) -> None:
        """Record that the connection is lost; notices that are held back are shown."""
        self.is_in = self._catching_up = False
        for line in self._held.release():
            if isinstance(line, SaidLine):
                self.backlog.add(line, counts=True)
            else:
                self._context.screen.show(line)
        if self.shown:
            self.marker.left_at = self._context.now()

    def emit(self, line: DisplayLine, *, counts: bool = False, keep: bool = False) -> None:
        """Show `line`, or `keep` it while the room is not shown; it `counts` if it is to be read.

        Who came and went is not kept, nor who was there.
        """
        if self.shown and not (keep or self._catching_up):
            self.show(line)
        elif not isinstance(line, JoinLine | LeaveLine | RoomLine):
            self.backlog.add(line, counts=counts)

    def show(self, line: DisplayLine) -> None:
        """Show `line`, after the history if that is still awaited."""
        if self._held.full:
            late = "! The history of this room did not arrive, and is not shown."
            self._context.screen.show(ServerProblem(late))
            self.end_history()
        if not self._held.hold(line):
            self._context.screen.show(line)

    def show_missing(self, missing: DisplayLine) -> None:
        """Show that lines are `missing`."""
        if self._held.awaiting:
            self._context.screen.show_on_entry(missing)
        else:
            self.emit(missing)

    def show_marker(self) -> None:
        """Show where the unread lines begin, unless that was shown since the last entry."""
        if not self._catching_up:
            for line in self._unshown_marker(self.marker.left_at):
                self.show(line)

    def delete(self, id: int) -> None:
        """Remove the text of the line `id`, if it was not shown yet."""
        self._held.delete(id)
        self.backlog.delete(id)

    def typed(self, id: int) -> None:
        """Record that the user has typed the line `id`, so that it is on the screen already."""
        if not self.shown or self._held.awaiting or self._catching_up:
            self._own_unshown |= {id}

    def forget_ids(self) -> None:
        """Forget the ids of the lines: the server has other lines under them."""
        self._older_backlog = [*self._older_backlog, *self.backlog.release()][-MAX_LINES:]
        self._shown_up_to, self._was_shown = 0, False
        self._own_unshown = NONE

    def catch_up(self) -> None:
        """Keep the lines that were missed until all are here, if so many are still to come."""
        self._catching_up = self.marker.behind > MAX_AT_ONCE
        if self._catching_up:
            if self.shown and self._is_complete and self._was_shown:
                self._shown_up_to = self.marker.last
            self._is_complete = False

    def caught_up(self) -> None:
        """Show the lines that were missed: all are here."""
        if self._catching_up:
            self._catching_up = False
            if self.shown:
                self.show_backlog()

    def show_backlog(self) -> None:
        """Show what was not shown yet; first request what goes before it and is not kept here.

        Without a connection, that is done when the user is in the room again.
        """
        if self._catching_up:
            return
        up_to = self.backlog.dropped_up_to
        self._is_complete = up_to <= self._shown_up_to
        if self._is_complete:
            self._release_backlog()
        elif self.is_in and self._context.ask(self._page(up_to)):
            self._awaited_before = up_to + 1
            self._held.begin()
        else:
            self._context.screen.show(wording.lines_later(self.room))

    def handle_history(self, history: wire.History, raw: bytes, before: int | None) -> bool:
        """Show the lines that go before those kept here, if those `before` an id are awaited.

        Return whether lines before them, which were not shown either, were left out.
        """
        if not self._held.awaiting or before != self._awaited_before:
            return False
        leaves_out = self._show_history(history, raw)
        self.end_history()
        return leaves_out

    def end_history(self) -> None:
        """Stop waiting for the history."""
        if self._held.awaiting:
            self._release_backlog()
            self._context.show_all(self._held.release())

    def _page(self, up_to: int) -> GetHistory:
        limit = max(self._context.history_limit, self.backlog.unread)
        if self._was_shown or self.history_is_missed:
            limit = MAX_HISTORY
        elif self.marker.earlier is not None:
            limit = self._context.history_limit + up_to - self.marker.earlier
        return GetHistory(self.room, before=up_to + 1, limit=min(limit, MAX_HISTORY))

    def _show_history(self, history: wire.History, raw: bytes) -> bool:
        context, now = self._context, self._context.now()
        missed, earlier = self.history_is_missed or self._was_shown, self.marker.earlier
        first = min((line.id for line in history.lines if isinstance(line, wire.Said)), default=0)
        count = first - 1 - max(self._shown_up_to, earlier or 0)
        leaves_out = (missed or earlier is not None) and history.more and count > 0
        if leaves_out:
            context.screen.show(wording.not_shown_yet(self.room, count, several=context.several))
        if self._was_shown:
            context.show_all(self._unshown_marker(self.marker.left_at))
        mark = max(context.positions.last_elsewhere(self.room), earlier or 0)
        since = self.marker.left_at if mark == earlier else None
        for line, raw_line in zip(history.lines, history_lines(raw), strict=True):
            if not isinstance(line, wire.Said) or self._is_known(line):
                continue
            is_marked = mark > 0 or earlier is not None
            if is_marked and line.id > mark and line.name != context.roster.name:
                context.show_all(self._unshown_marker(since), on_entry=not missed)
            shown = context.mentions.marked(wording.said_line(line, raw_line, now), line)
            context.show_all([shown], on_entry=not missed)
        return leaves_out

    def _is_known(self, line: wire.Said) -> bool:
        """Return whether `line` of a page was shown, or is not to be shown."""
        shown = line.id <= self._shown_up_to or line.id in self._own_unshown
        return shown or line.name in self._context.ignored

    def _release_backlog(self) -> None:
        now = self._context.now()
        for line in (*self._older_backlog, *self.backlog.release()):
            if isinstance(line, SaidLine) and not isinstance(line, OwnLine):
                self._context.show_all(self._unshown_marker(self.marker.left_at))
            self._context.screen.show(wording.timed(line, now))
        self._older_backlog.clear()
        self._own_unshown = NONE
        self._is_complete, self.history_is_missed = True, False
        self._shown_up_to, self._was_shown = self.marker.last, self.was_entered

    def _unshown_marker(self, left_at: float | None) -> list[DisplayLine]:
        if self.marker.marker_shown:
            return []
        self.marker.marker_shown = True
        return [wording.unread_marker(left_at, self._context.now())]
