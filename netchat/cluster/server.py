"""A server of a site: it takes part in the order, shows that it is alive, and buries the dead.

A server that has said nothing for LEASE seconds is buried by another one; all of them drop its
guests at that entry. It can append nothing from there on, and closes its own guests when it reads
of it. They come back elsewhere, and lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from netchat import __version__
from netchat.chat.chat import Chat
from netchat.chat.nobody import Nobody
from netchat.chat.order import Origin, PendingEvent
from netchat.chat.room import Participant
from netchat.chat.site import SitePresence
from netchat.chat.site_view import SiteView
from netchat.cluster.deleted_lines import DeletedLines
from netchat.cluster.entries import Item
from netchat.cluster.erasures import Erasures
from netchat.cluster.order import SiteOrder
from netchat.log.interface import Entry, Log
from netchat.model.disconnects import storage_failure
from netchat.model.events import Event, Refused
from netchat.state.changes import SERVER, Change, Changed, DeleteLines, Forget
from netchat.state.record import Removed
from netchat.state.records import SaltSecret
from netchat.state.site_changes import Bury, StartServer
from netchat.state.site_records import Reached

LEASE = 10.0
"""Seconds of silence after which a server is buried."""
BEAT = LEASE / 4
"""Seconds between two signs of life."""
MAX_UNANSWERED = 30.0
"""Seconds after which the speakers of a batch without an answer are disconnected."""
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
        self._erasures: Erasures
        self._deleted = DeletedLines(chat.journal, log)
        self._running = False
        self._heard: dict[int, tuple[float, int]] = {}
        """When each incarnation was last heard, and at which position of the log."""
        self._trouble = ""
        self._asked = False
        """Whether this server is one of the site, or has asked for it."""
        self._earlier: set[int] = set()
        """Earlier starts of this server that are not known to be buried."""
        self._waits: dict[int, float] = {}
        """Since when each own batch has no answer."""

    def start(self) -> None:
        """Open the log, and take part; the journal is open. Raises LogError."""
        chat = self._chat
        reached = chat.state.find(Reached, "") or Reached(0)
        known = [x for x in chat.journal.records() if not isinstance(x, SaltSecret)]
        is_new = not (known or len(chat.rooms))
        key = reached.incarnation, reached.batch
        if not reached.position:
            lines = sum(room.last for room in chat.rooms)
            key = (0, 0) if is_new else (chat.state.number, lines)
        opened = self._log.open("" if is_new else chat.journal.id, reached.position, key)
        if is_new:
            chat.journal.take_id(opened.site)
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
        self._erasures = Erasures(self._log, opened.incarnation)
        self._order.site = self
        chat.server.connection = _OtherServers(self._fail)
        self._order.start(opened.incarnation)
        self._running = True
        self._earlier = {
            x.incarnation for x in chat.state.site.servers.values() if x.name == self._name
        }
        self._take_part()
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
        self._heard[incarnation] = self._clock.seconds(), position
        self._view.heard(position)

    def passed(self, entry: Entry, items: Sequence[Item]) -> None:
        """Called when `entry`, with these `items`, is in the journal."""
        for item in items:
            if isinstance(item.event, Change) and isinstance(item.event.what, Bury):
                self._earlier.discard(item.event.what.incarnation)
        self._erasures.passed(entry, items, self._clock.seconds())
        if any(_deletes(item.event) for item in items) and self._view.leads:
            self._deleted.sweep_soon()

    def ended(self, why: str) -> None:
        """Disconnect all guests: this server can take no further part in the site."""
        self._running = False
        self._end(why)

    def _fail(self) -> None:
        self._chat.forget_settled()
        self._order.fail()

    def _take_part(self) -> None:
        """Ask to be one of the servers of the site, and for the end of earlier starts of this one.

        Such a start may be alive after all: a second server that was given the same name.
        """
        self._asked = True
        self._bury_earlier()
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
        self._earlier.update(int(server.key) for server in removed)
        self._bury_earlier()

    def _bury_earlier(self) -> None:
        for incarnation in self._earlier:
            gone = Change(Bury(incarnation), SERVER, self._chat.time())
            self._order.bury(incarnation, gone, None)

    def _beat(self) -> None:
        if not self._running:
            return
        self._clock.callLater(BEAT, self._beat)
        self._close_unanswered()
        self._report()
        if self._log.trouble:
            self._order.settle_free()
            return
        if not self._asked:
            self._take_part()
        self._bury_earlier()
        self._presence.retry()
        self._erasures.sweep(self._chat.state.site.servers, self._clock.seconds())
        if self._view.leads:
            self._deleted.sweep()
        self._order.beat()
        self._bury_silent()

    def _report(self) -> None:
        """Warn once if the log cannot be reached, and once if it can again."""
        before, self._trouble = self._trouble, self._log.trouble
        if before != self._trouble:
            self._warn(self._trouble or "The log can be reached again.")

    def _bury_silent(self) -> None:
        """Bury those who are silent, if this server hears what is new itself."""
        now, own = self._clock.seconds(), self._presence.incarnation
        if now - self._heard.get(own, (0.0, 0))[0] > LEASE / 2:
            return
        for incarnation in self._chat.state.site.servers:
            # What it has said before this server looked at it for the first time does not count.
            first = now, self._view.position
            seen, position = self._heard.setdefault(incarnation, first)
            if incarnation != own and now - seen > LEASE:
                self._heard[incarnation] = now, position
                gone = Change(Bury(incarnation), SERVER, self._chat.time())
                self._order.bury(incarnation, gone, position)

    def _close_unanswered(self) -> None:
        """Disconnect those who wait for too long: their clients send the line again."""
        now, batches = self._clock.seconds(), self._log.unanswered
        self._waits = {batch: self._waits.get(batch, now) for batch in batches}
        late = {batch for batch, since in self._waits.items() if now - since > MAX_UNANSWERED}
        for who in self._order.speakers(late):
            who.listener.unanswered(storage_failure(_UNANSWERED))


class _OtherServers(Nobody):
    """The connection of whom another server speaks for; `failed` ends all of them."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self._failed = failed

    def fail(self) -> None:
        """End this server, and re-raise the exception that is being handled."""
        self._failed()
        super().fail()


def _deletes(event: Event) -> bool:
    return isinstance(event, Change) and isinstance(event.what, DeleteLines | Forget)
