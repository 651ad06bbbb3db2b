"""Asks the metrics site of a server in memory, as a monitoring system does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.testing import StringTransport

if TYPE_CHECKING:
    from netchat.testing import Network

Labels = frozenset[tuple[str, str]]
ENDPOINT = ("--metrics", "tcp:9464")


def site_of(network: Network) -> Any:
    """Return the factory that listens on port 9464."""
    (factory,) = [given[1] for given in network.clock.tcpServers if given[0] == 9464]
    return factory


def get(network: Network, path: str, method: str = "GET") -> tuple[int, str]:
    """Return the status and the body of the answer to a request."""
    protocol, transport = site_of(network).buildProtocol(None), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(f"{method} {path} HTTP/1.0\r\n\r\n".encode())
    network.settle()
    head, _, body = transport.value().decode().partition("\r\n\r\n")
    return int(head.split()[1]), body


def scrape(network: Network) -> dict[tuple[str, Labels], float]:
    """Return the value of each metric, by its name and labels."""
    status, body = get(network, "/metrics")
    assert status == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


class Scraped:
    """The metrics of `network` now: `scraped["netchat_guests", "door=tcp", "dialect=text"]`."""

    def __init__(self, network: Network) -> None:
        self.values = scrape(network)

    def __getitem__(self, key: str | tuple[str, ...]) -> float:
        name, *labels = (key,) if isinstance(key, str) else key
        pairs = [label.split("=") for label in labels]
        return self.values[name, frozenset((label, value) for label, value in pairs)]
