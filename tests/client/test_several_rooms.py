"""A client in several rooms, against the whole server in memory."""

from __future__ import annotations

from typing import Any

from netchat.testing import Network
from tests.support.client_fakes import ClientHarness


def in_rooms(network: Network, *rooms: str, **target: Any) -> ClientHarness:
    """Return a client in these rooms, of which the first one is shown."""
    client = ClientHarness(network, several_rooms=True, rooms=rooms, room=rooms[0], **target)
    client.new_events()
    return client


def unread(client: ClientHarness) -> dict[str, tuple[int, int]]:
    return {room.name: (room.unread, room.mentions) for room in client.connection.open_rooms}


def go_to(client: ClientHarness, name: str) -> list[str]:
    client.connection.go_to(name)
    client.network.settle()
    return client.new_events()


def said(events: list[str]) -> list[str]:
    return [event.partition("Bob: ")[2] for event in events if "Bob: " in event]


def test_lines_of_all_rooms_arrive_over_a_reconnect_once_and_in_order() -> None:
    network = Network()
    bob = network.program("Bob", rooms=["lobby", "dev", "ops"])
    client = in_rooms(network, "lobby", "dev", "ops")
    assert list(unread(client)) == ["lobby", "dev", "ops"]
    for number in range(3):
        for room in ("lobby", "dev", "ops"):
            bob.ask("say", room=room, text=f"{room} {number}")
            network.settle()
        if number == 1:
            client.endpoint.cut()
    client.wait(5)
    assert unread(client) == {"lobby": (0, 0), "dev": (3, 0), "ops": (3, 0)}
    assert said(client.new_events()) == ["lobby 0", "lobby 1", "lobby 2"]
    assert said(go_to(client, "dev")) == ["dev 0", "dev 1", "dev 2"]
    assert said(go_to(client, "ops")) == ["ops 0", "ops 1", "ops 2"]
    assert said(go_to(client, "lobby")) == []


def test_ninety_rooms_are_joined_again_after_a_reconnect_without_being_taken_for_a_flood() -> None:
    network = Network()
    rooms = [f"room{number}" for number in range(90)]
    client = in_rooms(network, *rooms)
    client.wait(30)
    assert client.connection.online
    client.say("/go room42", "before")
    client.endpoint.cut()
    client.say("after", "/go room7", "there")
    client.wait(60)
    eve = network.program("Eve", rooms=["room42", "room7"], after={"room42": 0, "room7": 0})
    texts = [event["text"] for event in eve.told() if event["type"] == "said"]
    assert sorted(texts) == ["after", "before", "there"]
    assert client.frontend.waiting == 0
    assert len(client.connection.open_rooms) == 90


def test_the_history_of_a_room_of_the_last_time_is_shown_on_the_way_in() -> None:
    network = Network()
    bob = network.program("Bob", rooms=["dev"])
    for number in range(5):
        bob.ask("say", room="dev", text=str(number))
    network.settle()
    client = in_rooms(network, "lobby", "dev", history=3)
    bob.ask("say", room="dev", text="new")
    network.settle()
    shown = go_to(client, "dev")
    assert said(shown) == ["2", "3", "4", "new"]
    assert any(event.startswith("-- new") for event in shown)
    client.connection.older()
    network.settle()
    assert said(client.new_events()) == ["0", "1"]


def test_what_was_said_meanwhile_is_paged_back_without_end() -> None:
    network = Network()
    bob = network.program("Bob", rooms=["lobby"])
    for number in range(40):
        bob.ask("say", room="lobby", text=str(number))
        network.advance(1)
    client = ClientHarness(network, several_rooms=True, history=10)
    pages = [said(client.new_events())]
    for _ in range(4):
        client.connection.older()
        network.settle()
        pages.insert(0, said(client.new_events()))
    assert [line for page in pages for line in page] == [str(number) for number in range(40)]


def test_the_delay_is_known_after_the_login() -> None:
    client = in_rooms(Network(), "lobby")
    client.wait(1)
    assert client.connection.delay is not None


def test_a_room_that_was_left_is_not_joined_again() -> None:
    network = Network()
    client = in_rooms(network, "lobby", "dev")
    client.say("/leave dev")
    client.endpoint.cut()
    client.wait(5)
    assert list(unread(client)) == ["lobby"]
    client.say("hello")
    assert client.frontend.waiting == 0
