"""The bell of the terminal."""

from __future__ import annotations

from twisted.internet.task import Clock

from netchat.client.frontends.bell import MIN_INTERVAL, Bell


def test_the_bell_rings_at_most_once_in_a_second() -> None:
    rung: list[float] = []
    clock = Clock()
    bell = Bell(lambda: rung.append(clock.seconds()), clock, lambda: True)
    for _ in range(4):
        bell.ring()
        clock.advance(MIN_INTERVAL / 2)
    assert rung == [0, MIN_INTERVAL]


def test_a_user_can_have_no_bell() -> None:
    rung: list[int] = []
    wanted = [False, True]
    bell = Bell(lambda: rung.append(1), Clock(), lambda: wanted.pop(0))
    bell.ring()
    assert rung == []
    bell.ring()
    assert rung == [1]
