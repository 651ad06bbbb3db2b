"""Bans, mutes and the lock end by themselves, also while the server is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.journal.sqlite.journal import SqliteJournal
from netchat.server.expiry_timer import MAX_RETRY
from netchat.state.changes import Actor, Changed, OwnName, Restrict, SetLock
from netchat.state.records import Restriction
from tests.support.moderation import Moderated

if TYPE_CHECKING:
    from pathlib import Path


def bans_of(chat: Moderated) -> list[str]:
    return [some.target for some in chat.chat.state.all(Restriction)]


def test_what_has_no_end_needs_no_timer() -> None:
    chat = Moderated()
    chat.do(Restrict("ban", "name", "Carol"))
    before = len(chat.network.clock.getDelayedCalls())
    chat.do(Restrict("ban", "name", "Dave", until=chat.chat.time() + 10))
    assert len(chat.network.clock.getDelayedCalls()) == before + 1


def test_each_ends_at_its_time_and_a_longer_one_stays() -> None:
    chat = Moderated()
    now = chat.chat.time()
    for name, seconds in (("Carol", 100), ("Dave", 30), ("Eve", 500)):
        chat.do(Restrict("mute", "name", name, until=now + seconds))
    chat.do(Restrict("mute", "name", "Dave", until=now + 200))
    chat.network.advance(99)
    assert bans_of(chat) == ["Carol", "Dave", "Eve"]
    chat.network.advance(2)
    assert bans_of(chat) == ["Dave", "Eve"]
    chat.network.advance(100)
    assert bans_of(chat) == ["Eve"]


def test_a_clock_that_is_set_forward_is_noticed_within_a_minute() -> None:
    chat = Moderated()
    ahead = [0.0]
    now = chat.chat._now
    chat.chat._now = lambda: now() + ahead[0]
    chat.do(Restrict("ban", "name", "Carol", until=chat.chat.time() + 3600))
    ahead[0] = 4000
    chat.network.advance(61)
    assert bans_of(chat) == []


def test_thousands_that_end_at_once_end_in_several_turns() -> None:
    chat = Moderated()
    until = chat.chat.time() + 10
    for number in range(1200):
        chat.do(Restrict("ban", "name", f"guest{number}", until=until))
    chat.network.advance(11)
    assert bans_of(chat) == []


def restarted(before: Moderated, data: Path, seconds: float) -> Moderated:
    """Stop the server of `before`, and return another one on the same data, `seconds` later."""
    before.network.stop()
    before.network.advance(10)
    return Moderated("--data", str(data), start=before.chat.time() + seconds)


def test_a_ban_outlives_a_restart_and_ends_while_the_server_is_down(tmp_path: Path) -> None:
    chat = Moderated("--data", str(tmp_path))
    now = chat.chat.time()
    chat.do(Restrict("ban", "name", "Carol", until=now + 1000))
    chat.do(Restrict("ban", "name", "Dave"))
    chat.do(SetLock(until=now + 100))
    again = restarted(chat, tmp_path, 100)
    again.network.advance(0)
    assert sorted(bans_of(again)) == ["Carol", "Dave"]
    carol = again.network.guest()
    carol.say("Carol")
    assert not carol.online
    assert again.chat.state.lock is None
    last = restarted(again, tmp_path, 1000)
    last.network.advance(0)
    assert bans_of(last) == ["Dave"]
    last.network.stop()
    last.network.advance(10)


def test_an_end_that_cannot_be_stored_is_asked_for_until_it_can(tmp_path: Path) -> None:
    chat = Moderated("--data", str(tmp_path))
    journal = chat.chat.journal
    assert isinstance(journal, SqliteJournal)
    connection = journal._writer.connection
    chat.do(Restrict("ban", "name", "Carol", until=chat.chat.time() + 60))
    connection.execute("PRAGMA query_only = ON")
    chat.network.advance(3600)
    assert bans_of(chat) == ["Carol"]
    refused = chat.chat.state.number
    connection.execute("PRAGMA query_only = OFF")
    chat.network.advance(MAX_RETRY)
    chat.network.settle()
    assert bans_of(chat) == []
    assert chat.chat.state.number > refused
    chat.network.stop()
    chat.network.advance(10)


def test_an_end_that_was_asked_for_too_early_comes_at_its_time() -> None:
    chat = Moderated()
    chat.do(Restrict("ban", "name", "Carol", until=chat.chat.time() + 3600))
    now = chat.chat._now
    # The wall clock is set back when it has been read once.
    readings = iter((4000.0,))
    chat.chat._now = lambda: now() + next(readings, 0.0)
    chat.network.advance(61)
    assert bans_of(chat) == ["Carol"]
    chat.network.advance(3600)
    assert bans_of(chat) == []


def test_what_is_over_forbids_nothing_though_its_end_is_not_settled_yet() -> None:
    chat = Moderated()
    gus = chat.program("Gus", rooms=["lobby"])
    until = chat.chat.time() + 60
    chat.do(Restrict("mute", "name", "Gus", until=until))
    chat.do(Restrict("ban", "name", "Carol", until=until))
    chat.do(SetLock(until=until))
    gus.heard()
    now = chat.chat._now
    chat.chat._now = lambda: now() + 60  # which the timer has not noticed
    assert bans_of(chat) == ["Gus", "Carol"]
    gus.ask("say", room="lobby", text="a minute later")
    assert [event["type"] for event in gus.told()] == ["said"]
    assert chat.network.join("Carol").online
    own = chat.settle(OwnName("Dora"), Actor("Dora"))
    assert isinstance(own, Changed), own
