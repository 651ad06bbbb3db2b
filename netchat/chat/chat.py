"""The chat: all rooms and participants, and what an event does to them when it is settled.

All events take one order (`netchat.chat.sequencer`), and each member receives those of a turn in
one write (`netchat.chat.delivery`).
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.account_effects import AccountEffects
from netchat.chat.deleted_lines import DeletedLines
from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.effects import Effects
from netchat.chat.membership import Membership
from netchat.chat.nobody import Nobody
from netchat.chat.notifier import Notifier
from netchat.chat.participants import Participants
from netchat.chat.private_lines import PrivateLines
from netchat.chat.private_messages import PrivateMessageCache
from netchat.chat.read_marks import ReadMarks
from netchat.chat.results import Entry, Report, Settled
from netchat.chat.room import Answer, LookUp, Participant, Room
from netchat.chat.sequencer import MAX_IN_FLIGHT, Context, PendingEvent, Sequencer
from netchat.journal.interface import EventGroup, Journal, P, UnreadableError
from netchat.model.events import (
    Closing,
    Event,
    Joined,
    Left,
    Refused,
    Renamed,
    Repeated,
    Rooms,
    Said,
    SaidLines,
    Told,
    TopicSet,
)
from netchat.model.notices import Done
from netchat.model.registry import NameRegistry
from netchat.state.changes import SERVER, Actor, Change, Changed, MarkRead, SetRole
from netchat.state.rights import may_enter
from netchat.state.state import ChatState


class _Question(Event, frozen=True):
    """An event for one participant; `answer` is called when its place in the order is reached."""

    answer: Callable[[], Event | None]


class Chat:
    """The rooms and participants of a server; `netchat.chat.actions` has what a participant can do.

    `journal` stores what happens. `later` calls a function when the turn is over (on a reactor:
    `partial(callLater, 0)`), `now` returns the wall clock's time in seconds since the epoch.
    `call_later` calls a function after some seconds (None: when the turn is over).
    """

    def __init__(
        self,
        journal: Journal,
        *,
        later: Callable[[Callable[[], None]], object],
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], object] | None = None,
    ) -> None:
        self.journal = journal
        self.lookups = LookupScheduler(journal)
        self.private_messages = PrivateMessageCache()
        self.participants = Participants()
        self.rooms: NameRegistry[Room] = NameRegistry()
        self.state = ChatState()
        """Accounts, roles, bans and the like, as far as they are settled."""
        nobody = Nobody()
        self.server = Participant("", nobody, nobody)
        self.server.detached = True
        """Who causes what no participant causes, such as the end of a ban."""
        self._now = now
        self._backfills = Backfills(self.lookups, self._drain, self._end_lookup)
        self._broadcast = Broadcast(self._backfills)
        self._membership = Membership(
            self.rooms,
            lambda: self.state,
            self._broadcast,
            self._backfills,
            end_lookup=self._end_lookup,
            submit=self.submit,
        )
        self.ignoring = self._broadcast.ignoring
        call_later = call_later or (lambda _, call: later(call))
        self.marks = ReadMarks(self._mark, self.participants, self._broadcast, call_later)
        self.private = PrivateLines(
            self._broadcast, self.participants, self.lookups, self.marks, self._drain
        )
        notifier = Notifier(self.participants, self.rooms, self._broadcast, self._membership)
        self.effects = Effects(self.participants, self.rooms, self._membership.room_list, notifier)
        self._account_effects = AccountEffects(self.participants, self._membership, notifier)
        self._deleted_lines = DeletedLines(
            self.rooms, self._broadcast, self._backfills, self.lookups, notifier
        )
        flush = self._broadcast.flush
        self._sequencer = Sequencer(journal, later=later, apply=self._apply, flush=flush)

    def open(self) -> None:
        """Open the journal, and load the rooms that it knows; raises JournalError if that fails."""
        for known in self.journal.open():
            if not (known.topic or known.last):
                continue  # Nothing to restore; and the journal may have it under equivalent names.
            room = Room(known.name)
            room.topic, room.last = known.topic, known.last
            room.spoken = bool(known.last)
            self.rooms.register(known.name, room)
        self.state = ChatState(self.journal.records())
        self.private.open(self.journal.private_counts())
        for name in self.state.rooms():
            self.get_or_create_room(name)

    def get_or_create_room(self, name: str) -> Room:
        """Return the room with an equivalent name, or a new one called `name`."""
        room = self.rooms.find(name)
        if room is None:
            room = Room(name)
            self.rooms.register(name, room)
        return room

    @property
    def occupied_rooms(self) -> int:
        """The number of rooms in which somebody is, or is about to be."""
        return self._membership.occupied_rooms

    def occupy(self, room: Room) -> None:
        """Count one more participant who has asked to join `room`; a settled Left counts down."""
        self._membership.occupy(room)

    def list_rooms(self, who: Participant) -> Rooms:
        """Return the rooms with members that `who` may enter, sorted by name."""
        return self._membership.room_list.show(
            lambda room: may_enter(self.state, who.account, room)
        )

    def time(self) -> float:
        """Return the time of what is said now, in seconds since the epoch, to the millisecond."""
        return round(self._now(), 3)

    def submit(self, event: Event, by: Participant, context: Context = None) -> None:
        """Put `event`, which `by` caused, behind all that was submitted before.

        `context` is what it concerns beside `by` (`netchat.chat.sequencer.PendingEvent`).
        """
        self._sequencer.submit(event, by, context)

    def ask(self, who: Participant, answer: Callable[[], Event | None]) -> None:
        """Deliver `answer()` to `who`; it is called when its turn in the order comes."""
        self._sequencer.submit(_Question(answer), who, None)

    def deliver(self, event: Event, who: Participant) -> None:
        """Send `event` to `who` at the end of the turn; only while an event is applied."""
        self._broadcast.turn.send_to(event, who)

    def begin_lookup(self, who: Participant) -> None:
        """Pause the input of `who` until what is asked next is answered."""
        self._sequencer.charge(who, MAX_IN_FLIGHT)

    def recall(self, who: Participant, look_up: LookUp[P], answer: Answer[P]) -> None:
        """Deliver `answer(page)` to `who` with the page that `look_up` finds.

        `look_up` is called when its turn in the order comes; live events do not wait for it.
        """

        def found(page: P | UnreadableError) -> None:
            for event in self.ignoring.filtered(who, answer(page)):
                self._broadcast.turn.send_to(event, who)
            self._end_lookup(who)
            self._sequencer.drain()

        self.begin_lookup(who)
        self.ask(who, lambda: look_up(found))

    def _end_lookup(self, who: Participant) -> None:
        self._sequencer.credit(who, MAX_IN_FLIGHT)

    def _drain(self) -> None:
        self._sequencer.drain()

    def _apply(self, pending: PendingEvent) -> None:
        """Change the rooms as a settled event says, and deliver it."""
        event, by = pending.event, pending.by
        match event:
            case Said() | SaidLines():
                self._apply_line(event, by, pending.context)
            case Joined():
                assert isinstance(pending.context, Entry), "a join has one"
                self._membership.join(by, event, pending.context)
            case Left():
                self._membership.leave(by, event)
                self._forget_founder(event.room)
            case Renamed():
                self._membership.rename_guest(event, by)
            case TopicSet():
                room = self._membership.find(event.room)
                room.topic = event.text
                self._broadcast.turn.publish(event, (room,), by)
            case Changed():
                self.effects.apply(self.state, event, by)
                self._account_effects.apply(event, by)
                self._deleted_lines.apply(event, by)
                self._answer_change(event, by, pending.context)
            case EventGroup():
                for one in event.events:
                    self._apply(PendingEvent(one, by, pending.context, 0))
            case _:
                self._deliver_privately(event, by, pending.context)

    def _forget_founder(self, name: str) -> None:
        """Take the role of who has made a room away, once nobody and nothing is in it."""
        room = self.rooms.find(name)
        if room is None or not (room.founder and room.is_forgettable):
            return
        founder = self.state.account(room.founder)
        if founder and self.state.has_only_moderator(room.name, founder.number):
            role = SetRole(founder.name, room.name, None)
            self.submit(Change(role, SERVER, self.time()), self.server, lambda _: None)

    def _answer_change(self, changed: Changed, by: Participant, context: Context) -> None:
        if callable(context):
            context(changed)
        else:
            self._broadcast.turn.send_to(Done(nonce=changed.change.nonce), by)

    def _deliver_privately(self, event: Event, by: Participant, context: Context) -> None:
        turn = self._broadcast.turn
        match event:
            case Refused() if callable(context):
                context(event)
            case Repeated() | Refused() if isinstance(context, Report):
                context.then(event)
            case _Question():
                answer = event.answer()
                if answer is not None:
                    turn.send_to(answer, by)
            case Closing():
                turn.close(by, event)
                self._backfills.abandon(by)
            case Told():
                to = context if isinstance(context, Participant) else None
                self.private.deliver(event, by, to)
            case _:
                turn.send_to(event, by, by)

    def _mark(self, mark: MarkRead, then: Settled) -> None:
        change = Change(mark, Actor("", mark.account), self.time())
        self.submit(change, self.server, then)

    def _apply_line(self, event: Said | SaidLines, by: Participant, context: Context) -> None:
        room = context if isinstance(context, Room) else self.get_or_create_room(event.room)
        room.last = event.id if isinstance(event, Said) else event.last
        turn = self._broadcast.turn
        number = turn.publish(event, (room,), by)
        if room.further_devices and by.account:
            devices = self.participants.readers(by)
            others = [device for device in devices if device is not by and device in room.members]
            turn.add_devices(number, others)
        if isinstance(context, Report) and isinstance(event, Said):
            context.then(event)
