"""The log of moderation: who did what to whom, until when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from twisted.logger import Logger, formatEvent

from netchat.observability.moderation_log import ModerationLog
from netchat.state import changes
from netchat.state.changes import Actor, Change, Changed, What

if TYPE_CHECKING:
    from twisted.logger import LogEvent

BOB = Actor("Bob", 1)


def logged(what: What, target: str = "") -> list[str]:
    """Return the lines of the log for `what`, which Bob has done."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    log = ModerationLog()
    log.log = Logger(observer=observe)  # type: ignore[arg-type]  # a function observes as well
    log.changed(Changed(Change(what, BOB, 0), 1, target=target))
    return lines


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (
            changes.Restrict("ban", "name", "Carol", until=1_767_268_800, reason="spam"),
            "Bob banned Carol on the server until 2026-01-01T12:00:00Z  [ spam ]",
        ),
        (changes.Restrict("mute", "name", "Carol", "lobby"), "Bob muted Carol in lobby"),
        (changes.Lift("ban", "name", "Carol"), "Bob ended the ban of Carol on the server"),
        (changes.Kick("Carol", "lobby"), "Bob removed Carol from lobby"),
        (changes.SetRole("Carol", "", "operator"), "Bob made Carol operator on the server"),
        (changes.SetRole("Carol", "lobby"), "Bob took the role of Carol away in lobby"),
        (changes.FoundRoom(1, "den"), "Bob made the room den"),
        (
            changes.SetRoom("den", private=True, slow=5),
            "Bob set den to private, slow 5",
        ),
        (changes.SetLock(reason="exam"), "Bob locked the server  [ exam ]"),
        (changes.Unlock(), "Bob unlocked the server"),
        (changes.Announce("secret"), "Bob announced something"),
        (changes.Expire("lock", ""), "Bob ended lock "),
    ],
)
def test_each_act_of_moderation_has_a_line(what: What, line: str) -> None:
    assert logged(what, "Carol") == [line]


def test_what_owners_do_for_themselves_is_not_logged() -> None:
    assert logged(changes.MarkRead(1, "lobby", 7)) == []


def test_control_characters_cannot_forge_a_line() -> None:
    (line,) = logged(changes.Kick("Carol", reason="spam\nBob left {by}"), "Carol")
    assert "\n" not in line
    assert line.endswith("{by} ]")
