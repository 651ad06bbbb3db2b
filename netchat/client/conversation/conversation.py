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
from netchat.client.conversation.account import OwnAccount, password_refusal
from netchat.client.conversation.commands import Commands, size_problem
from netchat.client.conversation.decoder import Received
from netchat.client.conversation.goodbye import Goodbye
from netchat.client.conversation.interfaces import Frontend, Refusal, SecretKind
from netchat.client.conversation.login import Position, Target
from netchat.client.conversation.login_dialogue import LoginDialogue
from netchat.client.conversation.outbox import WINDOW, Outbox, answered_request
from netchat.client.conversation.private_lines import PrivateLines
from netchat.client.conversation.read_reports import ReadReports
from netchat.client.conversation.refusals import Refusals
from netchat.client.conversation.roster import Roster
from netchat.client.conversation.server_link import ServerLink
from netchat.client.conversation.timeline import Timeline
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message
from netchat.dialects.text.commands import NO_SEARCH
from netchat.model import events
from netchat.model.requests import Bye, GetTopic, Join, Leave, MoreMatches, Request
from netchat.model.state_requests import Own


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
        self._refusals = Refusals(frontend, self.outbox, self._timeline, self.retry)
        self._account = OwnAccount(target, self._timeline.show)
        self._private = PrivateLines(self._account, self._timeline.show, now)
        self._commands = Commands(frontend, self._account, self._private, self._timeline.show)
        self._read_reports = ReadReports("read", enabled=target.marks_read)
        self._link: ServerLink | None = None
        self._confirmed_room = ""
        self._reported_unstored = 0
        self._goodbye = Goodbye(self.outbox, self._read_reports, self._private)
        if self.room and target.after is not None:
            self._timeline.positions.mark_read(self.room, target.after)

    def connected(self, link: ServerLink) -> None:
        """Log in over the new connection `link`."""
        self._link = link
        self._goodbye.reset()
        known, journal = self._timeline.positions.last_read(self.room), self._timeline.journal
        self._private.connected()
        position = Position(self.room, known, journal, self._private.last)
        self._login.begin(link, self.roster.name, position)

    def disconnected(self) -> None:
        """Record that the connection is lost; questions without an answer are not asked again."""
        self._link = None
        self.online = False
        self._timeline.leave()
        self._read_reports.reset()
        for sent in self.outbox.requeue_all():
            if isinstance(sent.request, Join):
                self.room = sent.request.room
            elif sent.typed:
                self._frontend.show(wording.lost_answer(sent.typed))

    def say(self, typed: str) -> None:
        """Say the line `typed`, or execute the command in it, once the client is logged in."""
        request = self._target.parse(typed.encode(errors="surrogateescape"))
        match request:
            case Bye():
                self.leave()
            case events.Refused():
                self._frontend.show(Refusal(f"! {request.message}"))
            case Request() if not self.leaving:
                resolved = self._commands.resolve(request)
                if resolved is not None:
                    self._enqueue(resolved, typed)
        self._send_pending()

    def own_with_password(self, password: str) -> None:
        """Add the new `password` to the proofs that the name is the user's."""
        refusal = password_refusal(self._link.channel if self._link and self.online else None)
        if refusal:
            self._frontend.show(Refusal(f"! {refusal}"))
        else:
            self._enqueue(Own(password=password), "/own password")
            self._send_pending()

    def set_secret(self, kind: SecretKind, secret: str) -> None:
        """Log in with `secret` from now on."""
        self._login.set_secret(kind, secret)

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
                self._refusals.handle(event, self._connected_link)
            case wire.Error():
                self._handle_login_error(event)
            case state.AuthStep():
                self._login.step(event, self._connected_link)
            case wire.Welcome():
                link = self._connected_link
                if link.is_of_site(event) and self._login.accept(link):
                    link.welcomed(event)
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
                after = self._timeline.positions.last_read(request.room)
                journal = self._timeline.journal
                request = Join(request.room, after, None if after is None else journal)
            self._connected_link.send(request)
        if self._reported_unstored != self.outbox.unstored:
            self._reported_unstored = self.outbox.unstored
            self._frontend.unstored_changed(self._reported_unstored)
        if self.online and self._account.is_proved:
            self._read_reports.saw(self.room, self._timeline.last_seen, self._connected_link)
        if self.leaving and self.online:
            self._goodbye.say(self._connected_link)

    def _enqueue(self, request: Request, typed: str) -> None:
        if problem := size_problem(request, self.line_limit):
            self._frontend.show(Refusal(f"! {problem}"))
            return
        if isinstance(request, Join):
            request = Join(self._timeline.positions.canonical_name(request.room))
        self.outbox.put(request, typed)

    def _handle_welcome(self, welcome: wire.Welcome) -> None:
        self.roster.set_own_name(welcome.name)
        self.line_limit = welcome.limits.line
        self._account.handle_welcome(welcome, is_new=self._login.used_invitation)
        self._private.use_journal(welcome.journal, self._timeline.journal)
        self._timeline.set_journal(welcome.journal)
        self.outbox.pages.use_journal(self._timeline.journal)
        # The server would queue lines beyond its burst, and could take them for a flood.
        self.outbox.window = min(WINDOW, welcome.limits.burst or WINDOW)
        if not self.has_entered:
            self._timeline.show_greeting(welcome)

    def _handle_login_error(self, error: wire.Error) -> None:
        if error.code in ("bad-room", "banned") and self.has_entered and self.room:
            # Go back to the room before a join, or from there to the server's default room.
            self._frontend.show(Refusal(f"! {error.message}"))
            self.room = self._confirmed_room if self.room != self._confirmed_room else ""
            error = wire.Error("bad-room", error.message)
        self._login.refuse(error, self._connected_link, self.roster.name)

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
        self._timeline.positions.mark_read(room, after)
        self._connected_link.send(Leave(room))
        self._connected_link.send(Join(room, after))

    def _handle_event(self, event: Any, raw: bytes) -> None:
        nonce = getattr(event, "nonce", None)
        settled = self.outbox.settle(nonce) if isinstance(nonce, str) else None
        own = settled is not None
        if own:
            self._refusals.reset()
        kind = answered_request(event, self.roster.name)
        asked = self.outbox.pop_answered(kind) if kind else None
        if asked is not None:
            self.outbox.pages.record(asked.request, event)
        match event:
            case wire.Said():
                typed = event.name in self.roster.own_names and self.outbox.may_contain(event)
                elsewhere = self._account.is_proved and event.name == self.roster.name
                self._timeline.handle_line(event, raw, own=own, typed=typed, elsewhere=elsewhere)
            case wire.Told() if own or not isinstance(nonce, str):
                self._private.handle(event, self.roster.name, self._connected_link, own=own)
            case wire.History() if asked is not None and not asked.typed:
                self._timeline.handle_history(event, raw)
            case wire.Gap():
                self.outbox.pages.record_gap(event)
                self._timeline.handle_gap(event, raw)
            case wire.Left() if asked is None and self._timeline.is_left_by_user(event):
                self._timeline.leave()
                self.room = self._confirmed_room = ""
                self._frontend.removed(event.room)
            case state.Read():
                self._timeline.positions.mark_elsewhere(event.room, event.id)
                self._read_reports.handle_read(event.room, event.id)
            case Message():
                earlier = asked is not None and getattr(asked.request, "before", None) is not None
                self._timeline.handle_event(event, earlier=earlier)
                self._account.handle_event(
                    event, settled.request if settled else None, self.roster.name
                )
