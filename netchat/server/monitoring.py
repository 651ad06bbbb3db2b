"""The metrics of one server: what measures, what collects, and the site that shows it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from netchat.doors.metrics.endpoint import with_interface
from netchat.doors.metrics.figures import collect_figures
from netchat.doors.metrics.site import MetricsSite
from netchat.observability.measured_journal import MeasuredJournal
from netchat.observability.metrics import Metrics

if TYPE_CHECKING:
    from netchat.doors.line.factory import LineFactory
    from netchat.journal.interface import Journal


class Monitoring:
    """Measures `journal`; `clock` is the reactor, whose seconds are never set."""

    def __init__(self, clock: Any, journal: Journal) -> None:
        self._clock = clock
        self._metrics = Metrics()
        self.journal = MeasuredJournal(
            journal,
            seconds=clock.seconds,
            append_seconds=self._metrics.append_seconds,
            turn_seconds=self._metrics.turn_seconds,
        )
        """The journal that the chat is to use."""

    def sites(self, endpoint: str, factory: LineFactory) -> dict[str, MetricsSite]:
        """Return the site for the server of `factory`, by the endpoint to listen on."""
        self._metrics.figures = partial(
            collect_figures, factory.chat, factory.connections, self.journal
        )

        def unready() -> str:
            draining = factory.connections.draining
            return factory.chat.trouble or (draining.message if draining else "")

        site = MetricsSite(self._metrics, unready, self._clock)
        return {with_interface(endpoint): site}
