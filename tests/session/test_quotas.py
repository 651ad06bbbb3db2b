"""The limits on rooms, on rooms of one guest and on changes of a name."""

from __future__ import annotations

from pathlib import Path
from sys import getsizeof

import pytest

from netchat.testing import Network


def test_a_guest_can_be_in_100_rooms_but_not_more() -> None:
    network = Network()
    bot = network.program("bot", rooms=[])
    for number in range(101):
        bot.ask("join", room=f"room-{number}")
    told = bot.told()
    assert [x["type"] for x in told] == ["welcome"] + ["entered", "roles"] * 100 + ["error"]
    assert (told[-1]["code"], told[-1]["message"]) == (
        "bad-room",
        "You can be in at most 100 rooms at once; leave one of them first.",
    )
    bot.ask("leave", room="room-7")
    bot.ask("join", room="room-100")
    assert [x["type"] for x in bot.told()] == ["left", "entered", "roles"]
    bot.ask("join", room="ROOM-1")
    assert bot.told()[-1]["message"] == "You are in room-1 already."


def test_a_hello_with_too_many_rooms_is_refused_and_may_be_sent_again() -> None:
    network = Network("--max-rooms-per-guest", "2")
    bot = network.program("bot", rooms=["a", "b", "c"])
    assert bot.told()[-1]["code"] == "bad-room"
    bot.ask("hello", name="bot", rooms=["a", "b"])
    assert [x["type"] for x in bot.told()] == ["welcome", *["entered", "roles"] * 2]


def test_a_text_guest_can_change_rooms_if_the_limit_is_one_room() -> None:
    network = Network("--max-rooms-per-guest", "1")
    bob = network.join("Bob")
    for number in range(3):
        bob.say(f"/join room-{number}")
    bob.say("/names")
    assert bob.heard()[-1] == "* In room-2: Bob"


def test_rooms_above_the_limit_are_refused_except_the_lobby() -> None:
    network = Network("--max-rooms", "3")
    bot = network.program("bot", rooms=["one", "two"])
    bot.ask("join", room="three")
    bot.told()
    bot.ask("join", room="four")
    assert bot.told()[-1]["message"] == (
        "This server cannot open another room; join one that is open (/rooms)."
    )
    bob = network.join("Bob")
    bob.say("/join four")
    bob.say("/join Two")
    bob.say("/names")
    heard = bob.heard()
    assert heard[0].startswith("! This server cannot open another room")
    assert heard[-1] == "* In two: bot, Bob"
    bot.ask("leave", room="three")
    bob.say("/join four")
    assert bob.heard() == ["* You are now in four"]
    assert network.service.factory.chat.occupied_rooms == 3


def test_an_empty_room_with_lines_does_not_count(tmp_path: Path) -> None:
    network = Network("--max-rooms", "2", "--data", str(tmp_path))
    bob = network.join("Bob")
    for number in range(10):
        bob.say(f"/join room-{number}")
        bob.say("something that stays")
    assert not [line for line in bob.heard() if line.startswith("!")]
    network.stop()
    network.advance(5)
    again = Network("--max-rooms", "2", "--data", str(tmp_path))
    eve = again.join("Eve")
    eve.say("/join room-3")
    assert eve.heard()[-1].endswith("Bob: something that stays")
    assert again.service.factory.chat.occupied_rooms == 1
    again.stop()
    again.advance(5)


@pytest.mark.parametrize("dialect", ["text", "json"])
@pytest.mark.parametrize("where", ["memory", "disk"])
def test_empty_rooms_without_lines_take_no_memory_and_no_disk_space(
    dialect: str, where: str, tmp_path: Path
) -> None:
    network = Network("--data", ":memory:" if where == "memory" else str(tmp_path))
    chat = network.service.factory.chat
    guest = network.join("Bob") if dialect == "text" else network.program("Bob")
    sizes = []
    for number in range(2000):
        if dialect == "text":
            guest.say(f"/join room-{number}")
        else:
            guest.queue(b'{"type":"join","room":"room-%d"}\n' % number)
            guest.send(b'{"type":"leave","room":"room-%d"}\n' % number)
        sizes.append((len(chat.rooms), len(chat.rooms._by_key), chat.occupied_rooms))
    assert max(sizes[100:]) <= max(sizes[:100])
    assert len(chat.rooms) <= 2
    network.stop()
    network.advance(5)
    if where == "disk":
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection:
            assert connection.execute("SELECT count(*) FROM rooms").fetchone() == (0,)


def test_an_empty_room_keeps_no_data_about_its_former_members() -> None:
    network = Network()
    guest = network.join("Bob")
    for line in ("/join dev", "hello", "/join another"):
        guest.say(line)
    (room,) = (room for room in network.service.factory.chat.rooms if room.name == "dev")
    assert room.last == 1
    assert getsizeof(room.members) == getsizeof({})
    assert room.recipients is None or room.recipients == ()


def test_a_guest_can_change_their_name_5_times_a_minute() -> None:
    network = Network()
    bob, bot = network.join("Bob"), network.program("bot")
    for number in range(6):
        bob.heard()
        bob.say(f"/nick Bob{number}")
        bot.ask("rename", name=f"bot{number}")
    assert bob.heard() == ["! You have changed your name too often; try again in a minute."]
    assert bot.told()[-1]["code"] == "too-fast"
    bob.say("/nick Bob4")
    network.advance(59)
    bob.say("/nick Robert")
    assert bob.heard()[-1].startswith("! ")
    network.advance(1)
    bob.say("/nick Robert")
    assert bob.heard() == ["* Bob4 is now Robert"]


def test_a_refused_name_does_not_count_as_a_change() -> None:
    network = Network("--max-renames", "1")
    bob = network.join("Bob")
    network.join("Ann")
    for _ in range(5):
        bob.say("/nick Ann")
    bob.say("/nick Robert")
    assert bob.heard()[-1] == "* Bob is now Robert"


def test_a_client_that_reconnects_gets_its_name_while_its_old_connection_is_half_open() -> None:
    network = Network()
    client = "12345678-1234-5678-1234-567812345678"
    gone = network.program("bot", client=client)
    gone.told()
    other = network.program("bot")
    assert other.told()[-1]["code"] == "name-taken"
    back = network.program("bot", client=client)
    assert [told["type"] for told in back.told()] == ["welcome", "entered"]
    assert gone.told()[-1]["reason"] == "replaced"
    assert not gone.online


def test_a_hello_with_one_room_too_many_is_refused_and_may_be_said_again() -> None:
    network = Network("--max-rooms", "1")
    log = network.program("log", rooms=["lobby", "dev"])
    (error,) = log.told()
    assert error["code"] == "bad-room"
    log.ask("hello", name="log")
    assert [line["type"] for line in log.told()] == ["welcome", "entered"]
