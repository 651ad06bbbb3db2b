"""What is erased from a log on PostgreSQL soon is in none of the files of its table."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.support.logs import PostgresSite

if TYPE_CHECKING:
    from tests.support.postgres import Postgres

FILES = """
    SELECT pg_relation_filepath(oid), pg_relation_filepath(reltoastrelid)
    FROM pg_class WHERE relname = 'netchat_log'
"""
LARGE = Random(18).randbytes(6000)
"""It cannot be compressed, and is kept in the TOAST table."""


def test_what_is_erased_is_in_no_file_of_the_table_once_it_is_vacuumed(
    own_postgres: Postgres,
) -> None:
    own_postgres.stop()
    own_postgres.start(autovacuum_naptime="1s")
    site = PostgresSite(own_postgres)
    server = site.join()
    secrets = [b"hunter2 and more", LARGE]
    for batch, secret in enumerate(secrets, 1):
        server.last_batch = batch
        server.log.append(batch, secret)
    site.turns.until(lambda: len(server.heard_entries) == len(secrets))

    def found() -> list[bool]:
        own_postgres.ask(site.database, "CHECKPOINT")
        ((heap, toast),) = own_postgres.ask(site.database, FILES)
        data = b"".join((own_postgres.data / str(path)).read_bytes() for path in (heap, toast))
        return [secret[:1000] in data for secret in secrets]

    assert found() == [True, True]
    for entry in server.heard_entries:
        server.log.erase(entry.position, entry.payload, b"gone")
    server.say("done")
    site.turns.until(lambda: server.settled)
    site.turns.until(lambda: not any(found()))
    site.close()
