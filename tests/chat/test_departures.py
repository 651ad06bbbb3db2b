"""When those who have left were last here."""

from __future__ import annotations

from netchat.chat.departures import MAX_DEPARTURES, MOST_OF_A_NAME, Departures, Profile
from netchat.chat.nobody import Nobody
from netchat.chat.room import Participant


def named(name: str) -> Participant:
    return Participant(name, Nobody(), Nobody())


def test_the_last_time_counts_in_any_spelling() -> None:
    departures = Departures()
    departures.note(named("Bob"), 1.0)
    departures.note(named("BOB"), 2.0)
    assert departures.find("bob") == 2.0
    assert departures.find("Eve") == 0.0


def test_who_has_left_long_ago_is_forgotten_first() -> None:
    departures = Departures()
    for number in range(MAX_DEPARTURES - 1):
        departures.note(named(f"guest{number}"), 1.0)
    departures.note(named("guest0"), 2.0)
    departures.note(named("one-more"), 3.0)
    assert departures.find("guest0") == 2.0
    assert departures.find("guest1") == 0.0
    assert departures.find("guest2") == 1.0


def test_a_few_departures_of_a_name_are_remembered_with_what_was_shown_of_each() -> None:
    departures = Departures()
    departures.profile_of = lambda who: Profile(who.name, "guest", f"{who.name} Example")
    for name in ("bob", "BOB", "Bob", "boB", "BoB"):
        departures.note(named(name), 1.0)
    shown = [departure.profile for departure in departures.all("bob")]
    assert len(shown) == MOST_OF_A_NAME
    assert shown[0] == Profile("BoB", "guest", "BoB Example")
