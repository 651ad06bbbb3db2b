"""One run of the client after the other, against the whole server in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.client.cli.open_rooms import opening, remember_rooms
from netchat.client.settings.last_visit import LastVisit, RememberedRoom, Visit
from netchat.testing import Network
from tests.support.client_fakes import ClientHarness


class Computer:
    """Where Alice runs the client again and again, for the server in `network`."""

    def __init__(self, directory: Path) -> None:
        self.network = Network()
        self._directory = directory

    def start(self, *rooms: str, history: int = 50) -> ClientHarness:
        """Start the client, with these rooms on its command line."""
        self.visit = LastVisit(self._directory, "chat.test")
        fields = opening(rooms, self.visit.load())
        self.client = ClientHarness(self.network, history=history, **fields)
        return self.client

    def end(self) -> None:
        """End the client: it remembers what there is."""
        remember_rooms(self.visit, self.client.connection)
        self.client.say("exit")
        self.network.advance(1)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_the_talk_that_was_shown_is_shown_at_the_next_start(computer: Computer) -> None:
    bob = computer.network.program("Bob", rooms=["lobby"])
    client = computer.start("lobby", "dev")
    client.say("/go Bob")
    computer.end()
    client = computer.start()
    assert client.connection.current == "Bob"
    assert [room.name for room in client.connection.open_rooms] == ["lobby", "dev", "Bob"]
    assert "* You talk with Bob now: what you type goes to Bob only" in client.new_events()
    client.say("psst")
    assert bob.told()[-1]["text"] == "psst"
    client.endpoint.cut()
    client.wait(5)
    assert client.connection.current == "Bob"
    assert [room.name for room in client.connection.open_rooms] == ["lobby", "dev", "Bob"]
    client.say("/leave")
    assert client.connection.current in ("lobby", "dev")


def test_a_room_on_the_command_line_is_shown_whatever_was_shown_last(computer: Computer) -> None:
    computer.network.program("Bob", rooms=["lobby"])
    computer.start().say("/go Bob")
    computer.end()
    assert computer.start("dev").connection.current == "dev"


def test_a_room_and_a_talk_of_the_same_name_are_not_mixed_up() -> None:
    rooms = (RememberedRoom("lobby"), RememberedRoom("Bob", talk=True), RememberedRoom("Bob"))
    assert opening((), Visit(rooms, "Bob"))["room"] == "Bob"
    talk = opening((), Visit(rooms, "@Bob"))
    assert (talk["room"], talk["talk"]) == ("lobby", "Bob")
