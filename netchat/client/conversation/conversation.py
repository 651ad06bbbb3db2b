"""The state of a conversation with a server, without I/O, from the login to the goodbye.

The order is `hello` -> `welcome` -> `entered` -> the lines missed -> live lines. After a reconnect,
the client sends the id of the last line that it has, and repeats the lines that may not be stored
with their old nonces. So, wherever the connection breaks, no line is lost, stored twice or shown
twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from netchat.client.conversation import wording
from netchat.client.conversation.decoder import Received
from netchat.client.conversation.interfaces import Frontend, Refusal, ServerProblem
from netchat.client.conversation.login import Target
from netchat.client.conversation.login_dialogue import LoginDialogue
from netchat.client.conversation.outbox import WINDOW, Outbox, answered_request
from netchat.client.conversation.roster import Roster
from netchat.client.conversation.server_link import ServerLink
from netchat.client.conversation.timeline import Timeline
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.state_events import AuthStep
from netchat.dialects.text.commands import NO_SEARCH
from netchat.dialects.text.requests import command_in
from netchat.model import events
from netchat.model.requests import (
    Bye,
    GetHelp,
    GetHistory,
    GetTopic,
    Join,
    Leave,
    MoreMatches,
    Request,
    Say,
    Tell,
)

_TEMPORARY_CODES = ("storage", "too-fast")
_MAX_RETRY_PAUSE = 30.0


class Conversation:
    """The state of one conversation, and how it reacts to each event.

    `now` returns the time of day, in seconds since the epoch.
    """

    def __init__(self, target: Target, frontend: Frontend, now: Callable[[], float]) -> None:
        self.roster = Roster(target.name)
        self.room = unicodedata.normalize("NFC", target.room)
        """The room that the user wants to be in."""
        self.leaving = False
        self.has_entered = False
        self.online = False
        """Whether requests are sent at once: the client is logged in."""
        self.line_limit = 0
        self.outbox = Outbox()
        self._target = target
        self._login = LoginDialogue(target)
        self._frontend = frontend
        self._timeline = Timeline(frontend, self.roster, now, target.history)
        self._link: ServerLink | None = None
        self._confirmed_room = ""
        self._reported_unstored = 0
        self._retry_pause = 1.0
        self._bye_sent = False
        if self.room and target.after is not None:
            self._timeline.mark_read(self.room, target.after)

    def connected(self, link: ServerLink) -> None:
        """Log in over the new connection `link`."""
        self._link = link
        self._bye_sent = False
        known = self._timeline.last_read(self.room)
        self._login.begin(link, self.roster.name, self.room, known, self._timeline.journal)

    def disconnected(self) -> None:
        """Record that the connection is lost; questions without an answer are not asked again."""
        self._link = None
        self.online = False
        self._timeline.leave()
        for sent in self.outbox.requeue_all():
            if isinstance(sent.request, Join):
                self.room = sent.request.room
            elif sent.typed:
                message = f"! {command_in(sent.typed)} was not answered before the connection was"
                self._frontend.show(Refusal(f"{message} lost; type it again."))

    def say(self, typed: str) -> None:
        """Say the line `typed`, or execute the command in it, once the client is logged in."""
        request = self._target.parse(typed.encode(errors="surrogateescape"))
        match request:
            case Bye():
                self.leave()
            case events.Refused():
                self._frontend.show(Refusal(f"! {request.message}"))
            case GetHelp():
                self._timeline.show_event(events.Help())
            case Request() if not self.leaving:
                self._enqueue(request, typed)
        self._send_pending()

    def set_password(self, password: str, *, account: bool) -> None:
        """Log in with `password` from now on: the account's, or the server's."""
        self._login.set_password(password, account=account)

    def leave(self) -> None:
        """Say goodbye as soon as every request is sent and every line is stored."""
        self.leaving = True
        self._send_pending()

    def retry(self) -> None:
        """Send the lines again that the server could not take."""
        self.outbox.paused = False
        self._send_pending()

    def receive(self, received: Received) -> None:
        """Handle one event from the server."""
        event, raw = received
        match event:
            case wire.Closing():
                self._connected_link.closing(event)
            case wire.Error() if self.online:
                self._handle_error(event)
            case wire.Error():
                self._handle_login_error(event)
            case AuthStep():
                self._login.step(event, self._connected_link)
            case wire.Welcome() if self._login.accept(self._connected_link):
                self._handle_welcome(event)
            case wire.Entered():
                self._handle_entered(event)
            case _ if self.online:
                self._handle_event(event, raw)
        self._send_pending()

    @property
    def _connected_link(self) -> ServerLink:
        assert self._link is not None, "events and requests need a connection"
        return self._link

    def _send_pending(self) -> None:
        """Send every request that can be sent now."""
        while self.online and (request := self.outbox.next(self._timeline.room)) is not None:
            if isinstance(request, GetTopic):
                self._timeline.show_event(events.Topic(self.room, self._timeline.topic))
                continue
            if isinstance(request, MoreMatches):
                self._frontend.show(Refusal(f"! {NO_SEARCH}"))
                continue
            if isinstance(request, Join):
                after, journal = self._timeline.last_read(request.room), self._timeline.journal
                request = Join(request.room, after, None if after is None else journal)
            self._connected_link.send(request)
        if self._reported_unstored != self.outbox.unstored:
            self._reported_unstored = self.outbox.unstored
            self._frontend.unstored_changed(self._reported_unstored)
        if self.leaving and self.online and self.outbox.idle and not self._bye_sent:
            self._bye_sent = True
            self._connected_link.send(Bye())

    def _enqueue(self, request: Request, typed: str) -> None:
        size = len(request.text.encode()) if isinstance(request, Say | Tell) else 0
        if 0 < self.line_limit < size:
            why = f"! That line has {size} bytes, and the server takes {self.line_limit}; split it."
            self._frontend.show(Refusal(why))
            return
        if isinstance(request, Join):
            request = Join(self._timeline.canonical_name(request.room))
        self.outbox.put(request, typed)

    def _handle_welcome(self, welcome: wire.Welcome) -> None:
        self.roster.set_own_name(welcome.name)
        self.line_limit = welcome.limits.line
        self._timeline.set_journal(welcome.journal)
        self.outbox.pages.use_journal(self._timeline.journal)
        # The server would queue lines beyond its burst, and could take them for a flood.
        self.outbox.window = min(WINDOW, welcome.limits.burst or WINDOW)
        if not self.has_entered:
            self._timeline.show_greeting(welcome)

    def _handle_login_error(self, error: wire.Error) -> None:
        if error.code == "bad-room" and self._confirmed_room:
            # The join that the server refuses was sent just before the connection was lost.
            self._frontend.show(Refusal(f"! {error.message}"))
            self.room = self._confirmed_room
        self._login.refuse(error, self._connected_link)

    def _handle_entered(self, entered: wire.Entered) -> None:
        moved = self.outbox.pop_answered(Join)
        if self.online and moved is None:
            return
        if self._target.after is not None and not self.room:
            self._rejoin_after(entered.room, self._target.after)
            return
        left = self._timeline.room
        asked = getattr(moved.request, "room", "") if moved else self.room
        self.room = self._confirmed_room = entered.room
        again, self.has_entered = self.has_entered, True
        self.online = True
        question = self._timeline.enter(entered, asked, moved=moved is not None, again=again)
        for request in (question, Leave(left) if left else None):
            if request is not None:
                self.outbox.record_question(request)
                self._connected_link.send(request)
        if moved is None:
            self._connected_link.logged_in()
            self._frontend.entered(again=again)

    def _rejoin_after(self, room: str, after: int) -> None:
        """Join the lobby again, now that its name is known, for the lines after the id `after`."""
        self.room = room
        self._timeline.mark_read(room, after)
        self._connected_link.send(Leave(room))
        self._connected_link.send(Join(room, after))

    def _handle_event(self, event: Any, raw: bytes) -> None:
        nonce = getattr(event, "nonce", None)
        own = isinstance(nonce, str) and self.outbox.settle(nonce) is not None
        if own:
            self._retry_pause = 1.0
        kind = answered_request(event, self.roster.name)
        asked = self.outbox.pop_answered(kind) if kind else None
        if asked is not None:
            self.outbox.pages.record(asked.request, event)
        match event:
            case wire.Said():
                typed = event.name in self.roster.own_names and self.outbox.may_contain(event)
                self._timeline.handle_line(event, raw, own=own, typed=typed)
            case wire.Told() if own or not isinstance(nonce, str):
                self._timeline.show(wording.private_line(event, own=own))
            case wire.History() if asked is not None and not asked.typed:
                self._timeline.handle_history(event, raw)
            case wire.Gap():
                self.outbox.pages.record_gap(event)
                self._timeline.handle_gap(event, raw)
            case wire.Message():
                earlier = asked is not None and getattr(asked.request, "before", None) is not None
                self._timeline.handle_event(event, earlier=earlier)

    def _handle_error(self, error: wire.Error) -> None:
        nonce = error.nonce if isinstance(error.nonce, str) else ""
        waits = self.outbox.paused
        if error.code in _TEMPORARY_CODES and self.outbox.requeue(nonce):
            if not waits:
                self._schedule_retry(error)
            return
        asked = self.outbox.settle(nonce) if nonce else self.outbox.pop_failed()
        if asked and isinstance(asked.request, GetHistory) and not asked.typed:
            self._timeline.end_history(asked.request.room)
        self._frontend.show(Refusal(f"! {error.message}"))

    def _schedule_retry(self, error: wire.Error) -> None:
        if error.code == "storage" and self._retry_pause == 1:
            message = f"! {error.message} What you say is kept here, and is sent again by itself."
            self._frontend.show(ServerProblem(message, error.message))
        self._connected_link.retry_in(self._retry_pause)
        self._retry_pause = min(2 * self._retry_pause, _MAX_RETRY_PAUSE)
