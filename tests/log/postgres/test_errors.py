"""What an operator reads when there is no connection to PostgreSQL."""

from __future__ import annotations

import pytest
from psycopg import OperationalError
from psycopg.errors import DiskFull

from netchat.log.postgres.errors import describe

TO = 'connection to server at "192.0.2.1", port 5432 failed: '
NOBODY = f"""connection failed: {TO}Connection refused
\tIs the server running on that host and accepting TCP/IP connections?"""
SEE = "see whether PostgreSQL runs there, and whether the URL is right."
CERTIFICATE = 'server certificate for "db1" does not match host name "db2"'
SEVERAL = f"""{NOBODY}
Multiple connection attempts failed. All failures were:
- host: 'db1', port: '5432', hostaddr: '192.0.2.1': connection failed: {TO}session is read-only
- host: 'db2', port: '5432', hostaddr: '192.0.2.2': {NOBODY}"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (NOBODY, f"(Connection refused): {SEE}"),
        (
            f"connection failed: {TO}fe_sendauth: no password supplied",
            "(fe_sendauth: no password supplied): give the right one in --cluster-password-file "
            "or PGPASSFILE.",
        ),
        (
            f"connection failed: {TO}{CERTIFICATE}",
            f"({CERTIFICATE}): name the host of its certificate in the URL, and its CA as "
            "sslrootcert.",
        ),
        (
            f'connection failed: {TO}FATAL:  database "chat" does not exist',
            '(database "chat" does not exist): create it, or correct the URL.',
        ),
        (
            SEVERAL,
            "(db1: session is read-only; db2: Connection refused): start its primary, or promote "
            "the standby.",
        ),
        (
            SEVERAL.replace("session is read-only", "Connection refused"),
            f"(Connection refused): {SEE}",
        ),
        ("", f"(no reason given): {SEE}"),
    ],
)
def test_the_reason_and_what_helps_are_one_sentence(text: str, sentence: str) -> None:
    found = describe(OperationalError(text), "db1, db2")
    assert found == f"The log on db1, db2 cannot be reached {sentence}"


def test_what_a_failed_pipeline_hides_is_told() -> None:
    hidden = DiskFull("no space left on device")
    shown = OperationalError("cannot exit pipeline mode while busy")
    shown.__context__ = hidden
    assert describe(shown, "db1") == describe(hidden, "db1") != describe(OperationalError(), "db1")
