"""The metrics in the format of Prometheus (prometheus.io/docs/concepts/metric_types).

The server counts in plain integers; they become samples only when a monitoring system asks. There
is no label with the name of a room or a guest: their number has no bound, and names are private.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from netchat import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.core import Metric

DOORS = ("tcp", "tls", "unix", "proxy", "web", "ssh")
DIALECTS = ("text", "jsonl", "irc")
SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
"""The buckets of the histograms, in seconds."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a server counts, at one moment."""

    guests: Mapping[tuple[str, str], int]
    """The guests, by door and dialect."""
    nameless: int
    """The connections without a name."""
    guests_behind: int
    """The guests with something in their send queue."""
    send_queue_bytes: int
    longest_send_queue_bytes: int
    unsettled: int
    """The events that the journal has not settled."""
    rooms: int
    """The rooms with guests in them."""
    rooms_known: int
    lines: int
    """The lines that have ever been said in the journal's rooms."""
    storing: bool
    """Whether lines can be stored."""
    logins: int
    wrong_passwords: int
    requests_refused: Mapping[str, int]
    connections_refused: Mapping[str, int]
    disconnects: Mapping[str, int]
    site: Mapping[str, float] | None = None
    """What is in _SITE; None: the server shares its log with no other."""


_COUNTS = (
    ("lines", "Lines said in the rooms of the journal since it was made"),
    ("logins", "Guests who have logged in"),
    ("wrong_passwords", "Wrong passwords"),
)
_GAUGES = (
    ("nameless", "connections_nameless", "Connections that have not given a name"),
    ("guests_behind", "guests_behind", "Guests who have not read everything sent to them"),
    ("send_queue_bytes", "send_queue_bytes", "Bytes in all send queues"),
    ("longest_send_queue_bytes", "send_queue_longest_bytes", "Bytes in the longest send queue"),
    ("unsettled", "events_unsettled", "Events that the journal has not stored yet"),
    ("rooms", "rooms", "Rooms with guests in them"),
    ("rooms_known", "rooms_known", "Rooms with guests, lines or a topic"),
)
_SITE = (
    ("servers", "Servers of the site that are running"),
    ("log_position", "How many entries of the site's log this server has heard"),
    ("log_silence_seconds", "Time since the last entry of the site's log was heard"),
    ("log_trouble", "1 if the site's log cannot be reached or takes nothing, else 0"),
)
_LABELLED = (
    ("requests_refused", "code", "Requests answered with an error, by its code"),
    ("connections_refused", "reason", "Connections that were not admitted, by reason"),
    ("disconnects", "reason", "Connections that the server closed, by reason"),
)


class Metrics(Collector):
    """The metrics of one server; `figures` returns what it counts, when they are read."""

    def __init__(self) -> None:
        self.figures: Callable[[], Figures] | None = None
        self._registry = CollectorRegistry()
        self.append_seconds = Histogram(
            "netchat_append_seconds",
            "Time from the end of the turn in which lines were said to when they are stored",
            buckets=SECONDS,
            registry=self._registry,
        )
        self.turn_seconds = Histogram(
            "netchat_turn_seconds",
            "Time to apply the events of a turn and to send them to everybody",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics and their content type, in a format that `accept` allows."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics that are made of `figures`."""
        info = GaugeMetricFamily("netchat_info", "The version of the server", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        if self.figures is None:
            return
        figures = self.figures()
        guests = GaugeMetricFamily(
            "netchat_guests", "Guests, by door and dialect", labels=["door", "dialect"]
        )
        for door in DOORS:
            for dialect in DIALECTS:
                guests.add_metric([door, dialect], figures.guests.get((door, dialect), 0))
        yield guests
        for field, name, help in _GAUGES:
            yield GaugeMetricFamily(f"netchat_{name}", help, getattr(figures, field))
        yield GaugeMetricFamily(
            "netchat_storage_trouble", "1 if lines cannot be stored, else 0", not figures.storing
        )
        if figures.site is not None:
            for field, help in _SITE:
                yield GaugeMetricFamily(f"netchat_site_{field}", help, figures.site[field])
        for field, help in _COUNTS:
            yield CounterMetricFamily(f"netchat_{field}", help, getattr(figures, field))
        for field, label, help in _LABELLED:
            family = CounterMetricFamily(f"netchat_{field}", help, labels=[label])
            for value, count in getattr(figures, field).items():
                family.add_metric([value], count)
            yield family
