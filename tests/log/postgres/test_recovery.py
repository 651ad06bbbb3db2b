"""What an operator does to PostgreSQL while it is used: it is said, and over when it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.log.postgres import link
from netchat.log.postgres.listener import Listener
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.target import parse_target
from tests.log.postgres.test_failures import own_backend
from tests.support.logs import PostgresSite, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres


@pytest.fixture
def own_site(own_postgres: Postgres) -> Iterator[PostgresSite]:
    """A log on a PostgreSQL that the test may change."""
    made = PostgresSite(own_postgres)
    yield made
    made.close()


def say(site: PostgresSite, reader: Reader, text: str) -> None:
    """Let `reader` say `text`, and wait for its answer."""
    reader.say(text)
    site.turns.until(lambda: reader.settled)


def end(site: PostgresSite, condition: str) -> list[tuple[object, ...]]:
    """End the connections of the servers of which `condition` is true."""
    return site.postgres.ask(
        site.database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE application_name = 'netchat' AND datname = '{site.database}' AND ({condition})",
    )


def test_rights_that_are_taken_away_are_missed_and_used_when_they_are_back(
    postgres_site: PostgresSite,
) -> None:
    name, ask = postgres_site.database, postgres_site.postgres.ask
    url = postgres_site.postgres.url(name)
    open_log(parse_target(url), "", 0, None)
    ask(name, f"CREATE ROLE {name} LOGIN")
    ask(name, f"GRANT SELECT, INSERT, UPDATE, DELETE ON netchat_site, netchat_log TO {name}")
    log = postgres_site.make(url.replace("netchat@", f"{name}@"))
    one = Reader(log, log.open("", 0), 0)
    postgres_site.readers.append(one)
    say(postgres_site, one, "a")
    ask(name, f"REVOKE INSERT ON netchat_log FROM {name}")
    one.say("b")
    postgres_site.turns.until(lambda: one.log.trouble)
    assert "lacks rights" in one.log.trouble
    postgres_site.turns.until(lambda: one.settled)
    assert "lacks rights" in one.refusals[2]
    ask(name, f"GRANT INSERT ON netchat_log TO {name}")
    say(postgres_site, one, "c")
    assert not one.log.trouble
    assert one.heard_texts == ["a", "c"]


def test_a_primary_that_becomes_read_only_is_named_and_used_when_it_is_none(
    own_site: PostgresSite,
) -> None:
    one = own_site.join()
    say(own_site, one, "a")
    own_site.postgres.ask("postgres", "ALTER SYSTEM SET default_transaction_read_only = on")
    own_site.postgres.ask("postgres", "SELECT pg_reload_conf()")
    own_site.turns.until(lambda: one.say("b") and one.log.trouble)
    assert "read only: name its primary" in one.log.trouble
    own_site.turns.until(lambda: "promote the standby" in one.log.trouble)
    (own_site.postgres.data / "postgresql.auto.conf").write_text("")
    own_site.postgres.ask("postgres", "SELECT pg_reload_conf()")
    own_site.turns.until(lambda: one.log.trouble and one.settled)
    own_site.turns.until(lambda: one.say("b") and not one.log.trouble)
    say(own_site, one, "c")
    assert one.heard_texts[-1] == "c"


def test_entries_of_others_are_heard_soon_while_nobody_tells_of_them(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    say(postgres_site, other, "a")
    postgres_site.turns.until(lambda: one.position == 1)
    clock = postgres_site.turns.clock
    # Both listen; then neither does, and cannot again for a second.
    postgres_site.turns.until(lambda: len(end(postgres_site, "query LIKE 'LISTEN%'")) >= 2)
    for turn in range(5):
        said = clock.seconds()
        say(postgres_site, other, str(turn))
        postgres_site.turns.until(lambda: one.position == other.position)
        assert clock.seconds() - said < 2
    assert not one.log.trouble
    assert one.refusals == other.refusals == {}


def test_without_a_place_for_a_second_connection_one_is_asked_for_each_second(
    postgres_site: PostgresSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Listener] = []

    class Counted(Listener):
        def start(self) -> None:
            started.append(self)
            super().start()

    monkeypatch.setattr(link, "Listener", Counted)
    name, ask = postgres_site.database, postgres_site.postgres.ask
    ask(name, f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1; ALTER DATABASE {name} OWNER TO {name}")
    log = postgres_site.make(postgres_site.postgres.url(name).replace("netchat@", f"{name}@"))
    one = Reader(log, log.open("", 0), 0)
    postgres_site.readers.append(one)
    for line in range(200):
        say(postgres_site, one, str(line))
    postgres_site.turns.until(lambda: started)
    assert len(started) <= 2 + postgres_site.turns.clock.seconds()
    assert not one.log.trouble


def test_a_dead_connection_that_appends_is_made_again_while_the_other_one_lives(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    say(postgres_site, one, "a")
    postgres_site.turns.until(lambda: other.position == 1)
    old = own_backend(one)
    end(postgres_site, f"pid = {old}")
    postgres_site.turns.until(lambda: one.log.trouble)
    postgres_site.turns.until(lambda: not one.log.trouble)
    say(postgres_site, other, "b")
    postgres_site.turns.until(lambda: one.position == 2)
    assert own_backend(one) != old
