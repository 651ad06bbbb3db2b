"""The chat: all rooms and participants, and what an event does to them when it is settled.

All events take one order (`netchat.chat.sequencer`), and each member receives those of a turn in
one write (`netchat.chat.delivery`).
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.account_effects import AccountEffects
from netchat.chat.change_effects import ChangeEffects
from netchat.chat.deleted_lines import DeletedLines
from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.departures import Departures
from netchat.chat.effects import Effects
from netchat.chat.founders import ended_with, may_enter
from netchat.chat.ignored_names import IgnoredNames
from netchat.chat.membership import Membership
from netchat.chat.nobody import Nobody
from netchat.chat.notifier import Notifier
from netchat.chat.order import Context, JournalOrder, Order, Origin, PendingEvent
from netchat.chat.participants import Participants
from netchat.chat.presence import AlonePresence, Presence
from netchat.chat.private_answers import PrivateAnswers, Question
from netchat.chat.private_lines import PrivateLines
from netchat.chat.private_messages import PrivateMessageCache
from netchat.chat.read_marks import ReadMarks
from netchat.chat.results import Entry, Settled
from netchat.chat.room import Answer, LookUp, Participant, Room
from netchat.chat.room_lines import RoomLines
from netchat.chat.sequencer import MAX_IN_FLIGHT, Sequencer
from netchat.chat.watches import Watches
from netchat.journal.interface import EventGroup, Journal, JournalError, P, UnreadableError
from netchat.model.answers import Rooms
from netchat.model.events import Event, Joined, Left, Renamed, Said, SaidLines, TopicSet
from netchat.model.registry import NameRegistry
from netchat.state.changes import SERVER, Actor, Change, Changed, MarkRead
from netchat.state.site_records import Reached
from netchat.state.state import ChatState

OF_A_SITE = (
    "This journal is that of a server of a site, which would not have what is said here: start it "
    "with --cluster, or start from a copy that `netchat backup --alone` makes."
)


class Chat:
    """The rooms and participants of a server; `netchat.chat.actions` has what a participant can do.

    `journal` stores what happens, in the `order` (None: its own). `later` calls a function when the
    turn is over (on a reactor: `partial(callLater, 0)`), `now` returns the wall clock's time in
    seconds since the epoch. `call_later` calls a function after some seconds (None: when the turn
    is over).
    """

    def __init__(
        self,
        journal: Journal,
        *,
        later: Callable[[Callable[[], None]], object],
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], object] | None = None,
        order: Order | None = None,
    ) -> None:
        self.journal = journal
        self.lookups = LookupScheduler(journal)
        self.private_messages = PrivateMessageCache()
        self.participants = Participants()
        self.departures = Departures()
        self.rooms: NameRegistry[Room] = NameRegistry()
        self.state = ChatState()
        """Accounts, roles, bans and the like, as far as they are settled."""
        nobody = Nobody()
        self.server = Participant("", nobody, nobody)
        self.server.detached = True
        """Who causes what no participant causes, such as the end of a ban."""
        self._now = now
        self._backfills = Backfills(self.lookups, self._drain, self.end_lookup)
        self._broadcast = Broadcast(self._backfills)
        self.presence: Presence = AlonePresence(self.participants, self.submit, self.ask)
        """How participants come and go."""
        self.ignoring = self._broadcast.ignoring
        call_later = call_later or (lambda _, call: later(call))
        self.marks = ReadMarks(self._mark, self.participants, self._broadcast, call_later)
        self.private = PrivateLines(
            self._broadcast, self.participants, self.lookups, self.marks, self._drain
        )
        self.membership = Membership(
            self.rooms,
            lambda: self.state,
            self._broadcast,
            self._backfills,
            end_lookup=self.end_lookup,
            let_exit=self._let_exit,
            absence_of=self.private.absence_of,
        )
        self.watches = Watches(self.participants, self.membership, self.ask)
        notifier = Notifier(self.participants, self.rooms, self._broadcast, self.membership)
        self.effects = Effects(self.participants, self.rooms, self.membership.room_list, notifier)
        self.change_effects = ChangeEffects(
            self.effects,
            AccountEffects(self.participants, self.membership, notifier),
            self.marks,
            IgnoredNames(self.participants, self._broadcast),
            DeletedLines(self.rooms, self._broadcast, self._backfills, self.lookups, notifier),
        )
        self._lines = RoomLines(
            self.rooms, self.participants, lambda: self.state, self._broadcast, self.time
        )
        self.get_or_create_room = self._lines.get_or_create
        self._private_answers = PrivateAnswers(
            self._broadcast,
            self._backfills,
            self.private,
            self.private_messages,
            self._find_guest,
        )
        flush = self._broadcast.flush
        self.order = order or JournalOrder(journal)
        self._sequencer = Sequencer(self.order, later=later, apply=self._apply, flush=flush)
        self.hear = self._sequencer.hear
        self.forget_settled = self._sequencer.forget

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
        if isinstance(self.order, JournalOrder) and self.state.find(Reached, ""):
            raise JournalError(OF_A_SITE)
        self.private.open(self.journal.private_counts())
        for name in self.state.rooms():
            self.get_or_create_room(name)
            if isinstance(self.order, JournalOrder):
                self.forget_founder(name)

    def respell_room(self, room: Room, name: str) -> None:
        """Call `room`, of which others know nothing yet, by an equivalent `name` from now on."""
        self.rooms.unregister(room.name)
        room.name = name
        self.rooms.register(name, room)

    def close(self, closed: Callable[[], None]) -> None:
        """Close the journal, once all that was submitted is in it; `closed` is called then."""
        self.order.close(lambda: self.journal.close(closed))

    @property
    def trouble(self) -> str:
        """Why nothing can be said at present, as a sentence; "" if it can."""
        return self.order.trouble

    @property
    def occupied_rooms(self) -> int:
        """The number of rooms in which somebody is, or is about to be."""
        return self.membership.occupied_rooms

    def occupy(self, room: Room) -> None:
        """Count one more participant who has asked to join `room`; a settled Left counts down."""
        self.membership.occupy(room)

    def list_rooms(self, who: Participant) -> Rooms:
        """Return the rooms with members that `who` may enter, sorted by name."""
        return self.membership.room_list.show(lambda room: may_enter(self.state, who, room))

    def time(self) -> float:
        """Return the time of what is said now, in seconds since the epoch, to the millisecond."""
        return round(self._now(), 3)

    def submit(self, event: Event, by: Participant, context: Context = None) -> None:
        """Put `event`, which `by` caused, behind all that was submitted before.

        `context` is what it concerns beside `by` (`netchat.chat.order.PendingEvent`).
        """
        self._sequencer.submit(event, by, context)

    def ask(self, who: Participant, answer: Callable[[], Event | None]) -> None:
        """Deliver `answer()` to `who`; it is called when its turn in the order comes."""
        self._sequencer.submit(Question(answer), who, None)

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
            self.end_lookup(who)
            self._sequencer.drain()

        self.begin_lookup(who)
        self.ask(who, lambda: look_up(found))

    def end_lookup(self, who: Participant) -> None:
        """Take the input of `who` again, which `begin_lookup` has paused."""
        self._sequencer.credit(who, MAX_IN_FLIGHT)

    def forget(self, who: Participant) -> None:
        """Called when `who` has left: nothing of them is kept."""
        if who.account and not self.participants.of_account(who.account):
            self.marks.flush(who.account)
        self.private.forget(who)
        self.ignoring.forget(who)
        self.watches.forget(who)
        if not (who.account and self.participants.of_account(who.account)):
            self.departures.note(who, self.time())

    def forget_founder(self, name: str) -> None:
        """Take away what its founder has of a room, once nobody is in it."""
        room = self.rooms.find(name)
        for what in ended_with(self.state, room) if room is not None else ():
            self.submit(Change(what, SERVER, self.time()), self.server, lambda _: None)

    def _let_exit(self, who: Participant, room: Room) -> None:
        self.presence.exit(who, room)

    def _find_guest(self, key: str) -> Participant | None:
        return self.presence.find_guest(key)

    def _drain(self) -> None:
        self._sequencer.drain()

    def _apply(self, pending: PendingEvent) -> None:
        """Change the rooms as a settled event says, and deliver it."""
        event, by = pending.event, pending.by
        if isinstance(pending.context, Origin):
            by = pending.context.find() or self.server
        match event:
            case Said() | SaidLines():
                self._lines.apply(event, by, pending.context)
            case Joined():
                assert isinstance(pending.context, Entry), "a join has one"
                self.membership.join(by, event, pending.context)
            case Left():
                self.membership.leave(by, event)
                self.forget_founder(event.room)
            case Renamed():
                self.membership.rename_guest(event, by)
            case TopicSet():
                self._lines.set_topic(event, by)
            case Changed():
                self.change_effects.apply(self.state, event, by)
                self._private_answers.deliver(event, by, pending.context)
            case EventGroup():
                for one in event.events:
                    self._apply(PendingEvent(one, by, pending.context, 0))
            case _:
                self._private_answers.deliver(event, by, pending.context)

    def _mark(self, mark: MarkRead, then: Settled) -> None:
        change = Change(mark, Actor("", mark.account), self.time())
        self.submit(change, self.server, then)
