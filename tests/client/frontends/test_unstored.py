"""The number of lines that are not stored yet."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock

from netchat.client.frontends.unstored import DELAY, Unstored
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import Say
from tests.support.client_fakes import RecordingFrontend
from tests.support.conversations import ConversationHarness, said
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


class FrontendWithBadge(RecordingFrontend):
    """A frontend that counts the unstored lines as the terminal does."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.unstored = Unstored(clock, lambda: None)

    def unstored_changed(self, lines: int) -> None:
        self.unstored.update(lines)


def test_a_paste_of_sixty_lines_is_told_from_the_first_to_the_last_that_waits() -> None:
    clock = Clock()
    frontend = FrontendWithBadge(clock)
    harness = ConversationHarness(frontend=frontend, several_rooms=True)
    harness.log_in()
    # The server lets no more than ten wait, and stores five in a second.
    harness.conversation.outbox.window = 10
    harness.sends()
    sent = harness.say(*(f"line {number}" for number in range(60)))
    badges = []
    for number in range(60):
        clock.advance(0.2)
        badges.append(frontend.unstored.badge)
        if number == 30:
            # One that cannot be stored now is not stored, either.
            refused = sent.pop(0)
            harness.receive(
                wire.Error("storage", "The disk is full; try again.", refused.nonce or "")
            )
            harness.conversation.retry()
            sent = [*harness.sends(), *sent]
        say = sent.pop(0)
        assert isinstance(say, Say)
        harness.receive(said(number + 1, "Alice", say.text, say.nonce or ""))
        sent += harness.sends()
    assert badges[:2] == ["", ""]
    assert badges[2:] == [f"[{waiting} not stored yet] " for waiting in range(58, 0, -1)]
    assert frontend.unstored.badge == ""
