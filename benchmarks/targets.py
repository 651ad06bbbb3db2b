"""The targets of netchat: limits for ratios of medians of the same run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.medians import Cells, value
from benchmarks.scenes import fanout_name

REACHED, MISSED, UNKNOWN = "reached", "MISSED", "not measured"
DIVIDED, LESS, ALONE = "/", "-", ""


@dataclass(frozen=True)
class Target:
    """A limit for the figure `key` of `server` in `scene`, compared with `other` in `other_scene`.

    The figures are divided (`way` DIVIDED) or subtracted (LESS); with ALONE there is no other.
    """

    scene: str
    key: str
    limit: float
    other: str = ""
    at_least: bool = True
    server: str = "netchat"
    other_scene: str = ""
    way: str = DIVIDED

    @property
    def text(self) -> str:
        """The comparison in words."""
        second = self.other
        if self.other_scene:
            second = f"{self.other} in {self.other_scene}"
        what = f"{self.server} {self.way} {second}" if self.way else self.server
        return f"{self.scene}: {self.key} of {what}"

    @property
    def must(self) -> str:
        """The limit in words."""
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def seen(self, cells: Cells) -> float | None:
        """Return the measured value, or None if it was not measured."""
        own = value(cells, self.scene, self.server, self.key)
        if self.way == ALONE or own is None:
            return own
        others = value(cells, self.other_scene or self.scene, self.other, self.key)
        if others is None:
            return None
        if self.way == LESS:
            return own - others
        return own / others if others else None

    def verdict(self, cells: Cells) -> str:
        """Return REACHED, MISSED or UNKNOWN."""
        seen = self.seen(cells)
        if seen is None:
            return UNKNOWN
        good = seen >= self.limit if self.at_least else seen <= self.limit
        return REACHED if good else MISSED


RATE = "deliveries_per_second"
MEMORY = "resident_per_member"
COST = "cpu_per_million_deliveries"
FLAT = 1.1
"""The ratio up to which a cost counts as constant between two scenes."""


def _faster(size: tuple[int, int, int], **limits: float) -> Iterator[Target]:
    for other, limit in limits.items():
        yield Target(fanout_name(*size), RATE, limit, other.replace("_", "-"))


def _latency() -> Iterator[Target]:
    first, last = "first.p50", "last.p50"
    scene = "latency-1000"
    yield Target(scene, first, 1.6, "c-turn", at_least=False)
    yield Target(scene, last, 1.15, "c-turn", at_least=False)
    for peer in ("ngircd", "inspircd", "nats"):
        yield Target(scene, first, 0.25, peer, at_least=False)
        yield Target(scene, last, 0.9, peer, at_least=False)
    for key in ("first.p50", "median.p50", "last.p50"):
        yield Target(scene, key, 1.0, "netchat", at_least=False, server="netchat-sqlite", way=LESS)


def _stored_and_json() -> Iterator[Target]:
    for speakers, outstanding in ((16, 1), (16, 16)):
        scene = fanout_name(1000, speakers, outstanding)
        yield Target(scene, RATE, 0.95, "netchat", server="netchat-sqlite")
        yield Target(scene, RATE, 0.75, "netchat", server="netchat-json")
    yield Target(fanout_name(1000, 1, 1), RATE, 0.75, "netchat", server="netchat-json")
    yield Target(fanout_name(10, 1, 1), RATE, 0.5, "netchat", server="netchat-sqlite")


def _irc() -> Iterator[Target]:
    irc = "netchat-irc"
    yield Target(fanout_name(1000, 16, 16), RATE, 5.0, "ngircd", server=irc)
    for peer in ("ngircd", "inspircd"):
        yield Target(fanout_name(1000, 1, 1), RATE, 1.0, peer, server=irc)


def _others() -> Iterator[Target]:
    for server in ("netchat", "netchat-irc"):
        yield Target("idle", MEMORY, 2048, at_least=False, server=server, way=ALONE)
    yield Target("joins", "last_byte_seconds", 2.0, "c-turn", at_least=False)
    for speakers, outstanding in ((1, 1), (16, 16)):
        scene = f"tls-1000-{speakers}-{outstanding}"
        yield Target(scene, RATE, 1.0, "naive-tls", server="netchat-tls")
    for speakers, outstanding in ((1, 1), (16, 1), (16, 16)):
        scene = f"web-1000-{speakers}-{outstanding}"
        web = "netchat-websocket"
        yield Target(scene, COST, 1.15, "netchat-json", at_least=False, server=web)
    for speakers, outstanding in ((1, 1), (16, 1), (16, 16)):
        small, large = (fanout_name(members, speakers, outstanding) for members in (100, 5000))
        yield Target(large, COST, FLAT, "netchat", at_least=False, other_scene=small)


TARGETS: tuple[Target, ...] = (
    *_faster((1000, 16, 16), c_turn=0.9, ngircd=8, inspircd=8, nats=5),
    *_faster((1000, 16, 1), c_turn=0.85, ngircd=1.5, inspircd=2),
    *_faster((1000, 1, 1), c_message=0.9, ngircd=1.1, inspircd=1.1, words=3.5),
    *_faster((100, 1, 1), c_message=0.9, ngircd=0.95, inspircd=0.95),
    *_faster((10, 1, 1), c_message=0.5),
    *_faster((10, 10, 16), c_turn=0.5),
    *_latency(),
    *_stored_and_json(),
    *_irc(),
    *_others(),
)


def measurable(targets: Iterable[Target], scenes: Iterable[str]) -> list[Target]:
    """Return the targets that can be measured if `scenes` are run."""
    played = set(scenes)
    return [t for t in targets if {t.scene, t.other_scene or t.scene} <= played]
