"""A standby takes the place of the primary: nothing that was heard is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.log.interface import LogError
from tests.support.logs import PostgresSite, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Postgres


@pytest.fixture
def standby(own_postgres: Postgres) -> Iterator[Postgres]:
    """A synchronous standby of `own_postgres`."""
    made = own_postgres.standby()
    own_postgres.ask("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")
    own_postgres.ask("postgres", "SELECT pg_reload_conf()")
    yield made
    made.remove()


class Pair(PostgresSite):
    """A site whose URL names the primary and the standby."""

    def __init__(self, primary: Postgres, standby: Postgres) -> None:
        super().__init__(primary)
        self.standby = standby

    def join(self, site: str = "", after: int = 0, key: tuple[int, int] | None = None) -> Reader:
        hosts = f"host={self.postgres.folder},{self.standby.folder}"
        log = self.make(f"postgresql://netchat@/{self.database}?{hosts}")
        self.readers.append(Reader(log, log.open(site, after, key), after))
        return self.readers[-1]


def test_a_promoted_standby_that_lacks_what_was_heard_is_refused(own_postgres: Postgres) -> None:
    standby = own_postgres.standby()
    try:
        pair = Pair(own_postgres, standby)
        one = pair.join()
        one.say("both have it")
        pair.turns.until(lambda: one.settled)
        query = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()"
        pair.turns.until(lambda: own_postgres.ask("postgres", query) == [(1,)])
        # It is not synchronous, and away for a moment.
        standby.stop()
        one.say("the primary alone has it")
        pair.turns.until(lambda: one.settled)
        own_postgres.stop()
        standby.start()
        standby.promote()
        pair.turns.until(lambda: one.ends)
        assert "ends before what this server has read" in one.ends[0]
        with pytest.raises(LogError, match="ends before what this server has read"):
            pair.join(one.opened.site, 2, (one.number, 2))
        # Who has read no more than it has goes on from there.
        other = pair.join(one.opened.site, 1, (one.number, 1))
        other.say("on it goes")
        pair.turns.until(lambda: other.settled)
        # The first one is still away when there are as many entries again, but others.
        with pytest.raises(LogError, match="other entries than this server has read"):
            pair.join(one.opened.site, 2, (one.number, 2))
        pair.close()
    finally:
        standby.remove()


@pytest.mark.long
def test_a_promoted_standby_has_all_that_was_heard_and_the_old_primary_is_not_used(
    own_postgres: Postgres, standby: Postgres
) -> None:
    pair = Pair(own_postgres, standby)
    one, other = pair.join(), pair.join()
    assert not [line for line in one.opened.warnings if "standby" in line]
    for line in range(300):
        one.say(f"one {line}")
        other.say(f"other {line}")
    pair.turns.until(lambda: len(one.heard_entries) > 100)
    own_postgres.kill()
    pair.turns.until(lambda: one.log.trouble and other.log.trouble)
    standby.promote()
    pair.turns.until(lambda: not one.log.trouble and not other.log.trouble)
    one.say("after")
    pair.turns.until(lambda: one.settled and other.settled)
    pair.turns.until(lambda: one.heard_entries == other.heard_entries)
    assert one.heard_texts[-1] == "after"
    # The first host of the URL comes back as a primary of its own.
    own_postgres.start()
    standby.stop()
    pair.turns.until(lambda: "a former primary" in one.log.trouble)
    standby.start()
    own_postgres.stop()
    pair.turns.until(lambda: not one.log.trouble and not other.log.trouble)
    other.say("at last")
    pair.turns.until(lambda: other.settled and one.heard_entries == other.heard_entries)
    own_postgres.start()
    pair.close()
    assert not one.ends
