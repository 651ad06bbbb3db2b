"""Bans and mutes are found by account, name and address, however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.model.names import equivalent
from netchat.state.records import Restriction
from netchat.state.restrictions import Host, Restrictions, parse_network
from tests.support.journals import grown

NAMES = st.sampled_from(["Eve", "eve", "EVE", "Ian", "ian", "lan", "Zoë", "Zoe", "Bob"])
V4 = st.builds(
    lambda number, length: str(ip_network((number, length), strict=False)),
    st.integers(0, 7).map(lambda n: 0x0A000000 | n),
    st.integers(28, 32),
)
V6 = st.builds(
    lambda number, length: str(ip_network((number, length), strict=False)),
    st.integers(0, 7).map(lambda n: 0x20010DB8 << 96 | n),
    st.sampled_from([0, 32, 64, 126, 127, 128]),
)
TARGETS = st.one_of(
    st.tuples(st.just("account"), st.sampled_from(["1", "2"])),
    st.tuples(st.just("name"), NAMES),
    st.tuples(st.just("address"), V4 | V6),
)
RESTRICTIONS = st.builds(
    lambda what, target, room, until: Restriction(what, target[0], target[1], room, until=until),
    st.sampled_from(["ban", "mute"]),
    TARGETS,
    st.sampled_from(["", "lobby"]),
    st.integers(0, 2),
)
HOSTS = st.one_of(
    st.none(),
    st.integers(0, 8).map(lambda n: ip_address(0x0A000000 | n)),
    st.integers(0, 8).map(lambda n: ip_address(0x20010DB8 << 96 | n)),
)


def applies(restriction: Restriction, account: int, name: str, host: Host) -> bool:
    """Return whether `restriction` applies, found out without an index."""
    if restriction.target_kind == "account":
        return restriction.target == str(account)
    if restriction.target_kind == "name":
        return bool(name) and equivalent(restriction.target, name)
    return host is not None and host in ip_network(restriction.target)


@settings(max_examples=300, deadline=None)
@given(
    steps=st.lists(st.tuples(st.booleans(), RESTRICTIONS), max_size=20),
    account=st.sampled_from([0, 1, 2]),
    name=NAMES | st.just(""),
    host=HOSTS,
)
def test_the_index_finds_what_a_look_at_all_would_find(
    steps: list[tuple[bool, Restriction]], account: int, name: str, host: Host
) -> None:
    index, there = Restrictions(), dict[str, Restriction]()
    for add, restriction in steps:
        if add:
            if restriction.key in there:
                index.remove(there[restriction.key])
            index.add(restriction)
            there[restriction.key] = restriction
        elif restriction.key in there:
            index.remove(there.pop(restriction.key))
    assert len(index) == len(there)
    assert index.kinds["ban"] == sum(x.what == "ban" for x in there.values())
    assert set(index.rooms) == {x.room for x in there.values()}
    found = set(index.applying_to(account=account, names=(name,), host=host))
    assert found == {x for x in there.values() if applies(x, account, name, host)}


class CountingDict(dict[Any, Any]):
    """A dictionary that counts how often something is looked up."""

    looks = 0

    def get(self, *arguments: Any) -> Any:
        self.looks += 1
        return super().get(*arguments)


def probes(restrictions: Iterable[Restriction]) -> int:
    """Return how many lookups one question takes among `restrictions`."""
    index = Restrictions()
    for restriction in restrictions:
        index.add(restriction)
    counting = CountingDict(index._by_target)
    index._by_target = counting
    host = ip_address("10.77.1.2")
    assert not [*index.applying_to(account=7, names=("somebody",), host=host)]
    return counting.looks


def bans(count: int) -> Iterable[Restriction]:
    for number in range(count):
        yield Restriction("ban", "address", f"10.{number >> 8}.{number & 255}.9/32")
        yield Restriction("ban", "address", f"172.16.{number & 255}.0/24")
        yield Restriction("ban", "name", f"spam{number}x")
        yield Restriction("ban", "account", str(1000 + number))


def test_a_lookup_takes_as_many_steps_among_ten_thousand_as_among_a_few() -> None:
    few = probes(bans(1))
    assert few < 12
    assert probes(bans(2500)) == few


def test_a_lookup_takes_a_step_for_each_length_of_prefix_at_most() -> None:
    lengths = [Restriction("ban", "address", f"192.0.0.0/{length}") for length in range(2, 33)]
    both = [*lengths, *(Restriction("ban", "address", f"::/{length}") for length in range(129))]
    assert probes(both) <= probes(lengths)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:DB8::7", "2001:db8::7/128"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_an_address_or_a_network_is_written_in_one_way(text: str, network: str) -> None:
    parsed = parse_network(text)
    assert str(parsed) == network
    # The record of it can be indexed.
    Restrictions().add(Restriction("ban", "address", network))


@pytest.mark.parametrize(
    "text", ["Eve", "", "192.0.2", "192.0.2.7/33", "192.0.2.7/8/8", "%eth0", "1", "::g"]
)
def test_other_texts_are_no_network(text: str) -> None:
    assert parse_network(text) is None


@given(st.text(max_size=30) | st.from_regex(r"[0-9a-f:./%]{1,40}", fullmatch=True))
def test_any_text_is_a_network_that_can_be_indexed_or_none(text: str) -> None:
    network = parse_network(text)
    if network is not None:
        index = Restrictions()
        index.add(Restriction("ban", "address", str(network)))
        first = network.network_address
        assert len([*index.applying_to(account=0, names=(), host=first)]) == 1


def test_the_index_of_a_ban_takes_less_than_700_bytes() -> None:
    kinds = ("name", "account", "address")
    targets = [(f"Mallory{n}", str(n), f"10.0.{n >> 8}.{n & 255}/32")[n % 3] for n in range(10_000)]
    bans = [Restriction("ban", kinds[n % 3], target) for n, target in enumerate(targets)]  # type: ignore[arg-type]
    every = Restrictions()

    def index() -> None:
        for ban in bans:
            every.add(ban)

    assert grown(index) < 700 * len(bans)
