"""The tables of a log on PostgreSQL.

`netchat_site` is one row. Whoever appends changes it, so the positions are given, and become
visible, in one order: a sequence would give them in one order and show them in another, and a
reader would pass over those that are shown late. `base` is the key of the position 0, as in
`netchat.log.interface.Log.open`.

What is erased stays in a dead row until the table is vacuumed. By default that is when a fifth of
all rows are dead; here it is when one is. It costs little, because the pages that are not new and
have no dead row are passed over, and it holds for the TOAST table as well.

`living` has the incarnations that may append, by their number: `session` is the number of the
connection that may, `passed` the position that the incarnation has heard.
"""

from __future__ import annotations

FORMAT = 1
"""The version of the tables."""

CREATE = """
    CREATE TABLE netchat_site (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        site text NOT NULL,
        base bigint[] NOT NULL,
        format integer NOT NULL,
        position bigint NOT NULL,
        incarnation bigint NOT NULL,
        living jsonb NOT NULL
    );
    CREATE TABLE netchat_log (
        position bigint PRIMARY KEY,
        incarnation bigint NOT NULL,
        batch bigint NOT NULL,
        payload bytea NOT NULL,
        written timestamptz NOT NULL,
        UNIQUE (incarnation, batch)
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
"""
FIRST = """
    INSERT INTO netchat_site (site, base, format, position, incarnation, living)
    VALUES (%s, %s, %s, 0, 0, '{}')
"""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('netchat_site', 0))"
"""Held while the tables are looked for and made."""

EXISTS = "SELECT to_regclass('netchat_site') IS NOT NULL"
MAY = """
    SELECT bool_and(has_table_privilege(name, what))
    FROM unnest(ARRAY['netchat_site', 'netchat_log']) AS name,
         unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS what
"""
