"""Slow mode: one line of each guest in so many seconds."""

from __future__ import annotations

from netchat.chat.slow_mode import SlowMode


def test_a_guest_waits_as_long_as_the_rest_of_the_time() -> None:
    slow = SlowMode()
    assert slow.wait(0, "Carol", "", 30, 100) == 0
    assert slow.wait(0, "carol", "", 30, 110) == 20
    assert slow.wait(0, "Dave", "", 30, 110) == 0
    assert slow.wait(0, "Carol", "", 30, 130) == 0


def test_an_account_waits_under_every_spelling() -> None:
    slow = SlowMode()
    assert slow.wait(7, "Carol", "", 30, 100) == 0
    assert slow.wait(7, "CAROL", "", 30, 101) == 29


def test_the_last_line_may_come_again_and_no_other() -> None:
    slow = SlowMode()
    assert slow.wait(0, "Carol", "1", 30, 100) == 0
    assert slow.wait(0, "Carol", "1", 30, 101) == 0
    assert slow.wait(0, "Carol", "2", 30, 102) == 29
    assert slow.wait(0, "Carol", "", 30, 102) == 29


def test_who_takes_another_name_waits_as_long() -> None:
    slow = SlowMode()
    assert slow.wait(0, "Carol", "", 30, 100) == 0
    slow.rename("Carol", "Caz")
    assert slow.wait(0, "Caz", "", 30, 110) == 20
    assert slow.wait(0, "Carol", "", 30, 110) == 20
    slow.rename("Nobody", "Dora")
    assert slow.wait(0, "Dora", "", 30, 110) == 0


def test_who_takes_a_name_that_has_spoken_later_waits_longer() -> None:
    slow = SlowMode()
    assert slow.wait(0, "Carol", "", 30, 100) == 0
    assert slow.wait(0, "Caz", "", 30, 110) == 0
    slow.rename("Carol", "Caz")
    assert slow.wait(0, "Caz", "", 30, 120) == 20


def test_nobody_waits_after_the_clock_was_set_back() -> None:
    slow = SlowMode()
    assert slow.wait(0, "Carol", "", 30, 1000) == 0
    assert slow.wait(0, "Carol", "", 30, 100) == 0


def test_only_those_are_remembered_who_have_to_wait() -> None:
    slow = SlowMode()
    for number in range(100):
        assert slow.wait(0, f"guest{number}", "", 30, number) == 0
    assert len(slow) <= 31
