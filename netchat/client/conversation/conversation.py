"""The state of a conversation with a server, without I/O, from the login to the goodbye.

The order is `hello` -> `welcome` -> `entered` -> the lines missed -> live lines. After a reconnect,
the client sends the id of the last line that it has in each room, and repeats the lines that may
not be stored with their old nonces. So, wherever the connection breaks, no line is lost, stored
twice or shown twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from netchat.client.conversation import wording
from netchat.client.conversation.account import OwnAccount
from netchat.client.conversation.automatic_away import AutomaticAway
from netchat.client.conversation.commands import Commands
from netchat.client.conversation.day_lines import DayLines
from netchat.client.conversation.decoder import Received
from netchat.client.conversation.display_lines import Refusal
from netchat.client.conversation.event_handler import EventHandler
from netchat.client.conversation.figures import Figures
from netchat.client.conversation.goodbye import Goodbye
from netchat.client.conversation.interfaces import Frontend, SecretKind
from netchat.client.conversation.login import Position, Target
from netchat.client.conversation.login_dialogue import LoginDialogue
from netchat.client.conversation.moves import Moves
from netchat.client.conversation.outbox import WINDOW, Outbox
from netchat.client.conversation.pings import Pings
from netchat.client.conversation.private_lines import PrivateLines
from netchat.client.conversation.read_positions import ReadPositions
from netchat.client.conversation.read_reports import ReadReports
from netchat.client.conversation.refusals import Refusals
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.rooms import Rooms
from netchat.client.conversation.roster import Roster
from netchat.client.conversation.sender import Sender
from netchat.client.conversation.server_link import Channel, ServerLink
from netchat.client.conversation.user_input import UserInput
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.model.requests import Join, Leave, Request

_REJOIN_PAUSE = 5.0
"""Seconds until a room is joined again that the server could not open for now."""


class Conversation:
    """The state of one conversation, and how it reacts to each event.

    `now` returns the time of day, in seconds since the epoch.
    """

    def __init__(self, target: Target, frontend: Frontend, now: Callable[[], float]) -> None:
        self.roster = Roster(target.name)
        self.has_entered = False
        self.online = False
        """Whether requests are sent at once: the client is logged in."""
        self.pings = Pings(enabled=target.several_rooms and target.pings)
        self._away = AutomaticAway(target.away_after, self._ask)
        self.outbox = Outbox()
        self._login = LoginDialogue(target)
        self._frontend = frontend
        screen = DayLines(frontend, now)
        history, several = target.history, target.several_rooms
        read = ReadPositions(target.last_read, target.journal)
        self._account = OwnAccount(target, screen.show)
        self._context = RoomContext(
            frontend, screen, self.roster, now, self._ask, self._account, history, several, read
        )
        self._context.max_names = target.max_names
        self.rooms = Rooms(self._context)
        self._moves = Moves(self._context, self.rooms, self.outbox)
        self._refusals = Refusals(frontend, self.outbox, self.rooms, self.retry)
        self._private = PrivateLines(self._account, self.rooms.show_told)
        commands = Commands(frontend, self._account, self._private, self.rooms.show)
        self.input = UserInput(target, self._context, self._moves, commands, self._input_handled)
        self._read_reports = ReadReports("read", enabled=target.marks_read)
        self._events = EventHandler(
            self._context, self.rooms, self.outbox, self._private, self._read_reports
        )
        self._sender = Sender(self.outbox, self.rooms, self._moves, self._events.answers)
        self._link: ServerLink | None = None
        self._wanted = unicodedata.normalize("NFC", target.room)
        """The room to log in to, if it is not the one that was shown last."""
        self._login_room = ""
        """The room that this connection has logged in to, "" for the server's default."""
        self._first_after = target.after
        self._figures = Figures(frontend, self.outbox, self.rooms, self.pings, several=several)
        self._goodbye = Goodbye(self.outbox, self._read_reports, self._private)
        self.rooms.open_all(target.rooms, target.talk)
        if self._wanted and target.after is not None:
            self._context.positions.mark_read(self._wanted, target.after)

    @property
    def leaving(self) -> bool:
        """Whether the client is saying goodbye, and accepts no more lines."""
        return self.input.leaving

    @property
    def channel(self) -> Channel | None:
        """What the connection is worth to a secret, None if the client is not logged in."""
        return self._link.channel if self._link is not None and self.online else None

    def connected(self, link: ServerLink) -> None:
        """Log in over the new connection `link`."""
        self._link = link
        self._goodbye.reset()
        self._private.connected()
        room = self.rooms.room
        self._login_room = self._wanted or (room.name if room is not None else "")
        join = self._moves.join_request(self._login_room)
        position = Position(
            join.room, join.after, self._context.positions.journal, self._private.last
        )
        self._login.begin(link, self.roster.name, position)

    def disconnected(self) -> None:
        """Record that the connection is lost; questions without an answer are not asked again."""
        self._link = None
        self.online = False
        self.rooms.disconnected()
        self._moves.disconnected()
        self._read_reports.reset()
        self.pings.disconnected()
        self._away.disconnected()
        for sent in self.outbox.requeue_all((Join, Leave) if self._context.several else ()):
            if isinstance(sent.request, Join):
                self._wanted = sent.request.room if sent.typed else self._wanted
            elif sent.typed:
                self._frontend.show(wording.lost_answer(sent.typed))
        self.report_changes()

    def set_secret(self, kind: SecretKind, secret: str) -> None:
        """Log in with `secret` from now on."""
        self._login.set_secret(kind, secret)

    def leave(self) -> None:
        """Say goodbye as soon as every request is sent and every line is stored."""
        self.input.leaving = True
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
                self._handle_refusal(event)
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

    def report_changes(self) -> None:
        """Tell the frontend if a figure of the rooms, or of the connection, has changed."""
        self._figures.report(online=self.online)

    @property
    def _connected_link(self) -> ServerLink:
        assert self._link is not None, "events and requests need a connection"
        return self._link

    def _ask(self, request: Request) -> bool:
        """Send a question of the client itself; return False if there is no connection for it."""
        if not self.online:
            return False
        self.outbox.record_question(request)
        self._connected_link.send(request)
        return True

    def _send_pending(self) -> None:
        """Send every request that can be sent now."""
        if self.online:
            self._sender.send_pending(self._connected_link)
        self._figures.report_unstored()
        timeline = self.rooms.room
        if self.online and self._account.is_proved and timeline is not None:
            self._read_reports.saw(timeline.name, timeline.last_seen, self._connected_link)
        if self.input.leaving and self.online:
            self._goodbye.say(self._connected_link)

    def _input_handled(self) -> None:
        self._send_pending()
        if self.online:
            self._away.active(self._connected_link)
        self.report_changes()

    def _handle_welcome(self, welcome: wire.Welcome) -> None:
        self.roster.set_own_name(welcome.name)
        self.input.line_limit = welcome.limits.line
        self._account.handle_welcome(welcome, is_new=self._login.used_invitation)
        self._private.use_journal(welcome.journal, self._context.positions.journal)
        self._moves.use_journal(welcome.journal)
        self.outbox.pages.use_journal(self._context.positions.journal)
        # The server would queue lines beyond its burst, and could take them for a flood.
        self.outbox.window = min(WINDOW, welcome.limits.burst or WINDOW)
        if not self.has_entered:
            self._context.show_all(wording.greeting(welcome), on_entry=True)

    def _handle_login_error(self, error: wire.Error) -> None:
        if error.code in ("bad-room", "banned") and self.has_entered and self._login_room:
            # Go back to the room before a join, or from there to the server's default room.
            self._frontend.show(Refusal(f"! {error.message}"))
            timeline = None if self._wanted else self.rooms.timeline(self._login_room)
            self._wanted = ""
            if timeline is not None:
                self.rooms.close(timeline)
            error = wire.Error("bad-room", error.message)
        self._login.refuse(error, self._connected_link, self.roster.name)

    def _handle_refusal(self, error: wire.Error) -> None:
        link = self._connected_link
        refused = self._refusals.handle(error, link)
        if refused is not None and isinstance(refused.request, Join):
            again = self._moves.refused(refused.request, error, typed=bool(refused.typed))
            if again:
                link.call_later("rejoin", _REJOIN_PAUSE, self._moves.rejoin_next)
            else:
                self._moves.rejoin_next()

    def _handle_entered(self, entered: wire.Entered) -> None:
        answered = self.outbox.pop_answered(Join)
        if self.online and answered is None:
            return
        if self._first_after is not None and not self._login_room:
            self._rejoin_after(entered.room, self._first_after)
            return
        typed = answered is not None and bool(answered.typed)
        asked = getattr(answered.request, "room", "") if answered else self._login_room
        again, self.has_entered = self.has_entered, True
        self.online = True
        self._moves.enter(entered, asked, typed=typed, again=again, login=answered is None)
        self._wanted = ""
        if answered is None:
            self._connected_link.logged_in()
            self._frontend.entered(again=again)
            self.pings.begin(self._connected_link)
            self._away.active(self._connected_link)
        self._moves.rejoin_next()

    def _handle_event(self, event: Any, raw: bytes) -> None:
        if isinstance(event, wire.Pong):
            self.pings.handle(event, self._connected_link)
        elif self._events.handle(event, raw, self._connected_link):
            self._refusals.reset()
        elif isinstance(event, state.Away) and event.name == self.roster.name:
            self._away.told(event.text)

    def _rejoin_after(self, room: str, after: int) -> None:
        """Join the lobby again, now that its name is known, for the lines after the id `after`."""
        self._login_room = room
        self._context.positions.mark_read(room, after)
        self._connected_link.send(Leave(room))
        self._connected_link.send(Join(room, after))
