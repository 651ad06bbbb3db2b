"""A private talk with one participant.

Its lines are shown when they arrive, whichever room is shown then. Going to the talk shows the last
ones again: those that the server keeps for an owner, or those of this run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from netchat.client.conversation import wording
from netchat.client.conversation.display_lines import DisplayLine, PrivateLine
from netchat.client.conversation.held_lines import HeldLines
from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.conversation.room_context import RoomContext
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import GetHistory

LINES = 20
"""How many earlier lines are shown on the way in."""


class Talk:
    """The talk with the participant called `name`."""

    __slots__ = ("_context", "_held", "_lines", "_unread", "name", "shown")

    def __init__(self, name: str, context: RoomContext) -> None:
        self.name = name
        self.shown = False
        """Whether it is the current one: what is typed goes to this participant."""
        self._context = context
        self._unread = 0
        self._lines: deque[wire.Told] = deque(maxlen=LINES)
        self._held = HeldLines()

    @property
    def open_room(self) -> OpenRoom:
        """What a frontend shows of it."""
        return OpenRoom(self.name, "talk", self._unread, current=self.shown)

    def disconnected(self) -> None:
        """Record that the connection is lost: the history does not arrive."""
        self.end_history()

    def begin(self, *, moved: bool) -> None:
        """Show the talk from now on."""
        self.shown, self._unread = True, 0
        context = self._context
        context.frontend.room_shown(self.open_room)
        context.screen.show(wording.talk_line(self.name))
        if context.account.is_proved and context.ask(GetHistory(peer=self.name, limit=LINES)):
            self._held.begin()
        else:
            self._show_lines(self._lines)

    def end(self) -> None:
        """Show the talk no more."""
        self.end_history()
        self.shown = False

    def show(self, line: DisplayLine) -> None:
        """Show `line`, after the history if that is still awaited."""
        if not self._held.hold(line):
            self._context.screen.show(line)

    def handle(self, told: wire.Told, *, own: bool) -> None:
        """Record the line `told`, which was shown."""
        self._lines.append(told)
        if not (own or self.shown):
            self._unread += 1

    def handle_history(self, history: wire.History) -> None:
        """Show the lines said before, if they are still awaited."""
        if not self._held.awaiting:
            return
        known = {line.id for line in history.lines if isinstance(line.id, int)}
        self._show_lines(line for line in history.lines if isinstance(line, wire.Told))
        for line in self._held.release():
            if not (isinstance(line, PrivateLine) and line.id in known):
                self._context.screen.show(line)

    def end_history(self) -> None:
        """Stop waiting for the lines said before."""
        if self._held.awaiting:
            held = self._held.release()
            self._show_lines(self._lines)
            self._context.show_all([x for x in held if not isinstance(x, PrivateLine)])

    def _show_lines(self, lines: Iterable[wire.Told]) -> None:
        for told in lines:
            own = told.name in self._context.roster.own_names
            if own or told.name not in self._context.ignored:
                line = wording.private_line(told, self._context.now(), own=own, kept=True)
                self._context.screen.show_on_entry(line)
