"""A server of a site: it takes part in the order, shows that it is alive, and buries the dead.

A server that has said nothing for LEASE seconds is buried by another one; all of them drop its
guests at that entry. It can append nothing from there on, and closes its own guests when it reads
of it. They come back elsewhere, and lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from netchat import __version__
from netchat.chat.chat import Chat
from netchat.chat.order import Origin, PendingEvent
from netchat.chat.room import Participant
from netchat.chat.site import SitePresence
from netchat.chat.site_view import SiteView
from netchat.cluster.burials import LEASE, Burials
from netchat.cluster.deleted_lines import DeletedLineEraser, delete_any
from netchat.cluster.entries import Item
from netchat.cluster.guest_lines import GuestLineEraser
from netchat.cluster.order import SiteOrder
from netchat.cluster.other_servers import OtherServers
from netchat.log.interface import Entry, Log
from netchat.model.disconnects import storage_failure
from netchat.model.events import Refused
from netchat.state.changes import SERVER, Change, Changed
from netchat.state.record import Removed
from netchat.state.records import SaltSecret
from netchat.state.site_changes import Reach, StartServer
from netchat.state.site_records import Reached

BEAT = LEASE / 4
"""Seconds between two signs of life."""
MAX_UNANSWERED = 30.0
"""Seconds after which the speakers of a batch without an answer are disconnected."""
_REPLACED = (
    "Another server of the site was started with the name of this one; give each its own "
    "--cluster-name."
)
_UNANSWERED = "It is not known whether your line was stored; it is said once if you send it again."


class Clock(Protocol):
    """A clock that is never set back, with timers."""

    def seconds(self) -> float:
        """Return the time, in seconds."""

    def callLater(self, delay: float, call: Callable[[], None]) -> object:
        """Call `call` after `delay` seconds."""


class SiteServer:
    """The server called `name`, which guests of other servers reach at `addresses`.

    `order` is that of `chat`, and `log` the one below it. `end` is called with a sentence if the
    server can take no further part.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        chat: Chat,
        order: SiteOrder,
        log: Log,
        clock: Clock,
        *,
        name: str,
        addresses: Sequence[str] = (),
        end: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._chat = chat
        self._order = order
        self._log = log
        self._clock = clock
        self._name = name
        self._addresses = tuple(addresses)
        self._end = end
        self._warn = warn
        self._presence: SitePresence
        self._view: SiteView
        self._guest_lines: GuestLineEraser
        self._burials: Burials
        self._deleted_lines = DeletedLineEraser(chat.journal, log)
        self._running = False
        self._trouble = ""
        self._asked = False
        """Whether this server is one of the site, or has asked for it."""
        self._waits: dict[int, float] = {}
        """Since when each own batch has no answer."""

    def start(self) -> None:
        """Open the log, and take part; the journal is open. Raises LogError."""
        chat = self._chat
        marked = chat.state.find(Reached, "")
        reached = marked or Reached(0)
        known = [x for x in chat.journal.records() if not isinstance(x, SaltSecret)]
        is_new = not (known or len(chat.rooms))
        key = reached.incarnation, reached.batch
        if not marked:
            lines = sum(room.last for room in chat.rooms)
            key = (0, 0) if is_new else (chat.state.number, lines)
        opened = self._log.open("" if is_new else chat.journal.id, reached.position, key)
        if is_new:
            chat.journal.take_id(opened.site)
        if not marked:
            # From here on only the log changes this journal, even if no entry is ever heard.
            chat.journal.append([Change(Reach(0, *key), SERVER, 0)], lambda _: None)
        for warning in opened.warnings:
            self._warn(warning)
        self._view = SiteView(
            chat,
            opened.incarnation,
            reached.position,
            self._clock.seconds,
            lambda: self._log.trouble,
        )
        self._presence = SitePresence(chat, self._view)
        self._presence.open()
        chat.presence, chat.change_effects.observe = self._presence, self._presence.apply
        self._guest_lines = GuestLineEraser(self._log, opened.incarnation)
        self._burials = Burials(chat, self._order, self._log, opened.incarnation)
        self._order.site = self
        chat.server.connection = OtherServers(self._fail)
        self._order.start(opened.incarnation)
        chat.effects.observers.append(self._changed)
        self._running = True
        servers = chat.state.site.servers.values()
        self._take_part(x.incarnation for x in servers if x.name == self._name)
        self._clock.callLater(BEAT, self._beat)

    def stop(self) -> None:
        """Watch over the others no more."""
        self._running = False

    def number_of(self, who: Participant) -> int:
        """Return the number of the guest `who` of this server; 0: they are none."""
        return self._presence.number_of(who)

    def hear(self, incarnation: int, items: Sequence[Item]) -> None:
        """Apply what the server of `incarnation` has caused, which is settled."""
        server = self._chat.server
        self._chat.hear(
            [
                PendingEvent(
                    item.event,
                    server,
                    Origin(partial(self._presence.find, incarnation, item.number)),
                    0,
                )
                for item in items
            ]
        )

    def heard(self, incarnation: int, position: int) -> None:
        """Called when the entry of `incarnation` at `position` is heard: it is alive."""
        self._burials.heard(incarnation, position, self._clock.seconds())
        self._view.heard(position)

    def passed(self, entry: Entry, items: Sequence[Item]) -> None:
        """Called when `entry`, with these `items`, is in the journal."""
        self._burials.passed(items)
        self._guest_lines.passed(entry, items, self._clock.seconds())
        if delete_any(items) and self._view.leads:
            self._deleted_lines.sweep_soon()

    def ended(self, why: str) -> None:
        """Disconnect all guests: this server can take no further part in the site."""
        self._running = False
        self._end(why)

    def _changed(self, changed: Changed) -> None:
        what, own = changed.change.what, self._presence.incarnation
        if isinstance(what, StartServer) and Removed("server", str(own)) in changed.updates:
            self._order.end(_REPLACED)

    def _fail(self) -> None:
        self._chat.forget_settled()
        self._order.fail()

    def _take_part(self, earlier: Iterable[int] = ()) -> None:
        """Ask to be one of the servers of the site, and for the end of `earlier` starts."""
        self._asked = True
        self._burials.bury_earlier(earlier)
        start = StartServer(
            self._presence.incarnation,
            self._name,
            self._addresses,
            self._chat.state.salt_secret,
            __version__,
        )
        self._chat.submit(
            Change(start, SERVER, self._chat.time()), self._chat.server, self._taken_part
        )

    def _taken_part(self, result: Changed | Refused) -> None:
        if isinstance(result, Refused):
            self._asked = False
            return
        # Those of which the journal of this server did not know yet.
        removed = [x for x in result.updates if isinstance(x, Removed) and x.kind == "server"]
        self._burials.bury_earlier(int(server.key) for server in removed)

    def _beat(self) -> None:
        if not self._running:
            return
        self._clock.callLater(BEAT, self._beat)
        self._close_unanswered()
        self._report()
        if self._log.trouble:
            # If it can be reached, this tells when it takes something again.
            self._order.beat()
            self._order.settle_free()
            return
        if not self._asked:
            self._take_part()
        self._burials.bury_earlier()
        self._presence.retry()
        self._guest_lines.sweep(self._chat.state.site.servers, self._clock.seconds())
        if self._view.leads:
            self._deleted_lines.sweep()
        self._order.beat()
        self._burials.bury_silent(self._clock.seconds(), self._view.position)

    def _report(self) -> None:
        """Warn once if the log is in trouble, and once when it is not any more."""
        before, self._trouble = self._trouble, self._log.trouble
        if before != self._trouble:
            self._warn(self._trouble or "The log takes what is said again.")

    def _close_unanswered(self) -> None:
        """Disconnect those who wait for too long: their clients send the line again."""
        now, batches = self._clock.seconds(), self._log.unanswered
        self._waits = {batch: self._waits.get(batch, now) for batch in batches}
        late = {batch for batch, since in self._waits.items() if now - since > MAX_UNANSWERED}
        for who in self._order.speakers(late):
            who.listener.unanswered(storage_failure(_UNANSWERED))
