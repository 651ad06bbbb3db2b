"""A primary of PostgreSQL and its synchronous standby, which takes its place when it is killed."""

from __future__ import annotations

from tests.support.postgres import Postgres

STANDBY = "copy"
"""The name of every standby, by which the primary knows it."""
_TRIES = 1000


class PostgresPair:
    """Two places: in one is the primary, in the other one the standby, or nothing for a while."""

    def __init__(self) -> None:
        self.places: list[Postgres | None] = [Postgres.make(), None]
        self.logs: list[list[str]] = []
        """What each that was there has said."""
        self._first = 0
        self.logs.append(self.primary.log)
        self.add_standby()

    @property
    def primary(self) -> Postgres:
        """The one that takes what is said."""
        found = self.places[self._first]
        assert found is not None
        return found

    @property
    def standby(self) -> Postgres:
        """The one that follows."""
        found = self.places[1 - self._first]
        assert found is not None
        return found

    def add_standby(self) -> None:
        """Make a copy of the primary; from now on nothing is confirmed without it."""
        assert self.primary.runs, "".join(self.primary.log[-20:])
        self.places[1 - self._first] = self.primary.standby()
        self.logs.append(self.standby.log)
        self.primary.ask("postgres", f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        self.primary.ask("postgres", "SELECT pg_reload_conf()")
        for _ in range(_TRIES):
            if self.primary.ask("postgres", "SHOW synchronous_standby_names") == [(STANDBY,)]:
                break
        # This waits for the standby, as everything does that is committed after it.
        self.primary.ask("postgres", "SELECT pg_logical_emit_message(true, 'netchat', '')")
        states = self.primary.ask("postgres", "SELECT sync_state FROM pg_stat_replication")
        assert states == [("sync",)], states

    def kill_primary(self) -> None:
        """Kill it, for ever; the standby is not promoted yet."""
        killed = self.primary
        killed.kill()
        killed.remove()
        self.places[self._first] = None

    def promote(self) -> None:
        """Make the primary of the standby; it has no standby itself."""
        self.standby.promote()
        self._first = 1 - self._first

    def remove(self) -> None:
        """Stop both, and delete them."""
        for one in self.places:
            if one is not None:
                one.remove()
