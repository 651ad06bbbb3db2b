"""PostgreSQL, or the network to it, falls silent without ending a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.log.interface import LogError
from netchat.log.postgres import link, opening, target
from netchat.log.postgres.log import PostgresLog
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.target import parse_target
from tests.support.logs import PostgresSite

if TYPE_CHECKING:
    from tests.support.postgres import Postgres


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server give up soon; PostgreSQL itself gives up later."""
    monkeypatch.setattr(link, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(opening, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(target, "CONNECT_SECONDS", 1)
    monkeypatch.setitem(target._ADDED, "connect_timeout", "2")


def refusal(url: str) -> str:
    """Return why the log at `url` cannot be opened."""
    with pytest.raises(LogError) as caught:
        open_log(parse_target(url), "", 0, None)
    return str(caught.value)


def test_a_start_gives_up_when_the_processes_of_postgresql_stand_still(
    own_postgres: Postgres,
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    own_postgres.freeze()
    try:
        assert "cannot be reached (connection timeout expired)" in refusal(url)
    finally:
        own_postgres.thaw()
    assert open_log(parse_target(url), "", 0, None).last == 0


def test_a_start_gives_up_when_its_commit_waits_for_a_standby_that_is_away(
    own_postgres: Postgres,
) -> None:
    url = own_postgres.url(own_postgres.new_database())
    own_postgres.ask("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'away'")
    own_postgres.ask("postgres", "SELECT pg_reload_conf()")
    assert "does not answer: its machine may be overloaded, or its synch" in refusal(url)
    # The one before waits still, and has the tables.
    assert "does not answer: its machine may be overloaded, or its synch" in refusal(url)
    own_postgres.ask("postgres", "ALTER SYSTEM RESET synchronous_standby_names")
    own_postgres.ask("postgres", "SELECT pg_reload_conf()")
    assert open_log(parse_target(url), "", 0, None).last == 0


def test_what_was_stored_before_the_network_fell_silent_is_heard_once(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    one.say("a")
    postgres_site.turns.until(lambda: one.settled and other.position == 1)
    relay = postgres_site.relays[one.number]
    relay.lose_answers()
    one.say("b")
    postgres_site.turns.until(lambda: other.position == 2)
    relay.be_silent()
    postgres_site.turns.until(lambda: one.log.trouble)
    assert "does not answer" in one.log.trouble
    one.say("c")
    # Whatever it tries meanwhile, it does not know what has become of b.
    later = postgres_site.turns.clock.seconds() + 3
    postgres_site.turns.until(lambda: postgres_site.turns.clock.seconds() > later)
    assert [*one.log.unanswered] == [2]
    assert [*one.refusals] == [3]
    relay.mend()
    postgres_site.turns.until(lambda: one.settled and not one.log.trouble)
    assert one.heard_texts == ["a", "b"]


def test_a_server_without_anything_to_say_notices_that_the_network_is_silent(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    other.say("a")
    postgres_site.turns.until(lambda: one.position == 1)
    relay = postgres_site.relays[one.number]
    relay.be_silent()
    postgres_site.turns.until(lambda: one.log.trouble)
    other.say("b")
    postgres_site.turns.until(lambda: other.settled)
    relay.mend()
    postgres_site.turns.until(lambda: one.position == 2)
    assert isinstance(one.log, PostgresLog)
    assert not one.log.trouble
