"""A site in memory: several servers that share a log, and one clock."""

from __future__ import annotations

from functools import partial

from twisted.internet.testing import MemoryReactorClock

from netchat.cluster.order import SiteOrder
from netchat.log.memory import MemoryLog, SharedLog
from netchat.testing import START, Network


class Site:
    """The servers of a site, each a Network of its own; all have the command line `arguments`."""

    def __init__(self, servers: int = 2, *arguments: str) -> None:
        self.clock = MemoryReactorClock()
        self.log = SharedLog(lambda: START + self.clock.seconds())
        self.arguments = arguments
        self.logs: list[MemoryLog] = []
        self.servers: list[Network] = []
        for _ in range(servers):
            self.start()

    def start(self, name: str = "", *arguments: str, cut_off: bool = False) -> Network:
        """Start one more server; `cut_off`: it loses the log as soon as it has opened it."""
        log = MemoryLog(self.log, partial(self.clock.callLater, 0))
        name = name or f"server{len(self.servers) + 1}"
        network = Network(
            "--cluster-name", name, *self.arguments, *arguments, clock=self.clock, log=log
        )
        if cut_off:
            log.cut()
        self.logs.append(log)
        self.servers.append(network)
        self.settle()
        return network

    def stop(self, server: Network, *, crash: bool = False) -> None:
        """Stop `server`; in a crash the others only see that it is silent."""
        log = self.logs[self.servers.index(server)]
        if crash:
            log.cut()
        stopped = server.stop()
        for _ in range(10):
            self.advance(1)
        assert stopped.called

    def settle(self) -> None:
        """Deliver all data on all servers, until nothing is left to do."""
        before = -1
        while before != self.log.last:
            before = self.log.last
            for server in self.servers:
                server.settle()

    def advance(self, seconds: float) -> None:
        """Advance the clock of all servers, and settle."""
        self.clock.advance(seconds)
        self.settle()

    def is_alike(self) -> bool:
        """Return whether all servers that take part know the same."""
        self.settle()
        views = [_view(server) for server in self.servers if takes_part(server)]
        return all(view == views[0] for view in views)


def takes_part(server: Network) -> bool:
    """Return whether `server` is one of the site: it runs, and was not buried."""
    order = server.service.factory.chat.order
    assert isinstance(order, SiteOrder)
    return bool(server.service.running) and not order.ended


def _view(server: Network) -> tuple[object, ...]:
    chat = server.service.factory.chat
    records = sorted(repr(x) for x in chat.state.records() if x.kind not in ("counter", "reached"))
    rooms = sorted(
        (room.name, room.topic, room.last, tuple(room.members.values())) for room in chat.rooms
    )
    names = sorted((who.name, who.account) for who in chat.participants)
    return records, rooms, names
