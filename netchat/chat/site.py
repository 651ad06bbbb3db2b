"""How participants come, go and take names where several servers share the order.

All of it is a change in the order (`netchat.state.site_rules`): the first claim of a name wins,
whichever server it comes from, and every server sees everybody. Those on other servers are
RemoteParticipants here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.presence import Registered, Site, add
from netchat.chat.remote import RemoteParticipant
from netchat.chat.room import Participant, Room, without
from netchat.model.events import Joined, Left, Refused, Renamed
from netchat.state.changes import SERVER, Change, Changed, What
from netchat.state.record import Removed
from netchat.state.site_changes import Arrive, Bury, Depart, Enter, Exit, TakeName
from netchat.state.site_records import Presence, presence_key

Settled = Callable[[Changed | Refused], None]


class SitePresence:
    """The presence of the participants of `chat`, which is that of a server of the `site`."""

    def __init__(self, chat: Chat, site: Site) -> None:
        self.site = site
        self.incarnation = site.incarnation
        self._chat = chat
        self._last = 0
        self._numbers: dict[Participant, int] = {}
        """The numbers of those on this server, also while they are still about to get a name."""
        self._here: dict[str, Participant] = {}
        """Everybody who is on a server of the site, by the key of their presence."""
        self._leaving: set[Participant] = set()
        """Those who have left while the log could not be reached."""

    def number_of(self, who: Participant) -> int:
        """Return the number of `who` on this server; 0: they are no guest of it."""
        return self._numbers.get(who, 0)

    def find(self, incarnation: int, number: int) -> Participant | None:
        """Return the participant with this `number` on the server of `incarnation`, or None."""
        return self._here.get(presence_key(incarnation, number))

    def open(self) -> None:
        """Show those who were on the site according to the journal."""
        for presence in sorted(self._chat.state.all(Presence), key=_by_age):
            self._show(presence)

    def register(
        self, who: Participant, agent: str, earlier: Iterable[Participant], then: Registered
    ) -> None:
        """Ask for the name of `who`; `then` is called once that is settled."""
        self._last += 1
        self._numbers[who] = self._last
        host = who.connection.host
        what = Arrive(
            self.incarnation,
            self._last,
            who.name,
            who.account,
            who.client,
            agent,
            who.connection.door,
            "" if host is None else str(host),
        )

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Refused):
                self._numbers.pop(who, None)
                then(result)
            else:
                then(None)

        self._ask(what, who, settled)

    def depart(self, who: Participant) -> None:
        """Free the name for the guests of this server, and ask for the end of the presence."""
        who.requested_rooms = ()
        if who in self._chat.participants:
            self._chat.participants.remove(who)

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Refused) and result.code == "storage":
                self._leaving.add(who)

        self._ask(Depart(self.incarnation, self._numbers[who]), who, settled)

    def retry(self) -> None:
        """Ask again for the end of those who have left while the log could not be reached."""
        leaving, self._leaving = self._leaving, set()
        for who in leaving:
            self.depart(who)

    def enter(self, who: Participant, room: Room, start: Start | None) -> None:
        """Ask for it; if it is refused, `who` is not in `room`, and reads why."""

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Changed):
                self._chat.membership.join(who, Joined(room.name, (who.name,)), start)
                return
            if room in who.requested_rooms:
                who.requested_rooms = without(who.requested_rooms, room)
            self._chat.membership.vacate(room)
            if start is not None:
                self._chat.end_lookup(who)
            self._chat.deliver(result, who)

        self._ask(Enter(self.incarnation, self._numbers[who], room.name), who, settled)

    def may_have_past(self, room: Room) -> bool:
        """Return True: a line of another server may come before what is submitted now."""
        return True

    def exit(self, who: Participant, room: Room) -> None:
        """Ask for it; nobody else lets a guest of another server leave."""
        if who not in self._numbers:
            return
        who.requested_rooms = without(who.requested_rooms, room)

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Changed):
                self._chat.membership.leave(who, Left(room.name, (who.name,)))
            elif result.code and who in self._chat.participants:
                who.requested_rooms += (room,)
                self._chat.deliver(result, who)

        self._ask(Exit(self.incarnation, self._numbers[who], room.name), who, settled)

    def rename(self, who: Participant, name: str) -> None:
        """Ask for the name; until that is settled, nothing more is read from `who`."""
        self._chat.begin_lookup(who)

        def settled(result: Changed | Refused) -> None:
            self._chat.end_lookup(who)
            if isinstance(result, Refused):
                self._chat.deliver(result, who)

        self._ask(TakeName(self.incarnation, self._numbers[who], name), who, settled)

    def apply(self, changed: Changed, by: Participant) -> None:
        """Apply `changed`, which is in the chat's state already, and which `by` has caused."""
        what = changed.change.what
        match what:
            case Arrive():
                self._arrive(changed, by)
            case Enter() if by not in self._numbers:
                self._enter(by, what.room)
            case Exit() if by not in self._numbers:
                self._exit(by, what.room)
            case TakeName():
                self._rename(by, what.name)
            case Bury() if what.incarnation == self.incarnation:
                # All of them are about to be disconnected, and need not be told of each other.
                return
            case _:
                for update in changed.updates:
                    if isinstance(update, Removed) and update.kind == "presence":
                        self._remove(update.key)

    def _ask(self, what: What, who: Participant, then: Settled) -> None:
        self._chat.submit(Change(what, SERVER, self._chat.time()), who, then)

    def _arrive(self, changed: Changed, by: Participant) -> None:
        for update in changed.updates:
            if not isinstance(update, Presence):
                continue
            if not update.holds:
                self._replace(self._here[update.key])
                continue
            if by in self._numbers:
                by.name, by.account = update.name, update.account
                self._here[update.key] = by
                add(self._chat.participants, by, update.agent)
            else:
                self._show(update)

    def _replace(self, earlier: Participant) -> None:
        if not earlier.is_remote:
            earlier.listener.replaced()
        if earlier in self._chat.participants:
            self._chat.participants.remove(earlier)

    def _show(self, presence: Presence) -> None:
        """Show somebody who is on another server."""
        who = self._here[presence.key] = RemoteParticipant(presence)
        if presence.holds:
            add(self._chat.participants, who, presence.agent)
        for room in presence.rooms:
            self._enter(who, room)

    def _enter(self, who: Participant, name: str) -> None:
        room = self._chat.get_or_create_room(name)
        self._chat.occupy(room)
        who.requested_rooms += (room,)
        self._chat.membership.join(who, Joined(room.name, (who.name,)), None)

    def _exit(self, who: Participant, name: str) -> None:
        room = self._chat.membership.find(name)
        who.requested_rooms = without(who.requested_rooms, room)
        self._chat.membership.leave(who, Left(room.name, (who.name,)))

    def _rename(self, who: Participant, name: str) -> None:
        before = who.name
        if who in self._chat.participants:
            self._chat.participants.rename(who, name)
        else:
            who.name = name  # They are about to leave.
        self._chat.membership.rename(Renamed(before, name), (who,), who)

    def _remove(self, key: str) -> None:
        who = self._here.pop(key)
        self._numbers.pop(who, None)
        who.requested_rooms = ()
        if who in self._chat.participants:
            self._chat.participants.remove(who)
        for room in who.confirmed_rooms:
            self._chat.membership.leave(who, Left(room.name, (who.name,)))
        if who.account:
            self._chat.participants.settled(who)
        if who.is_remote:
            self._chat.forget(who)


def _by_age(presence: Presence) -> tuple[float, int, int]:
    return presence.since, presence.incarnation, presence.number
