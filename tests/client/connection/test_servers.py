"""A client comes back on another server of its site, and loses nothing."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionRefusedError

from netchat.client.connection.address import Address
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.connection.servers import MAX_SERVERS, Servers
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.login import Target
from netchat.testing import START, Network
from tests.support.client_fakes import CLIENT_ID, MemoryEndpoint, RecordingFrontend
from tests.support.site import Site


class UntrustedError(Exception):
    """The server has not the certificate that it should have."""


class Alice:
    """A client of `site`, whose servers are at server1:5001, server2:5001 and so on."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.frontend = RecordingFrontend()
        self.asked: list[str] = []
        """The addresses of other servers that were looked at."""
        self.endpoints = {
            f"server{number}:5001": MemoryEndpoint(server)
            for number, server in enumerate(site.servers, 1)
        }
        self.connection = PersistentConnection(
            Conversation(
                Target("Alice", CLIENT_ID), self.frontend, lambda: START + site.clock.seconds()
            ),
            self.frontend,
            self.at("server1:5001"),
            clock=site.clock,
            random=lambda: 0.5,
        )
        self.connection.start()
        site.settle()

    def at(self, text: str) -> ServerEndpoint:
        self.asked.append(text)
        return ServerEndpoint(
            Address(text.partition(":")[0]),
            self.endpoints[text],
            is_untrusted=lambda why: isinstance(why, UntrustedError),
            elsewhere=self.at,
        )

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.site.advance(1)

    @property
    def attempts(self) -> list[str]:
        """The servers that were tried, in this order."""
        times = [(at, name) for name, one in self.endpoints.items() for at in one.attempts]
        return [name.partition(":")[0] for _, name in sorted(times)]


def a_site(servers: int = 2) -> Site:
    site = Site(0)
    for number in range(1, servers + 1):
        site.start("", "--advertise", f"server{number}:5001")
    return site


def test_a_client_whose_server_is_gone_comes_back_on_another_and_loses_nothing() -> None:
    site = a_site()
    alice, bob = Alice(site), site.servers[1].join("Bob")
    site.settle()
    bob.say("first")
    site.settle()
    alice.frontend.new_events()
    bob.heard()
    endpoint = alice.endpoints["server1:5001"]
    endpoint.drop_requests()
    alice.connection.say("was that stored?")
    endpoint.cut()
    bob.say("missed")
    site.settle()
    alice.wait(3)
    assert alice.attempts == ["server1", "server2"]
    assert "in again" in (shown := alice.frontend.new_events())
    assert [line for line in shown if "missed" in line] != []
    assert alice.frontend.waiting == 0
    assert [line for line in bob.heard() if "stored?" in line] == ["Alice: was that stored?"]


def test_a_line_that_was_stored_by_the_server_that_is_gone_is_not_said_twice() -> None:
    site = a_site()
    alice, bob = Alice(site), site.servers[1].join("Bob")
    site.settle()
    door: Any = site.servers[0].door(alice.endpoints["server1:5001"].protocols[-1])
    door.transport.write = lambda data: None
    alice.connection.say("once")
    site.settle()
    assert alice.frontend.waiting == 1
    alice.endpoints["server1:5001"].cut()
    site.settle()
    alice.wait(3)
    assert alice.frontend.waiting == 0
    assert [line for line in bob.heard() if "once" in line] == ["Alice: once"]


def test_a_server_that_stops_sends_its_client_to_another_one() -> None:
    site = a_site()
    alice = Alice(site)
    alice.frontend.new_events()
    site.stop(site.servers[0])
    alice.wait(20)
    assert alice.frontend.new_events()[-1] == "in again"
    assert alice.attempts[-1] == "server2"


def test_the_servers_are_tried_in_turn_with_the_one_that_the_user_has_named() -> None:
    site = a_site(3)
    alice = Alice(site)
    for endpoint in alice.endpoints.values():
        endpoint.errors = [ConnectionRefusedError()] * 2
    alice.endpoints["server1:5001"].cut()
    alice.wait(30)
    one, *others = alice.attempts
    assert one == "server1"
    assert len(others) == 7
    assert sorted(others[:3]) == ["server1", "server2", "server3"]
    assert others[2] == "server1"
    assert others[3:6] == others[:3]
    assert alice.frontend.new_events()[-1] == "in again"


def test_a_server_that_is_not_trusted_is_not_tried_again_and_does_not_end_it() -> None:
    site = a_site()
    alice = Alice(site)
    alice.endpoints["server2:5001"].errors = [UntrustedError()] * 5
    alice.endpoints["server1:5001"].errors = [ConnectionRefusedError()] * 3
    alice.endpoints["server1:5001"].cut()
    alice.wait(30)
    assert alice.attempts == ["server1", "server2", "server1", "server1", "server1", "server1"]
    assert alice.frontend.new_events()[-1] == "in again"


def test_the_server_that_the_user_has_named_ends_it_if_it_is_not_trusted_any_more() -> None:
    alice = Alice(a_site(1))
    alice.endpoints["server1:5001"].errors = [UntrustedError()]
    alice.endpoints["server1:5001"].cut()
    alice.wait(30)
    assert alice.frontend.new_events()[-1].startswith("closed: ")


def test_a_server_of_another_chat_is_left_at_once_and_not_tried_again() -> None:
    site = a_site()
    alice = Alice(site)
    stranger = Network(clock=site.clock)
    alice.endpoints["server2:5001"].network = stranger
    eve = stranger.join("Eve")
    alice.endpoints["server1:5001"].drop_requests()
    alice.connection.say("only for my chat")
    alice.endpoints["server1:5001"].cut()
    for _ in range(30):
        site.advance(1)
        stranger.settle()
    assert alice.attempts == ["server1", "server2", "server1"]
    assert alice.frontend.new_events()[-1] == "in again"
    assert alice.frontend.waiting == 0
    assert "only for my chat" not in eve.received.decode()


def test_a_client_that_knows_no_other_server_comes_back_on_its_own() -> None:
    alice = Alice(a_site(1))
    alice.endpoints["server1:5001"].cut()
    alice.wait(3)
    assert alice.attempts == ["server1", "server1"]


def test_only_so_many_addresses_of_a_welcome_are_used() -> None:
    endpoint = MemoryEndpoint(Network())
    given = ServerEndpoint(
        Address("given"), endpoint, elsewhere=lambda text: ServerEndpoint(Address(text), endpoint)
    )
    servers = Servers(given, lambda: 0.0)
    servers.welcomed("journal", [f"server{number}:5001" for number in range(5 * MAX_SERVERS)])
    assert servers.count == MAX_SERVERS + 1
