"""Private lines: how a settled one reaches both sides, on all devices of those who own their name.

An owner's lines are kept, numbered 1, 2, 3. A device that comes is sent those that it has not got:
a program says which number it has, and others are sent what is above the read mark of the account.
What comes in meanwhile waits behind that, so each device reads every line once and in order. Where
a device says nothing of what it has read, its lines are marked as read once it has taken them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from msgspec import Struct

from netchat.chat.away import Absences, person_of
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.participants import Participants
from netchat.chat.read_marks import ReadMarks
from netchat.chat.room import Participant
from netchat.journal.interface import PrivatePage, PrivateQuery, Span, UnreadableError
from netchat.model.disconnects import storage_failure
from netchat.model.events import Refused, Told
from netchat.model.notices import Away, Conversation
from netchat.state.private_rules import PRIVATE

PAGE = 500
"""How many lines are read at once."""


class Teller(Struct, frozen=True):
    """Who has sent a private line: the `account`, or (0) a guest, who had this `name` then.

    `participant` is who was here as that; None for a line that was kept, because of a guest nothing
    is known afterwards but the name, which somebody else can have taken.
    """

    name: str
    account: int
    participant: Participant | None = None


class PrivateLines:
    """Delivers private lines by `broadcast` to `participants`.

    Earlier ones come from `lookups`; `drain` is called when some have come. `marks` gets what was
    read.
    """

    def __init__(
        self,
        broadcast: Broadcast,
        participants: Participants,
        lookups: LookupScheduler,
        marks: ReadMarks,
        drain: Callable[[], None],
    ) -> None:
        self._broadcast = broadcast
        self._participants = participants
        self._lookups = lookups
        self._marks = marks
        self._drain = drain
        self.absences = Absences()
        self._last: dict[int, int] = {}
        """The last number that was delivered to each account."""
        self._confirming: set[Participant] = set()
        """The devices that say themselves what they have read."""
        self._waiting: dict[Participant, list[tuple[Told, Participant]]] = {}
        """What came in for devices that are still sent earlier lines, and who has sent it."""
        self._tellers: dict[Participant, Teller] = {}
        """Who has last sent each participant a private line."""

    def absence_of(self, who: Participant) -> str:
        """Return the text of `who`, or of the owner whose device they are; "" if not away."""
        return self.absences.find(person_of(who))

    def open(self, counts: Mapping[int, int]) -> None:
        """Begin with these last numbers of the accounts."""
        self._last = dict(counts)

    def last(self, account: int) -> int:
        """Return the number of the last private line of `account` that was delivered."""
        return self._last.get(account, 0)

    def teller(self, who: Participant) -> Teller | None:
        """Return who has last sent `who` a private line; None if nobody has."""
        return self._tellers.get(who)

    def take_over(self, who: Participant, earlier: Participant) -> None:
        """Called before `earlier` leaves: `who` is the same client on another connection."""
        if (teller := self.teller(earlier)) is not None:
            self._tellers[who] = teller

    def forget(self, who: Participant) -> None:
        """Called when `who` leaves."""
        self._confirming.discard(who)
        self._waiting.pop(who, None)
        self._tellers.pop(who, None)
        self.absences.forget(who)
        if who.account and not self._participants.of_account(who.account):
            self.absences.forget(who.account)

    def deliver(self, told: Told, by: Participant, to: Participant | None) -> None:
        """Deliver `told`, which `by` has sent, and which is settled; `to` is a guest."""
        if told.id:
            self._last[told.recipient] = told.id
            for device in self._participants.of_account(told.recipient):
                self._give(device, told, by)
        elif to is not None and to in self._participants:
            # Nobody answers a line that they have not read.
            if not self._broadcast.ignoring.ignores_name(to, told.name):
                self._tellers[to] = Teller(told.name, told.sender, by)
            self._broadcast.turn.send_to(told, to)
        sent = told.as_sent() if told.sender or told.recipient else told
        if told.sent_id:
            self._last[told.sender] = told.sent_id
            for device in self._participants.of_account(told.sender):
                if device is not by:
                    self._give(device, sent, by)
        self._broadcast.turn.send_to(sent, by, by)
        recipient = told.recipient or to
        if recipient and (text := self.absences.tell(recipient, person_of(by))):
            self._broadcast.turn.send_to(Away(told.to, text), by)

    def confirms(self, who: Participant) -> None:
        """Called when `who`, perhaps a guest still, has said that they tell what they have read."""
        self._confirming.add(who)

    def begin(self, who: Participant, after: int | None, mark: int) -> None:
        """Send `who`, a new device, its lines above number `after`, and then live.

        None: those above the `mark` of the account that others have sent. A number above the last
        one says only that `who` confirms what they read: they are sent those above the mark, too.
        """
        if who not in self._participants:
            return
        if after is not None:
            self.confirms(who)
        start = mark if after is None or after > self.last(who.account) else after
        if start < self.last(who.account):
            self._waiting[who] = []
            span = Span(start, self.last(who.account), PAGE)
            self._read(who, PrivateQuery(who.account, span, received=after is None))

    def _read(self, who: Participant, query: PrivateQuery) -> None:
        if who in self._waiting and not who.detached:
            self._lookups.read_private(who, query, partial(self._found, who, query))

    def _found(
        self, who: Participant, query: PrivateQuery, page: PrivatePage | UnreadableError
    ) -> None:
        if who not in self._waiting or who.detached:
            return
        if isinstance(page, PrivatePage):
            self._send_page(who, query, page)
        elif who in self._confirming:
            who.listener.unreadable(storage_failure(str(page)))
        else:
            # The lines stay unread, whatever else comes in.
            self._confirming.add(who)
            self._broadcast.turn.send_to(Refused("storage", str(page)), who)
            self._go_live(who)
        self._drain()

    def _send_page(self, who: Participant, query: PrivateQuery, page: PrivatePage) -> None:
        lines = page.lines
        if lines:
            sent = Conversation("", lines, asked=False)
            for event in self._broadcast.ignoring.filtered(who, [sent]):
                self._broadcast.turn.send_to(event, who)
        received = [line for line in lines if isinstance(line, Told) and not line.own]
        if received:
            self._tellers[who] = Teller(received[-1].name, received[-1].sender)
            self._has_read(who, received[-1].id)
        if page.more:
            span = Span(lines[-1].last, query.span.up_to, PAGE)
            after = PrivateQuery(query.account, span, received=query.received)
            self._when_taken(who, partial(self._read, who, after))
        else:
            self._go_live(who)

    def _go_live(self, who: Participant) -> None:
        for line, by in self._waiting.pop(who):
            self._give(who, line, by)

    def _give(self, device: Participant, line: Told, by: Participant) -> None:
        if device in self._waiting:
            self._waiting[device].append((line, by))
            return
        if not line.own:
            self._tellers[device] = Teller(line.name, line.sender, by)
        self._broadcast.turn.send_to(line, device)
        if not line.own:
            self._has_read(device, line.id)

    def _has_read(self, who: Participant, id: int) -> None:
        if who not in self._confirming:
            self._when_taken(who, partial(self._marks.mark, who.account, PRIVATE, id))

    def _when_taken(self, who: Participant, call: Callable[[], None]) -> None:
        """Call `call` once the client has taken what it is sent in this turn."""
        connection = who.connection
        # The first call comes in another turn, when that has been written.
        connection.when_drained(partial(connection.when_drained, call))
