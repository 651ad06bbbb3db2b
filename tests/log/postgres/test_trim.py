"""Entries older than some days are deleted, but for what somebody still has to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.log.postgres.log import PostgresLog
from netchat.log.postgres.opening import open_log
from netchat.log.postgres.target import parse_target

if TYPE_CHECKING:
    from tests.support.logs import PostgresSite, Reader

FUTURE = 4e9


def kept(site: PostgresSite) -> list[object]:
    """Return the positions that are kept."""
    rows = site.postgres.ask(site.database, "SELECT position FROM netchat_log ORDER BY position")
    return [position for (position,) in rows]


def trim(site: PostgresSite, reader: Reader, before: float = FUTURE) -> list[object]:
    """Let `reader` delete entries; return the positions that are kept."""
    log = reader.log
    assert isinstance(log, PostgresLog)
    log.trim(before)
    site.turns.until(lambda: log._trim is None)
    return kept(site)


def test_the_newest_entry_and_what_a_server_has_not_heard_are_kept(
    postgres_site: PostgresSite,
) -> None:
    one, other = postgres_site.join(), postgres_site.join()
    for _ in range(20):
        one.say("a")
        postgres_site.turns.until(lambda: one.settled)
    # The other one has never said how far it has come.
    assert trim(postgres_site, one)[0] == 1
    postgres_site.turns.until(lambda: other.position == 20)
    other.say("b")
    postgres_site.turns.until(lambda: one.position == 21)
    one.say("c")
    postgres_site.turns.until(lambda: one.settled)
    assert trim(postgres_site, one, 0.0)[0] == 1
    assert trim(postgres_site, one) == [21, 22]
    other.bury(other.number)
    postgres_site.turns.until(lambda: other.settled and one.position == 23)
    one.say("d")
    postgres_site.turns.until(lambda: one.settled)
    assert trim(postgres_site, one) == [24]
    one.say("e")
    postgres_site.turns.until(lambda: one.settled)
    assert kept(postgres_site) == [24, 25]


def test_who_died_before_its_first_entry_keeps_everything_until_it_is_buried(
    postgres_site: PostgresSite,
) -> None:
    one = postgres_site.join()
    url = postgres_site.postgres.url(postgres_site.database)
    dead = open_log(parse_target(url), "", 0, None).incarnation
    for _ in range(3):
        one.say("a")
        postgres_site.turns.until(lambda: one.settled)
    assert trim(postgres_site, one) == [1, 2, 3]
    assert dead in one.log.living
    one.bury(dead)
    postgres_site.turns.until(lambda: one.settled)
    one.say("b")
    postgres_site.turns.until(lambda: one.settled)
    assert trim(postgres_site, one) == [5]


def test_a_part_at_a_time_is_deleted(postgres_site: PostgresSite) -> None:
    one = postgres_site.join()
    for number in range(4500):
        one.say(str(number))
    postgres_site.turns.until(lambda: one.settled)
    one.say("last")
    postgres_site.turns.until(lambda: one.settled)
    assert trim(postgres_site, one) == [4501]
