"""Several servers that are one chat."""

from __future__ import annotations

import pytest

from tests.support.site import Site


@pytest.fixture
def site() -> Site:
    return Site()


def test_guests_of_two_servers_read_each_other(site: Site) -> None:
    one, two = site.servers
    alice = one.join("Alice")
    bob = two.join("Bob")
    site.settle()
    assert alice.heard() == ["* Bob joined"]
    bob.heard()
    alice.say("hello")
    bob.say("hi")
    site.settle()
    assert bob.heard() == ["Alice: hello"]
    assert alice.heard() == ["Bob: hi"]
