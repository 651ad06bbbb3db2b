"""Who is on a site, on this server and on others, and what can be asked of all of them alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netchat.chat.away import person_of
from netchat.chat.chat import Chat
from netchat.chat.enforcement import login_refusal
from netchat.chat.presence import SetAbsence
from netchat.chat.remote import RemoteConnection
from netchat.chat.results import Entry
from netchat.chat.room import Participant
from netchat.model.disconnects import ENDED_BY_OPERATOR, SESSION_ENDED
from netchat.model.events import Closing, Refused
from netchat.model.person_news import AwayChanged
from netchat.state.changes import SERVER, Actor, Change, Changed, What
from netchat.state.site_changes import EndSession, Enter, SetAway
from netchat.state.site_records import presence_key

Settled = Callable[[Changed | Refused], None]


class SitePeople:
    """The participants of `chat`, on the server of an `incarnation` and on the others."""

    def __init__(self, chat: Chat, incarnation: int) -> None:
        self.incarnation = incarnation
        self._chat = chat
        self._numbers: dict[Participant, int] = {}
        """The numbers of those on this server, also while they are still about to get a name."""
        self._here: dict[str, Participant] = {}
        """Everybody who is on a server of the site, by the key of their presence."""

    @property
    def has_caught_up(self) -> bool:
        """Whether this server has read its own start, and so whatever was before that."""
        return self.incarnation in self._chat.state.site.servers

    def number_of(self, who: Participant) -> int:
        """Return the number of `who` on this server; 0: they are no guest of it."""
        return self._numbers.get(who, 0)

    def find(self, incarnation: int, number: int) -> Participant | None:
        """Return who has caused an event: `number` on the server of `incarnation`, or None."""
        who = self._here.get(presence_key(incarnation, number))
        if who is not None and isinstance(who.connection, RemoteConnection):
            who.connection.heard()
        return who

    def set_away(self, who: Participant, text: str, answer: SetAbsence) -> None:
        """Ask for it; every server knows who is away."""

        def settled(result: Changed | Refused) -> None:
            self._chat.deliver(result if isinstance(result, Refused) else answer(text), who)

        self._ask(SetAway(self.incarnation, self._numbers[who], text), who, settled)

    def guest_key(self, who: Participant) -> str:
        """Return the key of the presence of `who`."""
        return presence_key(*self._place(who))

    def find_guest(self, key: str) -> Participant | None:
        """Return who has the presence with this `key`, or None."""
        return self._here.get(key)

    def end_session(self, who: Participant, by: Actor, closing: Closing) -> None:
        """End it, or ask for its end if it is on another server."""
        if not isinstance(who.connection, RemoteConnection):
            who.listener.ended(closing)
            return
        end = EndSession(*self._place(who))
        self._chat.submit(Change(end, by, self._chat.time()), self._chat.server, lambda _: None)

    def device_id(self, who: Participant) -> str:
        """Return the incarnation and the number of `who`, which no other device ever has."""
        incarnation, number = self._place(who)
        return f"{incarnation}.{number}"

    @property
    def other_servers(self) -> tuple[str, ...]:
        """The addresses of the servers that are running, and do not send their guests away."""
        servers = self._chat.state.site.servers.values()
        return tuple(
            address
            for server in servers
            if server.incarnation != self.incarnation and not server.draining
            for address in server.addresses
        )

    def _settled(self, entry: Entry, changed: Changed) -> Entry:
        """Return `entry` with whether they have made the room, as all servers agree."""
        what, site = changed.change.what, self._chat.state.site
        assert isinstance(what, Enter)
        presence = site.find(what.incarnation, what.number)
        founds = presence is not None and what.room in presence.founded
        return replace(entry, founds=founds)

    def _ask(self, what: What, who: Participant, then: Settled) -> None:
        self._chat.submit(Change(what, SERVER, self._chat.time()), who, then)

    def _place(self, who: Participant) -> tuple[int, int]:
        """Return the incarnation of the server of `who`, and their number there."""
        if isinstance(who.connection, RemoteConnection):
            return who.connection.incarnation, who.connection.number
        return self.incarnation, self._numbers[who]

    def _end_if_banned(self, who: Participant) -> None:
        """End `who`, who has got a name, if a ban has come before that in the order.

        Nobody of that name was here when the ban was applied.
        """
        state, host = self._chat.state, who.connection.host
        refusal = login_refusal(state, self._chat.time(), who.name, who.account, host)
        if isinstance(refusal, Closing):
            who.listener.ended(refusal)

    def _end_session(self, what: EndSession, by: Actor) -> None:
        who = self._here.get(presence_key(what.incarnation, what.number))
        if who is not None and not who.is_remote:
            who.listener.ended(SESSION_ENDED if by.account else ENDED_BY_OPERATOR)

    def _update_absence(self, who: Participant) -> None:
        """Let `who` be away or back, as the devices of their account are, or as the guest is."""
        site, absences = self._chat.state.site, self._chat.private.absences
        if who.account:
            some = site.of_account(who.account, who.name)
        else:
            some = [one for one in site.holders(who.name) if self._here.get(one.key) is who]
        text = next((one.away for one in some), "")
        if absences.find(person_of(who)) != text:
            absences.set(person_of(who), text)
            if who.is_remote:
                self._chat.membership.tell_company(who, AwayChanged(who.name, text))
