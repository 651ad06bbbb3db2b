"""The texts of deleted lines are in no row of a log on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netchat.cluster.deleted_lines import DeletedLineEraser
from netchat.cluster.entries import Item, encode
from netchat.journal.log_places import position_of
from netchat.model.events import Said
from netchat.state.changes import CONSOLE, SERVER, Change, DeleteLines
from netchat.state.site_changes import Reach
from netchat.testing import START
from tests.log.conftest import own_postgres, postgres, postgres_site
from tests.support.journals import ManualClock, append, close, make_journal

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.journal.interface import Journal
    from tests.support.logs import PostgresSite

__all__ = ["own_postgres", "postgres", "postgres_site"]

SECRET = "hunter2 🔑"


def rows(site: PostgresSite) -> list[Any]:
    """Return the payloads of the log."""
    return [row[0] for row in site.postgres.ask(site.database, "SELECT payload FROM netchat_log")]


def places(journal: Journal) -> object:
    """Return the places of deleted lines that are not known to be erased."""
    found: list[object] = []
    journal.log_places(found.append)
    return found[0]


def test_a_deleted_line_is_in_no_row_after_a_restart_in_between(
    postgres_site: PostgresSite, tmp_path: Path
) -> None:
    site, server = postgres_site, postgres_site.join()
    said = [Said("lobby", "Ann", text, START) for text in (SECRET, "stays")]
    server.last_batch += 1
    server.log.append(1, encode(Item(1, line) for line in said))
    site.turns.until(lambda: server.heard_entries)
    journal = make_journal(tmp_path, ManualClock())
    journal.open()
    reach = Change(Reach(1, server.number, 1), SERVER, 0)
    assert position_of(append(journal, *said, reach)) == 1
    close(journal)
    journal = make_journal(tmp_path, ManualClock())
    journal.open()
    delete = Change(DeleteLines("lobby", (1,)), CONSOLE, START)
    append(journal, delete, Change(Reach(2, server.number, 2), SERVER, 0))
    close(journal)
    journal = make_journal(tmp_path, ManualClock())
    journal.open()
    assert any(SECRET.encode() in row for row in rows(site))
    deleted = DeletedLineEraser(journal, server.log)
    deleted.sweep()
    site.turns.until(lambda: not any(SECRET.encode() in row for row in rows(site)))
    assert any(b"stays" in row for row in rows(site))
    assert places(journal)

    def are_forgotten() -> bool:
        # Meanwhile somebody deletes one line after the other.
        deleted.sweep_soon()
        return not places(journal)

    site.turns.until(are_forgotten)
    close(journal)
