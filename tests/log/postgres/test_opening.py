"""What keeps a server from using a log: one sentence each, and nothing is half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from netchat.log.interface import LogError, Opened
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.target import parse_target
from tests.support.relay import Relay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Postgres

SITE = "0123456789abcdef"


def opened(url: str, after: int = 0, key: tuple[int, int] | None = None) -> Opened:
    """Open the log at `url`."""
    return open_log(parse_target(url), SITE, after, key)


def refusal(url: str, after: int = 0) -> str:
    """Return why the log at `url` cannot be used."""
    with pytest.raises(LogError) as caught:
        opened(url, after)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("url", ["chat", "host=db dbname=chat", "postgresql://db/chat?colour=red"])
def test_a_wrong_url_is_refused(url: str) -> None:
    assert "sslmode=verify-full" in refusal(url)


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    target = parse_target("postgresql://chat@127.0.0.1/chat", tmp_path / "none")
    with pytest.raises(LogError, match=r"none cannot be read: No such file or directory\."):
        open_log(target, SITE, 0, None)


def test_a_password_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    assert parse_target("postgresql://chat@db/chat", tmp_path / "password").password == "secret"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("postgresql://chat@db.example/chat", 1),
        ("postgresql://chat@db.example/chat?sslmode=require", 1),
        ("postgresql://chat@db.example/chat?sslmode=verify-full", 0),
        ("postgresql://chat@127.0.0.1/chat", 0),
        ("postgresql:///chat?host=/run/postgresql", 0),
        ("postgresql://127.0.0.1,db.example/chat", 1),
    ],
)
def test_a_far_host_that_is_not_verified_is_a_warning(url: str, number: int) -> None:
    assert len(parse_target(url).warnings()) == number


def test_a_host_that_does_not_answer_is_named() -> None:
    relay = Relay("/nowhere")
    try:
        sentence = refusal(f"postgresql://chat@127.0.0.1:{relay.port}/chat")
    finally:
        relay.close()
    assert sentence.startswith("The log on 127.0.0.1 cannot be reached (")


def test_a_database_that_is_not_there_is_named(postgres: Postgres) -> None:
    assert "does not exist" in refusal(postgres.url("nothing"))


def test_a_database_without_the_right_to_make_tables_is_left_as_it_is(postgres: Postgres) -> None:
    name = postgres.new_database()
    postgres.ask(name, f"CREATE ROLE {name} LOGIN; REVOKE CREATE ON SCHEMA public FROM public")
    assert "lacks rights" in refusal(postgres.url(name).replace("netchat@", f"{name}@"))
    assert postgres.ask(name, "SELECT to_regclass('netchat_site')") == [(None,)]


def test_tables_that_may_not_be_written_are_refused(postgres: Postgres) -> None:
    name = postgres.new_database()
    opened(postgres.url(name))
    postgres.ask(name, f"CREATE ROLE {name} LOGIN")
    postgres.ask(name, f"GRANT SELECT, UPDATE ON netchat_site, netchat_log TO {name}")
    assert "lacks rights" in refusal(postgres.url(name).replace("netchat@", f"{name}@"))


def test_a_journal_that_has_more_than_an_empty_database_leaves_it_empty(postgres: Postgres) -> None:
    name = postgres.new_database()
    assert "ends before" in refusal(postgres.url(name), 5)
    assert postgres.ask(name, "SELECT to_regclass('netchat_site')") == [(None,)]


@pytest.mark.parametrize("number", [0, 2])
def test_another_format_is_refused(postgres: Postgres, number: int) -> None:
    name = postgres.new_database()
    opened(postgres.url(name))
    postgres.ask(name, f"UPDATE netchat_site SET format = {number}")
    assert "another version of netchat" in refusal(postgres.url(name))
    assert postgres.ask(name, "SELECT count(*) FROM netchat_site, jsonb_each(living)") == [(1,)]


def test_a_log_that_has_no_longer_what_the_journal_lacks_is_refused(postgres: Postgres) -> None:
    name = postgres.new_database()
    opened(postgres.url(name))
    postgres.ask(name, "INSERT INTO netchat_log VALUES (8, 1, 1, '', now())")
    postgres.ask(name, "UPDATE netchat_site SET position = 8")
    assert "netchat backup" in refusal(postgres.url(name), 6)
    assert opened(postgres.url(name), 7).first == 8


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE netchat_site (a int)",
        "CREATE TABLE netchat_log (a int)",
        "CREATE TABLE netchat_site (a int); CREATE TABLE netchat_log (a int)",
    ],
)
def test_tables_of_something_else_are_left_as_they_are(postgres: Postgres, made: str) -> None:
    name = postgres.new_database()
    postgres.ask(name, made)
    tables = "SELECT table_name, column_name FROM information_schema.columns"
    before = postgres.ask(name, f"{tables} WHERE table_schema = 'public'")
    assert "which netchat has not made" in refusal(postgres.url(name))
    assert postgres.ask(name, f"{tables} WHERE table_schema = 'public'") == before


@pytest.mark.parametrize("what", ["DATABASE", "ROLE"])
def test_what_may_lose_what_it_has_confirmed_is_refused(postgres: Postgres, what: str) -> None:
    name = postgres.new_database()
    postgres.ask(name, f"CREATE ROLE {name} LOGIN; ALTER DATABASE {name} OWNER TO {name}")
    url = postgres.url(name).replace("netchat@", f"{name}@")
    assert opened(url).last == 0
    postgres.ask("postgres", f"ALTER {what} {name} SET synchronous_commit = off")
    assert "set synchronous_commit to on" in refusal(url)


def test_a_connection_that_does_not_wait_for_the_disk_is_refused(postgres: Postgres) -> None:
    url = postgres.url(postgres.new_database())
    sentence = refusal(f"{url}&options=-c%20synchronous_commit%3Doff")
    assert "set synchronous_commit to on" in sentence


def test_a_postgresql_that_cannot_be_trusted_or_written_is_refused(own_postgres: Postgres) -> None:
    name = own_postgres.new_database()
    for setting in ("fsync", "synchronous_commit"):
        own_postgres.stop()
        own_postgres.start(**{setting: "off"})
        assert f"set {setting} to on" in refusal(own_postgres.url(name))
    own_postgres.stop()
    own_postgres.start()
    standby = own_postgres.standby()
    try:
        assert "start its primary, or promote the standby" in refusal(standby.url(name))
    finally:
        standby.remove()


def test_twenty_starts_at_once_make_one_log(postgres: Postgres) -> None:
    url = postgres.url(postgres.new_database())
    with ThreadPoolExecutor(20) as pool:
        starts = [pool.submit(open_log, parse_target(url), "", 0, None) for _ in range(20)]
        found = [start.result() for start in starts]
    assert len({one.incarnation for one in found}) == 20
    assert len({one.site for one in found}) == 1


def test_a_missing_standby_is_a_warning(postgres: Postgres) -> None:
    warnings = opened(postgres.url(postgres.new_database())).warnings
    assert [warning for warning in warnings if "no synchronous standby" in warning]


def test_another_isolation_in_the_database_changes_nothing(postgres: Postgres) -> None:
    name = postgres.new_database()
    postgres.ask(
        "postgres", f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"
    )
    assert opened(postgres.url(name)).last == 0


def test_a_restored_backup_gives_no_number_a_second_time(postgres: Postgres) -> None:
    name = postgres.new_database()
    numbers = [opened(postgres.url(name)).incarnation for _ in range(2)]
    postgres.ask(name, "UPDATE netchat_site SET incarnation = 0")
    assert opened(postgres.url(name)).incarnation >= numbers[0]
