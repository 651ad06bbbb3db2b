"""What becomes of each event after the login: it goes to its room, or answers a question."""

from __future__ import annotations

from typing import Any

from netchat.client.conversation.answers import Answers
from netchat.client.conversation.display_lines import Notice
from netchat.client.conversation.outbox import Outbox, QueuedRequest, answered_request
from netchat.client.conversation.private_lines import PrivateLines
from netchat.client.conversation.read_reports import ReadReports
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.rooms import Rooms
from netchat.client.conversation.server_link import ServerLink
from netchat.client.conversation.timeline import Timeline
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message
from netchat.dialects.text.dialect import MODERATORS_ONLY
from netchat.model.requests import GetHistory, Leave

_ANSWERS = (wire.Found, wire.History, wire.Names, wire.Renamed, state.Ignored)
"""What may answer the user, and what the server may tell without being asked."""


class EventHandler:
    """Passes events on to `rooms`, and settles the requests in `outbox` that they answer."""

    __slots__ = ("_account", "_context", "_outbox", "_private", "_reports", "_rooms", "answers")

    def __init__(
        self,
        context: RoomContext,
        rooms: Rooms,
        outbox: Outbox,
        private: PrivateLines,
        reports: ReadReports,
    ) -> None:
        self.answers = Answers(context, rooms)
        self._context = context
        self._rooms = rooms
        self._outbox = outbox
        self._account = context.account
        self._private = private
        self._reports = reports

    def handle(self, event: Any, raw: bytes, link: ServerLink) -> bool:
        """Handle `event`, received as `raw`; return whether it settles a request of the user."""
        roster = self._context.roster
        nonce = getattr(event, "nonce", None)
        settled = self._outbox.settle(nonce) if isinstance(nonce, str) else None
        asked = self._pop_asked(event)
        own = settled is not None
        match event:
            case wire.Said():
                self._handle_said(event, raw, own=own)
            case wire.Told() if own or not isinstance(nonce, str):
                self._private.handle(event, roster.name, link, own=own)
            case wire.History() if asked is not None and not asked.typed:
                self._handle_history(event, raw, asked)
            case wire.Gap():
                self._handle_gap(event, raw)
            case wire.Left() if roster.name in event.names and (
                timeline := self._rooms.timeline(event.room)
            ):
                self._rooms.close(timeline)
                if asked is None:
                    self._context.frontend.removed(event.room)
            case state.Read():
                self._reports.handle_read(event.room, event.id)
                self._rooms.mark_elsewhere(event.room, event.id)
            case Message():
                self._handle_other(event, asked)
                self._account.handle_event(event, settled.request if settled else None, roster.name)
        return own

    def _pop_asked(self, event: Any) -> QueuedRequest | None:
        kind = answered_request(event, self._context.roster.name)
        if kind is None:
            return None
        asked = self._outbox.pop_answered(kind, event.room if kind is Leave else "")
        if asked is not None and asked.typed:
            self._outbox.pages.record(asked.request, event)
        return asked

    def _handle_said(self, event: wire.Said, raw: bytes, *, own: bool) -> None:
        roster, timeline = self._context.roster, self._rooms.timeline(event.room)
        if timeline is not None and timeline.is_in:
            typed = event.name in roster.own_names and self._outbox.may_contain(event)
            elsewhere = self._account.is_proved and event.name == roster.name
            timeline.handle_line(event, raw, own=own, typed=typed, elsewhere=elsewhere)
            if event.everybody is False:
                timeline.show(Notice(f"* {MODERATORS_ONLY}"))

    def _handle_history(self, event: wire.History, raw: bytes, asked: QueuedRequest) -> None:
        request = asked.request
        assert isinstance(request, GetHistory), "no other request is answered by a history"
        if request.peer is not None:
            talk = self._rooms.talk(request.peer)
            if talk is not None:
                talk.handle_history(event)
            only_first = True
        else:
            timeline = self._rooms.timeline(event.room)
            only_first = timeline is None or not timeline.handle_history(event, raw, request.before)
        self._outbox.pages.record(request, event, only_first=only_first)

    def _handle_gap(self, gap: wire.Gap, raw: bytes) -> None:
        self._outbox.pages.record_gap(gap)
        timeline = self._rooms.timeline(gap.room)
        if timeline is not None:
            timeline.handle_gap(gap, raw)
        else:
            self.answers.show_missing(gap, raw)

    def _handle_other(self, event: Any, asked: QueuedRequest | None) -> None:
        self._context.roster.update(event)
        room = getattr(event, "room", "")
        timeline = self._rooms.timeline(room)
        if isinstance(event, state.Away) and asked is not None and not asked.typed:
            return
        if isinstance(event, _ANSWERS):
            # In one room only, an answer that nobody has asked for is shown, too.
            wanted = asked is not None or not self._context.several
            self._handle_answer(event, timeline, asked, wanted=wanted)
        elif isinstance(event, state.Bans | state.Who) or _is_answer(event):
            self.answers.show(event)
        elif timeline is not None:
            timeline.handle_event(event)
        elif not room or getattr(event, "name", "") == self._context.roster.name:
            self.answers.show(event)

    def _handle_answer(
        self, event: Any, timeline: Timeline | None, asked: QueuedRequest | None, *, wanted: bool
    ) -> None:
        if isinstance(event, wire.Renamed):
            wanted = self._rooms.renamed(event) or wanted
        elif isinstance(event, state.Ignored):
            self._context.ignored.set(event.names)
        else:
            wanted = wanted and (asked is not None or timeline is not None)
        if isinstance(event, wire.Names) and timeline is not None:
            timeline.members.update(event)
        if wanted and isinstance(event, wire.History | wire.Found):
            self.answers.show_page(event, asked)
        elif wanted:
            self.answers.show(event)


def _is_answer(event: Any) -> bool:
    return isinstance(event, state.Room) and not event.by
