"""Several devices of one account, through the whole server in memory."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from netchat.state.name_rules import MAX_DEVICES
from netchat.testing import Network, Program
from tests.support.proofs import Key, challenged, code, own


@pytest.fixture
def network() -> Network:
    network = Network()
    own(network, "Bob", key=Key().public)
    return network


def device(network: Network, number: int) -> Program:
    """Return a program that has logged in as Bob; each `number` is another client."""
    client = str(UUID(int=number))
    program = network.program("bob", client=client, agent=f"client {number}")
    program.ask("auth", **Key().proof(challenged(program), client))
    return program


def told_of(program: Program, kind: str) -> list[dict[str, Any]]:
    """Return the messages of the type `kind` among those not read yet."""
    return [message for message in program.told() if message["type"] == kind]


def test_a_proved_login_is_one_more_device_and_the_same_client_replaces_one(
    network: Network,
) -> None:
    alice = network.join("Alice")
    desk, phone = device(network, 1), device(network, 2)
    assert alice.heard() == ["* Bob joined"]
    again = device(network, 1)
    assert told_of(desk, "closing")[0]["reason"] == "replaced"
    assert phone.online
    (entered,) = told_of(again, "entered")
    assert entered["names"] == ["Alice", "Bob"]
    assert alice.heard() == []


def test_a_line_said_on_one_device_reaches_the_others_without_its_nonce(network: Network) -> None:
    desk, phone = device(network, 1), device(network, 2)
    desk.ask("say", room="lobby", text="hello", nonce="1")
    (own_line,), (line,) = told_of(desk, "said"), told_of(phone, "said")
    assert own_line.pop("nonce") == "1"
    assert line == own_line


def test_a_lost_connection_ends_one_device_and_no_other(network: Network) -> None:
    alice = network.join("Alice")
    desk, phone = device(network, 1), device(network, 2)
    desk.hang_up()
    assert phone.online
    assert alice.heard() == ["* Bob joined"]
    phone.hang_up()
    assert alice.heard() == ["* Bob left"]


def test_the_device_on_which_a_name_was_owned_is_shown_with_what_its_program_calls_itself() -> None:
    carol = Network().program("Carol", agent="client 7")
    carol.ask("own", key=Key("carol").public)
    carol.told()
    carol.ask("account")
    (account,) = told_of(carol, "account")
    assert [one["agent"] for one in account["devices"]] == ["client 7"]


def test_an_owner_sees_their_devices_and_ends_them(network: Network) -> None:
    desk = device(network, 1)
    network.advance(60)
    phone, laptop = device(network, 2), device(network, 3)
    phone.told()
    phone.ask("account")
    (account,) = told_of(phone, "account")
    assert [(one["id"], one["agent"], one["door"], one["own"]) for one in account["devices"]] == [
        ("1", "client 1", "tcp", False),
        ("2", "client 2", "tcp", True),
        ("3", "client 3", "tcp", False),
    ]
    assert [one["since"] for one in account["devices"]] == [
        "2026-01-01T12:00:00.000Z",
        "2026-01-01T12:01:00.000Z",
        "2026-01-01T12:01:00.000Z",
    ]
    phone.ask("account", end="3")
    (closing,) = told_of(laptop, "closing")
    assert (closing["reason"], closing["retry"]) == ("session-ended", None)
    phone.ask("account", end="3")
    assert code(phone) == "bad-request"
    phone.ask("account", end="all")
    assert [one.online for one in (desk, phone, laptop)] == [False, True, False]


def test_the_device_of_a_name_that_has_just_been_owned_is_shown(network: Network) -> None:
    carol = network.program("Carol")
    carol.ask("own", key=Key("carol").public)
    carol.ask("account")
    (account,) = told_of(carol, "account")
    assert [(one["door"], one["own"]) for one in account["devices"]] == [("tcp", True)]


def test_one_device_too_many_is_refused_and_may_try_again_when_one_has_left(
    network: Network,
) -> None:
    devices = [device(network, number) for number in range(1, MAX_DEVICES + 1)]
    assert all(one.online for one in devices)
    late = device(network, MAX_DEVICES + 1)
    assert code(late) == "not-allowed"
    assert all(one.online for one in devices)
    devices[3].hang_up()
    assert told_of(device(network, MAX_DEVICES + 1), "welcome")
