"""The number of lines that are not stored yet."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock

from netchat.client.frontends.unstored import DELAY, Unstored
from tests.support.terminals import User, at_a_terminal


def test_a_line_that_is_stored_soon_is_not_told() -> None:
    clock = Clock()
    unstored = Unstored(clock, lambda: None)
    unstored.update(1)
    clock.advance(DELAY / 2)
    assert unstored.badge == ""
    unstored.update(0)
    clock.advance(DELAY)
    assert unstored.badge == ""
    assert not clock.getDelayedCalls()


def test_many_lines_are_told_as_long_as_some_of_them_wait() -> None:
    clock = Clock()
    told: list[str] = []
    unstored = Unstored(clock, lambda: told.append(unstored.badge))
    unstored.update(60)
    badges = []
    for waiting in range(59, -1, -1):
        clock.advance(0.2)
        unstored.update(waiting)
        badges.append(unstored.badge)
    assert badges[:2] == ["", ""]
    assert badges[2:-1] == [f"[{waiting} not stored yet] " for waiting in range(57, 0, -1)]
    assert badges[-1] == ""


def test_without_a_connection_it_is_told_at_once() -> None:
    unstored = Unstored(Clock(), lambda: None)
    unstored.online = False
    unstored.update(2)
    assert unstored.badge == "[2 not stored yet] "


def test_the_prompt_tells_it_when_it_becomes_true(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        alice.frontend.unstored_changed(1)
        await alice.sees("You:")
        alice.clock.advance(DELAY)
        await alice.sees("[1 not stored yet] You:")
        alice.frontend.unstored_changed(0)
        await alice.sees("You:")

    at_a_terminal(tmp_path, test)
