"""What a server asks of the tables of a log.

An append is one statement. Its UPDATE waits for whoever appends, and then PostgreSQL evaluates its
WHERE again, on the newest version of the row: an incarnation that was buried meanwhile, or a
connection that was replaced, inserts nothing. The subquery of a burial would see an older snapshot,
so the row is locked by a statement of its own before it.
"""

from __future__ import annotations

CHANNEL = "netchat_log"
PAGE = 500
"""As many entries are read at once."""

CHUNK = 2000
"""As many entries are deleted at once."""

NEVER = 2**63 - 1
"""A position behind every entry."""

_WRITE = """
    ), told AS (
        SELECT pg_notify('netchat_log', %(number)s) FROM site
    )
    INSERT INTO netchat_log (position, incarnation, batch, payload, written)
    SELECT base + place, %(number)s::text::bigint, batch, payload, clock_timestamp()
    FROM site, told, unnest(%(batches)b::bigint[], %(payloads)b::bytea[])
        WITH ORDINALITY AS waiting (batch, payload, place)
"""
_PASSED = "jsonb_set(living, ARRAY[%(number)s, 'passed'], to_jsonb(%(after)s::bigint))"
APPEND = f"""
    WITH site AS (
        UPDATE netchat_site
        SET position = position + %(count)s, living = {_PASSED}
        WHERE living @> %(me)s::jsonb
        RETURNING position - %(count)s AS base
    {_WRITE}
"""  # noqa: S608 - all of it stands here
LOCK_SITE = "SELECT FROM netchat_site FOR UPDATE"
BURY = f"""
    WITH site AS (
        UPDATE netchat_site
        SET position = position + 1, living = {_PASSED} - %(buried)s::text
        WHERE living @> %(me)s::jsonb AND living ? %(buried)s
            AND NOT EXISTS (
                SELECT FROM netchat_log
                WHERE incarnation = %(buried)s::text::bigint AND position > %(heard)s::bigint
            )
        RETURNING position - 1 AS base
    {_WRITE}
"""  # noqa: S608 - all of it stands here
READ = f"""
    SELECT site.position, living @> %(me)s::jsonb,
        CASE WHEN log.position IS NULL OR log.position = %(after)s::bigint + 1
            THEN ARRAY(SELECT jsonb_object_keys(living)::bigint) END,
        log.position, incarnation_of, batch, payload
    FROM netchat_site AS site
    LEFT JOIN (
        SELECT position, incarnation AS incarnation_of, batch, payload FROM netchat_log
    ) AS log ON log.position > %(after)s::bigint AND log.position <= %(after)s::bigint + {PAGE}
    ORDER BY log.position
"""  # noqa: S608
"""The site and its entries, of one snapshot. A position is never missing, so it needs no LIMIT.

The first row has who is living.
"""

ERASE = """
    UPDATE netchat_log SET payload = erased.payload
    FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[]) AS erased (place, was, payload)
    WHERE position = place AND netchat_log.payload = erased.was
"""
READ_ONE = """
    SELECT position, incarnation, batch, payload FROM netchat_log
    WHERE position >= %s ORDER BY position LIMIT 1
"""
TRIM = f"""
    WITH oldest AS MATERIALIZED (
        SELECT position, written FROM netchat_log ORDER BY position LIMIT {CHUNK}
    ), kept AS (
        SELECT LEAST(
            (SELECT min(position) FROM oldest WHERE written >= to_timestamp(%s)),
            (SELECT max(position) + 1 FROM oldest),
            (SELECT position FROM netchat_site),
            (SELECT min((value ->> 'passed')::bigint) + 1
                FROM netchat_site, jsonb_each(living))
        ) AS first
    )
    DELETE FROM netchat_log USING kept WHERE position < first
"""  # noqa: S608
SITE = "SELECT site, format, position FROM netchat_site FOR UPDATE"
BASE = "SELECT base FROM netchat_site"
NUMBER = """
    SELECT GREATEST(incarnation + 1, extract(epoch FROM clock_timestamp())::bigint)
    FROM netchat_site
"""
"""The number of a start is the time, so that after a backup was restored it is another one too."""

LIVE = """
    UPDATE netchat_site SET incarnation = %(incarnation)s, living = living || jsonb_build_object(
        %(incarnation)s::text, jsonb_build_object('session', 0, 'passed', %(after)s::bigint)
    )
"""
REPLACE = """
    UPDATE netchat_site SET living = jsonb_set(
        living, ARRAY[%(number)s, 'session'],
        to_jsonb((living #>> ARRAY[%(number)s, 'session'])::bigint + 1)
    )
    WHERE living ? %(number)s
    RETURNING (living #>> ARRAY[%(number)s, 'session'])::bigint
"""
KEY = "SELECT incarnation, batch FROM netchat_log WHERE position = %s"
OLDEST = "SELECT min(position) FROM netchat_log"
