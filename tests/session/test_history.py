"""Earlier lines in the text dialect: paging back, and the days that they were said on."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.testing import Guest, Network

pytestmark = pytest.mark.usefixtures("utc")

DAY = 86400
NOTHING = "* Nothing is kept of what was said in lobby before that"


def filled(lines: int, *arguments: str) -> Network:
    """Return a server in whose lobby Bob has said `lines` lines: "word 1", "word 2" and so on."""
    network = Network(*arguments)
    bob = network.join("Bob")
    bob.send("".join(f"word {number}\n" for number in range(1, lines + 1)).encode())
    bob.hang_up()
    network.settle()
    return network


def entering(network: Network) -> Guest:
    """Return Alice, who has not read yet what comes with entering the lobby."""
    alice = network.guest()
    alice.say("Alice")
    return alice


def numbers(guest: Guest) -> list[int]:
    """Return the numbers of the lines that `guest` has read since the last time."""
    return [int(line.rpartition(" ")[2]) for line in guest.heard() if ": word " in line]


@pytest.mark.parametrize("on_disk", [False, True], ids=["memory", "disk"])
def test_a_guest_of_nc_pages_back_from_the_entry_to_the_first_line(
    tmp_path: Path, *, on_disk: bool
) -> None:
    network = filled(723, *(("--data", str(tmp_path)) if on_disk else ()))
    alice = entering(network)
    shown = numbers(alice)
    assert shown == list(range(674, 724))
    for _ in range(14):
        alice.say("/history more")
        shown = numbers(alice) + shown
    assert shown == list(range(1, 724))
    alice.say("/history more")
    assert alice.heard() == [NOTHING]
    network.stop()


def test_a_page_has_as_many_lines_as_the_first_and_live_lines_change_nothing() -> None:
    network = filled(30, "--history", "0")
    alice, bob = network.join("Alice"), network.join("Bob")
    alice.heard()
    alice.say("/history 10")
    assert numbers(alice) == list(range(21, 31))
    bob.say("and now")
    alice.say("/history more")
    assert numbers(alice) == list(range(11, 21))
    alice.send(b"/history more\n/history more\n/names\n")
    heard = alice.heard()
    assert heard[0].endswith("Bob: word 1")
    assert heard[10:] == [NOTHING, "* In lobby: Alice, Bob"]


def test_more_is_at_first_what_history_shows_if_nothing_was_shown_on_entry() -> None:
    network = filled(3, "--history", "0")
    alice = network.join("Alice")
    alice.say("/history more")
    assert numbers(alice) == [1, 2, 3]


def test_long_lines_that_did_not_fit_on_entry_are_not_left_out(tmp_path: Path) -> None:
    network = Network("--data", str(tmp_path))
    bob = network.join("Bob")
    for number in range(50):
        bob.say("x" * 4000 + f": word {number}")
    alice = entering(network)
    shown = numbers(alice)
    assert len(shown) < 50
    alice.say("/history more")
    assert numbers(alice) + shown == list(range(50))
    network.stop()


def test_each_entry_begins_anew() -> None:
    network = filled(60)
    alice = entering(network)
    alice.say("/history more")
    assert numbers(alice)[50:] == list(range(1, 11))
    alice.say("/join dev")
    alice.say("/history more")
    assert alice.heard()[-1] == "* Nothing has been said in dev yet"
    alice.say("/join lobby")
    alice.heard()
    alice.say("/history more")
    assert numbers(alice) == list(range(1, 11))


def test_more_in_a_room_without_earlier_lines_says_so() -> None:
    alice = Network().join("Alice")
    alice.say("/history more")
    assert alice.heard() == ["* Nothing has been said in lobby yet"]


@pytest.mark.parametrize("on_disk", [False, True], ids=["memory", "disk"])
def test_a_search_reaches_the_first_line(tmp_path: Path, *, on_disk: bool) -> None:
    network = filled(130, *(("--data", str(tmp_path)) if on_disk else ()))
    alice = network.join("Alice")
    alice.heard()
    alice.say("/search word")
    found = alice.heard()
    assert len(found) == 51
    assert found[-1] == "* There may be more, from before that; /search more shows it"
    alice.say("/search more")
    assert numbers(alice) == list(range(31, 81))
    alice.say("/search more")
    assert numbers(alice) == list(range(1, 31))
    alice.say("/search more")
    assert alice.heard() == ["* Nothing in lobby before that has these words in it: word"]
    network.stop()


def test_search_more_without_a_search_in_the_room_is_refused() -> None:
    network = filled(1)
    alice = network.join("Alice")
    alice.heard()
    no_search = "! You have not searched in this room yet; type /search WORDS first."
    alice.say("/search more")
    assert alice.heard() == [no_search]
    alice.say("/search word")
    alice.say("/join dev")
    alice.heard()
    alice.say("/search more")
    assert alice.heard() == [no_search]


def test_lines_that_are_not_of_today_have_their_date_and_stand_below_their_day() -> None:
    network = Network()
    bob = network.join("Bob")
    bob.say("old")
    network.advance(10 * DAY)
    bob.say("older than today")
    network.advance(DAY)
    bob.say("new")
    alice = entering(network)
    past = [
        "* -- Thursday, 2026-01-01 --",
        "[2026-01-01 12:00] Bob: old",
        "* -- Sunday, 2026-01-11 --",
        "[2026-01-11 12:00] Bob: older than today",
        "* -- Monday, 2026-01-12 --",
        "[12:00] Bob: new",
    ]
    assert alice.heard()[2:] == past
    alice.say("/history")
    assert alice.heard() == past


def test_what_is_live_after_old_lines_stands_below_today() -> None:
    network = Network()
    bob = network.join("Bob")
    bob.say("old")
    network.advance(10 * DAY)
    alice = entering(network)
    bob.say("live")
    assert alice.heard()[2:] == [
        "* -- Thursday, 2026-01-01 --",
        "[2026-01-01 12:00] Bob: old",
        "* -- Sunday, 2026-01-11 --",
        "Bob: live",
    ]
