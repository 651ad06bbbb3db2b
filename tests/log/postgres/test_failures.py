"""PostgreSQL fails under servers that append: everything is heard once, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from netchat.log.postgres import connection, link
from netchat.log.postgres.log import PostgresLog
from netchat.log.postgres.session import Begun
from tests.support.logs import PostgresSite, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.postgres import Postgres


@pytest.fixture
def own_site(own_postgres: Postgres) -> Iterator[PostgresSite]:
    """A log on a PostgreSQL that the test may kill."""
    made = PostgresSite(own_postgres)
    yield made
    made.close()


def agree(*readers: Reader) -> bool:
    """Return whether all have settled what they said, and have heard the same."""
    return all(
        reader.settled and reader.heard_entries == readers[0].heard_entries for reader in readers
    )


def hears_more(reader: Reader) -> Callable[[], bool]:
    """Return what says whether `reader` has heard more than now."""
    heard = len(reader.heard_entries)
    return lambda: len(reader.heard_entries) > heard


def settles_more(reader: Reader) -> Callable[[], bool]:
    """Return what says whether `reader` has heard more, or more of it is refused, than now."""
    hears = hears_more(reader)
    refused = len(reader.refusals)
    return lambda: hears() or len(reader.refusals) > refused


def backends(site: PostgresSite) -> list[int]:
    """Return the processes that serve the servers."""
    rows = site.postgres.ask(
        site.database,
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'netchat'"
        f" AND datname = '{site.database}'",
    )
    return [int(str(pid)) for (pid,) in rows]


def own_backend(reader: Reader) -> int:
    """Return the process that serves what `reader` appends."""
    assert isinstance(reader.log, PostgresLog)
    session = reader.log._link._session
    assert session is not None
    assert session._connection is not None
    return session._connection.info.backend_pid


@pytest.mark.long
def test_killed_while_two_servers_append_it_goes_on_where_it_was(own_site: PostgresSite) -> None:
    one, other = own_site.join(), own_site.join()
    for turn in range(3):
        for line in range(200):
            one.say(f"one {turn} {line}")
            other.say(f"other {turn} {line}")
        own_site.turns.until(hears_more(one))
        own_site.postgres.kill()
        own_site.turns.until(lambda: one.log.trouble and other.log.trouble)
        one.say("refused")
        own_site.postgres.start()
        own_site.turns.until(lambda: not one.log.trouble and not other.log.trouble)
    own_site.turns.until(lambda: agree(one, other))
    assert one.refusals
    later = own_site.join()
    own_site.turns.until(lambda: agree(one, later))


def test_connections_that_are_ended_at_random_lose_and_double_nothing(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    for turn in range(10):
        postgres_site.turns.until(lambda: not one.log.trouble and not other.log.trouble)
        for line in range(50):
            one.say(f"one {turn} {line}")
            other.say(f"other {turn} {line}")
        postgres_site.turns.until(settles_more(one))
        # A server whose connection was ended may have none at this moment.
        for pid in backends(postgres_site)[turn % 2 :][:1]:
            postgres_site.postgres.ask(
                postgres_site.database, f"SELECT pg_terminate_backend({pid})"
            )
    postgres_site.turns.until(lambda: agree(one, other))
    assert not one.ends


def test_what_a_lost_connection_still_had_under_way_is_refused_and_stays_away(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    one.say("a")
    postgres_site.turns.until(lambda: agree(one, other))
    relay = postgres_site.relays[one.number]
    old = own_backend(one)
    relay.hold_requests()
    one.say("under way")
    # A round that only reads may be under way, and holds nothing of this.
    postgres_site.turns.until(lambda: b"under way" in relay.held)
    relay.end_clients()
    postgres_site.turns.until(lambda: one.log.trouble)
    assert [*one.log.unanswered] == [2]
    # The network delivers what comes anew, and keeps what was sent before.
    relay.pass_new()
    postgres_site.turns.until(lambda: one.settled)
    assert [*one.refusals] == [2]
    assert old in backends(postgres_site)
    relay.mend()
    postgres_site.turns.until(lambda: old not in backends(postgres_site))
    other.say("b")
    postgres_site.turns.until(lambda: agree(one, other) and len(one.heard_entries) == 2)
    assert one.heard_texts == ["a", "b"]


def test_what_had_no_answer_is_not_refused_before_everything_up_to_it_is_read(
    postgres_site: PostgresSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = postgres_site.join()
    for line in range(1300):
        one.say(str(line))
    postgres_site.turns.until(lambda: one.settled)
    late = postgres_site.join()
    log, relay = late.log, postgres_site.relays[late.number]
    assert isinstance(log, PostgresLog)
    begun = log.begun

    def lose_answers(found: Begun) -> None:
        relay.lose_answers()
        begun(found)

    monkeypatch.setattr(log, "begun", lose_answers)
    late.say("b")
    postgres_site.turns.until(lambda: one.position == 1301)
    relay.cut()
    postgres_site.turns.until(lambda: log.trouble)
    assert [*log.unanswered] == [1]
    monkeypatch.undo()
    relay.mend()
    postgres_site.turns.until(lambda: agree(one, late))
    assert not late.refusals


def test_a_statement_that_waits_too_long_is_given_up_and_settled(
    postgres_site: PostgresSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = connection._PREPARE.replace(f"'{connection.STATEMENT_SECONDS}s'", "'300ms'")
    monkeypatch.setattr(connection, "_PREPARE", prepare)
    one = postgres_site.join()
    one.say("a")
    postgres_site.turns.until(lambda: one.settled)
    with psycopg.connect(postgres_site.postgres.url(postgres_site.database)) as holder:
        holder.execute("SELECT FROM netchat_site FOR UPDATE")
        one.say("b")
        postgres_site.turns.until(lambda: one.log.trouble)
        assert "does not answer" in one.log.trouble
        assert [*one.log.unanswered] == [2]
    postgres_site.turns.until(lambda: one.settled)
    assert [*one.refusals] == [2]
    one.say("c")
    postgres_site.turns.until(lambda: one.settled)
    assert one.heard_texts == ["a", "c"]


def test_a_server_that_stands_still_is_noticed_and_answers_later(
    own_site: PostgresSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "ANSWER_SECONDS", 0.5)
    one = own_site.join()
    one.say("a")
    own_site.turns.until(lambda: one.settled)
    own_site.postgres.freeze()
    one.say("b")
    own_site.turns.until(lambda: one.log.trouble)
    assert "does not answer" in one.log.trouble
    own_site.postgres.thaw()
    own_site.turns.until(lambda: one.settled and not one.log.trouble)
    one.say("c")
    own_site.turns.until(lambda: one.settled)
    assert one.heard_texts in (["a", "c"], ["a", "b", "c"])


def test_a_log_that_came_back_with_less_than_was_heard_is_refused(
    postgres_site: PostgresSite,
) -> None:
    one = postgres_site.join()
    one.say("a")
    one.say("b")
    postgres_site.turns.until(lambda: one.settled)
    postgres_site.postgres.ask(
        postgres_site.database,
        "DELETE FROM netchat_log WHERE position = 2; UPDATE netchat_site SET position = 1",
    )
    postgres_site.turns.until(lambda: one.ends)
    assert "has no longer" in one.ends[0] or "ends before" in one.ends[0]


def test_a_log_that_came_back_with_other_entries_is_refused(postgres_site: PostgresSite) -> None:
    one = postgres_site.join()
    one.say("a")
    postgres_site.turns.until(lambda: one.settled)
    postgres_site.relays[one.number].cut()
    postgres_site.turns.until(lambda: one.log.trouble)
    postgres_site.postgres.ask(
        postgres_site.database, "UPDATE netchat_log SET incarnation = 7 WHERE position = 1"
    )
    postgres_site.relays[one.number].mend()
    postgres_site.turns.until(lambda: one.ends)
    assert "other entries" in one.ends[0]


def test_an_empty_database_instead_of_the_log_is_refused(postgres_site: PostgresSite) -> None:
    one = postgres_site.join()
    one.say("a")
    postgres_site.turns.until(lambda: one.settled)
    postgres_site.postgres.ask(postgres_site.database, "DROP TABLE netchat_log, netchat_site")
    postgres_site.turns.until(lambda: one.ends)
    assert "is gone" in one.ends[0]


def test_a_full_disk_is_said_in_a_sentence_and_ends_when_there_is_room(
    postgres_site: PostgresSite,
) -> None:
    one = postgres_site.join()
    one.say("a")
    postgres_site.turns.until(lambda: one.settled)
    postgres_site.postgres.ask(
        postgres_site.database,
        """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON netchat_log EXECUTE FUNCTION full_disk();
        """,
    )
    one.say("b")
    postgres_site.turns.until(lambda: one.log.trouble)
    sentence = "The disk of the log on 127.0.0.1 is full: make room there."
    assert one.log.trouble == sentence
    postgres_site.turns.until(lambda: one.settled)
    assert one.refusals == {2: sentence}
    # It can be reached again by now, and takes nothing still.
    assert one.log.trouble == sentence
    postgres_site.postgres.ask(postgres_site.database, "DROP FUNCTION full_disk CASCADE")
    one.say("c")
    postgres_site.turns.until(lambda: one.settled)
    assert not one.log.trouble
    assert one.heard_texts == ["a", "c"]
