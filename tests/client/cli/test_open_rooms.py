"""One run of the client after the other, against the whole server in memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, execute

from netchat.client.cli.open_rooms import DELAY, VisitKeeper, opening
from netchat.client.settings.last_visit import LastVisit, RememberedRoom, Visit
from netchat.testing import START, Network
from tests.support.client_fakes import ClientHarness


class Computer:
    """Where Alice runs the client again and again, for the server in `network`."""

    def __init__(self, directory: Path) -> None:
        self.network = Network()
        self._directory = directory

    def start(self, *rooms: str, name: str = "Alice", history: int = 50) -> ClientHarness:
        """Start the client, with these rooms on its command line."""
        visit = LastVisit(self._directory, "chat.test")
        fields = opening(rooms, visit.load())
        self.keeper = VisitKeeper(visit, self.network.clock, execute)
        self.client = ClientHarness(self.network, name, history=history, **fields)
        self.keeper.rooms_changed(self.client.connection)
        return self.client

    def end(self) -> None:
        """End the client."""
        self.client.say("exit")
        self.network.advance(1)
        self.keeper.end()

    def kill(self) -> None:
        """Kill the client: it remembers what it has written."""
        self.client.endpoint.drop_requests()
        self.client.endpoint.cut()
        self.client.connection.leave(0)
        self.network.settle()


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


class Speaker:
    """Bob, who says numbered lines in rooms."""

    def __init__(self, network: Network, *rooms: str) -> None:
        self._network = network
        self._bob = network.program("Bob", rooms=list(rooms))

    def says(self, room: str, *texts: object) -> None:
        for text in texts:
            self._bob.ask("say", room=room, text=str(text))
            self._network.settle()


def unread(client: ClientHarness) -> dict[str, tuple[int, int]]:
    return {room.name: (room.unread, room.mentions) for room in client.connection.open_rooms}


def shown(events: list[str]) -> list[str]:
    """Return what Bob has said, and the marker of what is new, among `events`."""
    lines = (event for event in events if "Bob: " in event or "-- new" in event)
    return ["new" if "Bob: " not in line else line.partition("Bob: ")[2] for line in lines]


def goes_to(client: ClientHarness, room: str) -> list[str]:
    client.new_events()
    client.connection.go_to(room)
    client.network.settle()
    return shown(client.new_events())


def test_a_guest_who_comes_back_finds_what_was_missed_counted_and_below_the_marker(
    computer: Computer,
) -> None:
    bob = Speaker(computer.network, "lobby", "dev")
    bob.says("lobby", "l1", "l2")
    bob.says("dev", "d1")
    client = computer.start("lobby", "dev")
    assert goes_to(client, "dev") == ["d1"]
    goes_to(client, "lobby")
    bob.says("lobby", "l3")
    bob.says("dev", "d2")
    computer.end()
    computer.network.advance(3600)
    bob.says("lobby", "l4", "l5")
    bob.says("dev", "d3, Alice?")
    client = computer.start()
    assert shown(client.new_events()) == ["l1", "l2", "l3", "new", "l4", "l5"]
    assert unread(client) == {"lobby": (0, 0), "dev": (2, 1)}
    assert goes_to(client, "dev") == ["d1", "new", "d2", "d3, Alice?"]
    computer.end()
    client = computer.start()
    assert shown(client.new_events()) == ["d1", "d2", "d3, Alice?"]
    assert unread(client) == {"lobby": (0, 0), "dev": (0, 0)}


def test_the_marker_has_the_time_at_which_the_user_left(computer: Computer) -> None:
    bob = Speaker(computer.network, "lobby")
    bob.says("lobby", "one")
    computer.start("lobby")
    computer.network.advance(100)
    computer.end()
    left_at = START + computer.network.clock.seconds()
    computer.network.advance(7200)
    bob.says("lobby", "two")
    marker = f"-- new since {time.strftime('%H:%M', time.localtime(left_at))} --"
    assert marker in computer.start().new_events()


def test_what_was_said_in_a_room_that_was_never_shown_is_counted_as_well(
    computer: Computer,
) -> None:
    bob = Speaker(computer.network, "lobby", "dev")
    bob.says("dev", "before")
    computer.start("lobby", "dev")
    bob.says("dev", "meanwhile")
    computer.end()
    bob.says("dev", "later")
    client = computer.start()
    assert unread(client)["dev"] == (2, 0)
    assert goes_to(client, "dev") == ["before", "new", "meanwhile", "later"]


def test_a_room_that_was_left_goes_on_where_it_was_when_the_user_joins_it_again(
    computer: Computer,
) -> None:
    bob = Speaker(computer.network, "lobby", "dev")
    client = computer.start("lobby", "dev")
    goes_to(client, "dev")
    bob.says("dev", "one")
    client.say("/leave")
    computer.end()
    bob.says("dev", "two")
    client = computer.start("lobby")
    client.new_events()
    client.say("/join dev")
    assert shown(client.new_events()) == ["one", "new", "two"]


def test_a_room_is_the_same_in_other_letters_on_the_command_line(computer: Computer) -> None:
    bob = Speaker(computer.network, "Dev")
    computer.start("Dev")
    computer.end()
    bob.says("Dev", "one")
    assert shown(computer.start("dEV").new_events()) == ["new", "one"]


def test_after_a_kill_lines_may_be_shown_again_and_none_is_missed(computer: Computer) -> None:
    bob = Speaker(computer.network, "lobby", "dev")
    client = computer.start("lobby", "dev")
    bob.says("lobby", "one")
    bob.says("dev", "d1")
    computer.keeper.lines_read()
    computer.network.advance(DELAY)
    bob.says("lobby", "two")
    computer.kill()
    bob.says("lobby", "three")
    client = computer.start()
    assert shown(client.new_events()) == ["one", "new", "two", "three"]
    assert unread(client)["dev"] == (1, 0)


def test_of_another_journal_nothing_is_remembered(computer: Computer) -> None:
    bob = Speaker(computer.network, "lobby", "dev")
    bob.says("lobby", *range(9))
    computer.start("lobby", "dev")
    computer.end()
    computer.network = Network()
    bob = Speaker(computer.network, "lobby", "dev")
    bob.says("lobby", *range(20))
    bob.says("dev", "d1")
    client = computer.start()
    events = client.new_events()
    assert shown(events) == [str(number) for number in range(20)]
    assert not any("journal" in event or "kept" in event for event in events)
    assert unread(client) == {"lobby": (0, 0), "dev": (0, 0)}
    assert goes_to(client, "dev") == ["d1"]


@pytest.mark.parametrize("count", [1, 260, 499, 500, 501, 900, 2300])
def test_however_much_was_missed_the_user_gets_to_all_of_it_in_order(
    computer: Computer, count: int
) -> None:
    bob = Speaker(computer.network, "lobby", "dev")
    for room in ("lobby", "dev"):
        bob.says(room, -2, -1)
    client = computer.start("lobby", "dev", history=2)
    goes_to(client, "dev")
    goes_to(client, "lobby")
    computer.end()
    for room in ("lobby", "dev"):
        bob.says(room, *range(count))
    client = computer.start(history=2)
    assert unread(client)["dev"] == (count, 0)
    for room in ("lobby", "dev"):
        client.connection.go_to(room)
        computer.network.settle()
        events = client.new_events()
        lines = shown(events)
        first = int(lines[-1]) + 1 - (len(lines) - 1 - lines.index("new"))
        told = f"! {first} new lines of {room} before these: PageUp or /older shows them."
        assert (told in events) == (first > 0)
        assert len(lines) < 800
        lines.remove("new")
        while first > 0 and int(lines[0]) > 0:
            client.connection.older()
            computer.network.settle()
            lines = shown(client.new_events()) + lines
        assert lines == [str(number) for number in range(-2, count)]


def test_what_was_read_is_written_once_for_many_lines_and_rooms_as_soon_as_they_change(
    tmp_path: Path,
) -> None:
    network, calls = Network(), list[Deferred[None]]()

    def in_thread(_: object, *__: object, **___: object) -> Deferred[None]:
        calls.append(Deferred())
        return calls[-1]

    keeper = VisitKeeper(LastVisit(tmp_path, "chat.test"), network.clock, in_thread)
    client = ClientHarness(network, **opening((), Visit()))
    for _ in range(2):
        keeper.rooms_changed(client.connection)
    assert len(calls) == 1
    client.say("/join dev")
    keeper.rooms_changed(client.connection)
    assert len(calls) == 1
    calls[0].callback(None)
    assert len(calls) == 2
    calls[1].callback(None)
    for _ in range(5):
        keeper.lines_read()
    assert len(calls) == 2
    network.advance(DELAY)
    assert len(calls) == 3
    assert LastVisit(tmp_path, "chat.test").load() == Visit()
    keeper.lines_read()
    keeper.end()
    assert LastVisit(tmp_path, "chat.test").load().current == "dev"
    network.advance(DELAY)
    assert len(calls) == 3


def test_a_client_that_was_never_let_in_changes_nothing(computer: Computer) -> None:
    computer.start("lobby", "dev")
    computer.end()
    assert "name refused" in computer.start("ops", name="root").new_events()[-1]
    computer.keeper.end()
    assert [room.name for room in computer.start().connection.open_rooms] == ["lobby", "dev"]
