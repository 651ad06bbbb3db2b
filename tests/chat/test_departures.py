"""When those who have left were last here."""

from __future__ import annotations

from netchat.chat.departures import MAX_NAMES, Departures


def test_the_last_time_counts_in_any_spelling() -> None:
    departures = Departures()
    departures.note("Bob", 1.0)
    departures.note("BOB", 2.0)
    assert departures.find("bob") == 2.0
    assert departures.find("Eve") == 0.0


def test_who_has_left_long_ago_is_forgotten_first() -> None:
    departures = Departures()
    for number in range(MAX_NAMES):
        departures.note(f"guest{number}", 1.0)
    departures.note("guest0", 2.0)
    departures.note("one-more", 3.0)
    assert departures.find("guest0") == 2.0
    assert departures.find("guest1") == 0.0
