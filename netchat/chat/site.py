"""How participants come, go and take names where several servers share the order.

All of it is a change in the order (`netchat.state.site_rules`): the first claim of a name wins,
whichever server it comes from, and every server sees everybody. Those on other servers are
RemoteParticipants here.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from netchat.chat.chat import Chat
from netchat.chat.presence import Registered, Site, add
from netchat.chat.remote import RemoteParticipant
from netchat.chat.results import Entry
from netchat.chat.room import Participant, Room, without
from netchat.chat.site_people import SitePeople
from netchat.model.events import Joined, Left, Refused, Renamed
from netchat.state.changes import SERVER, Change, Changed
from netchat.state.record import Removed
from netchat.state.site_changes import (
    Arrive,
    Depart,
    EndSession,
    Enter,
    Exit,
    SetAway,
    TakeName,
)
from netchat.state.site_records import Presence


class SitePresence(SitePeople):
    """The presence of the participants of `chat`, which is that of a server of the `site`."""

    def __init__(self, chat: Chat, site: Site) -> None:
        super().__init__(chat, site.incarnation)
        self.site = site
        self._last = 0
        self._occupied: dict[Participant, list[Room]] = {}
        """The rooms that each of them has entered, and has not left."""
        self._leaving: set[Participant] = set()
        """Those who have left while the log could not be reached."""

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
            self.site.figures.position,
            who.is_quiet,
        )

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Refused):
                self._numbers.pop(who, None)
                then(result)
            else:
                self._end_if_banned(who)
                then(None)

        self._ask(what, who, settled)

    def depart(self, who: Participant, message: str = "") -> None:
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

    def enter(self, who: Participant, room: Room, entry: Entry) -> None:
        """Ask for it; if it is refused, `who` is not in `room`, and reads why."""

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Changed):
                self._join(who, self._respell(room, result), self._settled(entry, result))
                return
            if room in who.requested_rooms:
                who.requested_rooms = without(who.requested_rooms, room)
            self._chat.membership.vacate(room)
            if entry.start is not None:
                self._chat.end_lookup(who)
            if result.code:
                self._chat.deliver(replace(result, nonce=entry.nonce), who)

        what = Enter(self.incarnation, self._numbers[who], room.name, entry.founds)
        self._chat.submit(Change(what, SERVER, entry.time), who, settled)

    def may_have_past(self, room: Room) -> bool:
        """Return True: a line of another server may come before what is submitted now."""
        return True

    def exit(self, who: Participant, room: Room, nonce: str = "", message: str = "") -> None:
        """Ask for it; nobody else lets a guest of another server leave."""
        if who not in self._numbers:
            return
        who.requested_rooms = without(who.requested_rooms, room)

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Changed):
                self._leave(who, room, message)
            elif result.code and who in self._chat.participants:
                who.requested_rooms += (room,)
                self._chat.deliver(replace(result, nonce=nonce), who)

        self._ask(Exit(self.incarnation, self._numbers[who], room.name), who, settled)

    def rename(self, who: Participant, name: str, nonce: str = "") -> None:
        """Ask for the name; until that is settled, nothing more is read from `who`."""

        def settled(result: Changed | Refused) -> None:
            if isinstance(result, Changed):
                self._end_if_banned(who)
            elif result.code:
                self._chat.deliver(replace(result, nonce=nonce), who)

        self._ask(TakeName(self.incarnation, self._numbers[who], name), who, settled)

    def apply(self, changed: Changed, by: Participant) -> None:
        """Apply `changed`, which is in the chat's state already, and which `by` has caused."""
        what = changed.change.what
        match what:
            case Arrive():
                self._arrive(changed, by)
            case Enter() if by not in self._numbers:
                self._enter(by, self._settled(Entry(what.room, changed.change.time), changed))
            case Exit() if by not in self._numbers:
                self._exit(by, what.room)
            case TakeName():
                self._rename(by, what.name)
            case SetAway():
                self._update_absence(by)
            case EndSession():
                self._end_session(what, changed.change.by)
            case _:
                self._remove_those(changed)

    def _remove_those(self, changed: Changed) -> None:
        if Removed("server", str(self.incarnation)) in changed.updates:
            return  # All of them are about to be disconnected, and are not told of each other.
        for update in changed.updates:
            if isinstance(update, Removed) and update.kind == "presence":
                self._remove(update.key)

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
                self._update_absence(by)
            else:
                self._show(update)

    def _replace(self, earlier: Participant) -> None:
        """Let somebody leave their rooms, because the same client has come back elsewhere."""
        if not earlier.is_remote:
            earlier.listener.replaced()
        earlier.requested_rooms = ()
        if earlier in self._chat.participants:
            self._chat.participants.remove(earlier)
        self._leave_all(earlier)

    def _show(self, presence: Presence) -> None:
        """Show somebody who is on another server."""
        who = self._here[presence.key] = RemoteParticipant(presence, self._chat.time)
        owners = self._chat.state.owners.holders(presence.name)
        # A guest whose name is owned now is about to leave, and the owner may be here.
        if presence.holds and (presence.account or not any(owners)):
            add(self._chat.participants, who, presence.agent)
            self._update_absence(who)
        for room in presence.rooms:
            self._enter(who, Entry(room, presence.since, founds=room in presence.founded))

    def _enter(self, who: Participant, entry: Entry) -> None:
        name = entry.written
        room = self._chat.get_or_create_room(name)
        if room.name != name:
            self._chat.respell_room(room, name)
        self._chat.occupy(room)
        who.requested_rooms += (room,)
        self._join(who, room, entry)

    def _join(self, who: Participant, room: Room, entry: Entry) -> None:
        self._occupied.setdefault(who, []).append(room)
        self._chat.membership.join(who, Joined(room.name, (who.name,)), entry)

    def _respell(self, room: Room, changed: Changed) -> Room:
        """Return `room`, written as the servers agree; a guest of another may have made it."""
        what = changed.change.what
        assert isinstance(what, Enter)
        if room.name != what.room:
            self._chat.respell_room(room, what.room)
        return room

    def _exit(self, who: Participant, name: str) -> None:
        room = self._chat.membership.find(name)
        if room in who.requested_rooms:
            who.requested_rooms = without(who.requested_rooms, room)
        self._leave(who, room)

    def _leave(self, who: Participant, room: Room, message: str = "") -> None:
        self._occupied[who].remove(room)
        self._tell_left(who, Left(room.name, (who.name,), message=message))

    def _leave_all(self, who: Participant) -> None:
        for room in self._occupied.pop(who, ()):
            self._tell_left(who, Left(room.name, (who.name,), gone=True))

    def _tell_left(self, who: Participant, left: Left) -> None:
        self._chat.membership.leave(who, left)
        if self.site.leads:
            self._chat.forget_founder(left.room)

    def _rename(self, who: Participant, name: str) -> None:
        before = who.name
        if who in self._chat.participants:
            self._chat.participants.rename(who, name)
        else:
            who.name = name  # They are about to leave.
        for room in who.confirmed_rooms:
            if room.slow_mode is not None:
                room.slow_mode.rename(before, name)
        self._chat.membership.rename(Renamed(before, name), (who,), who)

    def _remove(self, key: str) -> None:
        who = self._here.pop(key)
        self._numbers.pop(who, None)
        who.requested_rooms = ()
        if who in self._chat.participants:
            self._chat.participants.remove(who)
        self._leave_all(who)
        if who.account:
            self._chat.participants.settled(who)
        if who.is_remote:
            self._chat.forget(who)
        self._update_absence(who)


def _by_age(presence: Presence) -> tuple[float, int, int]:
    return presence.since, presence.incarnation, presence.number
