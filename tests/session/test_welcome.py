"""What a client is told when it is in the chat of several servers."""

from __future__ import annotations

from netchat.state.changes import SERVER, Change
from netchat.state.site_changes import Drain
from netchat.testing import Network
from tests.support.site import Site


def a_site() -> Site:
    """Return a site of three servers; the last one has two addresses."""
    site = Site(0)
    for host in ("one.lan:5001", "two.lan:5001"):
        site.start("", "--advertise", host)
    site.start("", "--advertise", "three.lan:5001", "--advertise", "[2001:db8::3]:5001")
    return site


def test_the_welcome_names_the_addresses_of_the_other_servers() -> None:
    site = a_site()
    ann = site.servers[0].program("Ann", rooms=[])
    site.settle()
    assert ann.told()[0]["servers"] == ["two.lan:5001", "three.lan:5001", "[2001:db8::3]:5001"]


def test_a_server_without_an_address_is_not_named() -> None:
    site = Site(0)
    site.start("", "--advertise", "one.lan:5001")
    site.start()
    one, two = site.servers
    ann, ben = one.program("Ann", rooms=[]), two.program("Ben", rooms=[])
    site.settle()
    assert "servers" not in ann.told()[0]
    assert ben.told()[0]["servers"] == ["one.lan:5001"]


def test_a_server_that_sends_its_guests_away_or_is_gone_is_not_named() -> None:
    site = a_site()
    one, two, three = site.servers
    site.stop(three)
    two.program("Ben", rooms=[])
    site.settle()
    early = one.program("Ann", rooms=[])
    site.settle()
    assert early.told()[0]["servers"] == ["two.lan:5001"]
    chat = two.service.factory.chat
    (draining,) = (x for x in chat.state.site.servers.values() if x.name == "server2")
    drain = Change(Drain(draining.incarnation, seconds=60), SERVER, chat.time())
    chat.submit(drain, chat.server, lambda _: None)
    site.settle()
    late = one.program("Ada", rooms=[])
    site.settle()
    assert two.service.running
    assert "servers" not in late.told()[0]


def test_a_server_alone_names_no_others(network: Network) -> None:
    assert "servers" not in network.program("Ann", rooms=[]).told()[0]
