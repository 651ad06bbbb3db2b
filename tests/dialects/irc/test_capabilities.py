"""Which capabilities a client is offered, asks for and gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.capabilities import (
    NEEDS,
    in_force,
    list_lines,
    offered,
    parse_request,
    parse_version,
)

OFFER = offered(sasl=["PLAIN", "SCRAM-SHA-256"], multiline=(40000, 100), registration=[])
NONE = frozenset[str]()


def test_a_client_gets_what_it_asks_for() -> None:
    active = frozenset({"batch", "server-time"})
    assert parse_request("batch  server-time ", OFFER, NONE) == active


def test_a_client_can_give_a_capability_back_even_one_that_it_does_not_have() -> None:
    active = frozenset({"batch", "setname"})
    left = frozenset({"setname", "sasl"})
    assert parse_request("-batch -sasl sasl", OFFER, active) == left


def test_a_request_is_read_from_left_to_right() -> None:
    assert parse_request("batch -batch", OFFER, NONE) == NONE


@pytest.mark.parametrize(
    "text", ["batch tls", "batch -tls", "Batch", "sasl=PLAIN", "--batch", "-", "batch -"]
)
def test_a_request_for_what_there_is_not_is_refused_as_a_whole(text: str) -> None:
    assert parse_request(text, OFFER, NONE) is None


def test_what_is_not_offered_now_is_refused() -> None:
    assert parse_request("sasl", offered(), NONE) is None
    assert parse_request("draft/multiline", offered(), NONE) is None


def test_version_302_keeps_cap_notify() -> None:
    active = frozenset({"cap-notify"})
    assert parse_request("-cap-notify", OFFER, active, version=302) is None
    assert parse_request("-cap-notify", OFFER, active) == NONE


def test_a_capability_waits_for_what_it_needs() -> None:
    active = parse_request("labeled-response draft/multiline", OFFER, NONE)
    assert active
    assert in_force(active) == NONE
    assert in_force(active | {"batch"}) == active | {"batch"}


def test_values_are_told_from_version_302_on() -> None:
    new = " ".join(line[-1] for line in list_lines(OFFER, version=302)).split()
    assert "sasl=PLAIN,SCRAM-SHA-256" in new
    assert "draft/multiline=max-bytes=40000,max-lines=100" in new
    assert "draft/account-registration" in new
    old = " ".join(line[-1] for line in list_lines(OFFER)).split()
    assert old == sorted(OFFER)


def test_all_lines_but_the_last_say_that_more_follows() -> None:
    found = list_lines(OFFER, version=302)
    assert len(found) > 1
    assert all(len(line) == 2 and line[0] == "*" for line in found[:-1])
    assert len(found[-1]) == 1
    assert all(len(line) == 1 for line in list_lines(OFFER))


def test_a_client_without_capabilities_reads_an_empty_list() -> None:
    assert list_lines(NONE, version=302) == [[""]]


@given(st.sets(st.text("abé=/-", min_size=1, max_size=90)), st.sampled_from([0, 302]))
def test_a_list_is_told_whole_in_lines_that_fit(names: set[str], version: int) -> None:
    found = list_lines(names, version=version)
    assert " ".join(line[-1] for line in found).split() == sorted(names)
    assert all(len(line[-1].encode()) <= 400 for line in found)


def test_what_a_capability_needs_is_a_capability() -> None:
    assert frozenset().union(*NEEDS.values()) <= NEEDS.keys()


@pytest.mark.parametrize(
    ("text", "version"), [("302", 302), ("", 0), ("x", 0), ("-1", 0), ("²", 0), ("9" * 5000, 0)]
)
def test_a_version_is_a_number(text: str, version: int) -> None:
    assert parse_version(text) == version


@given(st.text() | st.text("-abtch ="))
def test_any_request_is_taken_or_refused(text: str) -> None:
    active = parse_request(text, OFFER, NONE)
    assert active is None or active <= OFFER.keys()
