"""Bell, title of the window and notification, when somebody mentions the user."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from netchat.client.conversation.display_lines import PrivateLine
from netchat.client.frontends.attention import PRESENCE
from netchat.client.frontends.notification import (
    MIN_INTERVAL,
    DesktopNotifications,
    Notifications,
    sequence_for,
)
from tests.support.terminals import LOBBY, User, at_a_terminal, said

MENTION = said("Bob", "lunch, Alice?", mentions=True)
HOSTILE = "9;4;1\x1b]0;owned\x07\x9d2;owned\x9c;rm\n-rf\u202e"


def test_a_mention_is_highlighted_and_rings_the_bell_once_a_second(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(said("Bob", "hi"), MENTION, MENTION)
        assert alice.terminal.written.count("\a") == 1
        assert alice.terminal.style_of("lunch").bold
        assert alice.terminal.style_of("Bob: lunch").reverse
        assert not alice.terminal.style_of("hi").bold
        await alice.sets("bell off")
        alice.clock.advance(5)
        await alice.shows(MENTION)
        assert alice.terminal.written.count("\a") == 1

    at_a_terminal(tmp_path, test)


def test_the_title_counts_the_mentions_until_a_key_is_pressed(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.shows(said("Bob", "hi"))
        assert alice.terminal.title == ""
        await alice.shows(MENTION, PrivateLine("[Bob -> you] psst", "Bob", own=False))
        alice.frontend.mentioned(replace(LOBBY, name="ops", current=False), MENTION)
        assert alice.terminal.title == "(3) netchat"
        await alice.types("x")
        assert alice.terminal.title == "netchat"
        assert alice.terminal.written.count("\x1b[22;2t") == 1
        assert (
            alice.terminal.written.endswith("\x1b[23;2t") or "\x1b[23;2t" in alice.terminal.written
        )

    at_a_terminal(tmp_path, test)


@pytest.mark.parametrize("term", ["linux", "vt220", "dumb", ""])
def test_a_terminal_that_has_no_title_gets_no_sequence_for_it(tmp_path: Path, term: str) -> None:
    async def test(alice: User) -> None:
        await alice.shows(MENTION)
        assert "\x1b]" not in alice.terminal.written

    at_a_terminal(tmp_path, test, environ={"TERM": term})


def test_the_terminal_notifies_of_a_mention_in_any_room_unless_the_user_is_there(
    tmp_path: Path,
) -> None:
    async def test(alice: User) -> None:
        written = alice.terminal
        await alice.shows(MENTION)
        assert "\x1b]9;netchat, lobby: Bob: lunch, Alice?\x1b\\" in written.written
        alice.clock.advance(MIN_INTERVAL)
        alice.frontend.mentioned(replace(LOBBY, name="ops", current=False), MENTION)
        assert "\x1b]9;netchat, ops: Bob: lunch, Alice?\x1b\\" in written.written
        await alice.types("x")
        alice.clock.advance(PRESENCE - 1)
        await alice.shows(MENTION)
        assert written.written.count("\x1b]9;") == 2
        alice.clock.advance(1)
        await alice.sets("notify off")
        await alice.shows(MENTION)
        assert written.written.count("\x1b]9;") == 2

    at_a_terminal(tmp_path, test, environ={"TERM": "xterm-ghostty"})


def test_lines_that_the_user_has_just_gone_to_do_not_call_them(tmp_path: Path) -> None:
    async def test(alice: User) -> None:
        await alice.types("/go ops\r")
        await alice.shows(replace(MENTION, when="09:00"))
        assert "\a" not in alice.terminal.written
        alice.clock.advance(PRESENCE)
        await alice.shows(replace(MENTION, when="09:00"))
        assert alice.terminal.written.count("\a") == 1

    at_a_terminal(tmp_path, test)


@pytest.mark.parametrize(
    ("environ", "start"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b]99;i=netchat:o=unfocused:e=1;"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "\x1b]9;netchat: "),
        ({"TERM": "foot"}, "\x1b]777;notify;netchat;"),
    ],
)
def test_no_text_ends_the_sequence_that_it_is_in_or_begins_another(
    environ: dict[str, str], start: str
) -> None:
    sent: list[str] = []
    Notifications(environ, sent.append, Clock()).notify("netchat", HOSTILE * 100)
    (sequence,) = sent
    assert sequence.startswith(start)
    body = sequence.removeprefix(start).removesuffix("\x1b\\")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", body)
    shown = b64decode(body).decode() if "99;" in start else body
    assert "9;4;1]0;owned2;owned;rm -rf" in shown
    assert len(sequence) < 400


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "xterm-256color"},
        {"TERM": "xterm-kitty", "TMUX": "/tmp/x,1,0"},
        {"TERM": "screen-256color", "TERM_PROGRAM": "iTerm.app"},
    ],
)
def test_a_terminal_that_takes_no_notification_gets_no_sequence(environ: dict[str, str]) -> None:
    assert sequence_for(environ) is None


def test_notifications_have_a_limited_rate() -> None:
    sent: list[str] = []
    clock = Clock()
    notifications = Notifications({"TERM": "foot"}, sent.append, clock)
    for _ in range(20):
        notifications.notify("netchat", "hi")
        clock.advance(1)
    assert len(sent) == 20 / MIN_INTERVAL


def program(directory: Path, script: str) -> dict[str, str]:
    """Return an environment with a desktop, whose notify-send runs `script`."""
    path = directory / "notify-send"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"PATH": f"{directory}:/usr/bin:/bin", "DISPLAY": ":0"}


def test_the_desktop_gets_the_text_as_one_argument_without_markup(tmp_path: Path) -> None:
    pipe = tmp_path / "shown"
    environ = program(tmp_path, f'printf "%s\\n" "$@" > {pipe}.part; mv {pipe}.part {pipe}')
    desktop = DesktopNotifications(environ, Clock())
    desktop.notify("netchat", "--help <b>bold</b> & $(id)")
    assert desktop._process is not None
    assert desktop._process.wait(20) == 0
    desktop.stop()
    assert pipe.read_text().splitlines() == [
        "--app-name=netchat",
        "--",
        "netchat",
        "--help &lt;b&gt;bold&lt;/b&gt; &amp; $(id)",
    ]


def test_a_notification_that_hangs_is_ended_and_never_waited_for(tmp_path: Path) -> None:
    clock = Clock()
    desktop = DesktopNotifications(program(tmp_path, "exec sleep 600"), clock)
    desktop.notify("netchat", "one")
    process = desktop._process
    desktop.notify("netchat", "two")
    assert desktop._process is process
    clock.advance(MIN_INTERVAL)
    assert process is not None
    assert process.returncode == -9


@pytest.mark.parametrize("more", [{"DISPLAY": ""}, {"SSH_CONNECTION": "a b"}, {"PATH": "/nowhere"}])
def test_without_a_desktop_of_the_user_nothing_is_run(tmp_path: Path, more: dict[str, str]) -> None:
    desktop = DesktopNotifications({**program(tmp_path, "exit"), **more}, Clock())
    desktop.notify("netchat", "hi")
    assert desktop._process is None
