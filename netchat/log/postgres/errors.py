"""What an operator reads when PostgreSQL cannot be used: one sentence each."""

from __future__ import annotations

import re

from msgspec import Struct
from psycopg import Error, errors

from netchat.log.interface import LogError
from netchat.model.lines import lines_of

UNREACHABLE = "The log on {where} cannot be reached ({reason}): {advice}."
SILENT = (
    "The log on {where} does not answer: its machine may be overloaded, or its synchronous standby "
    "may be away."
)
NO_RIGHTS = (
    "The user of the log on {where} lacks rights: let it own the database, or grant it CREATE on "
    "the schema, and SELECT, INSERT, UPDATE and DELETE on netchat_site and netchat_log."
)
DISK_FULL = "The disk of the log on {where} is full: make room there."
READ_ONLY = "The log on {where} is read only: name its primary in the URL."
NOT_DURABLE = (
    "The log on {where} may lose what it has confirmed: set {setting} to on in its configuration."
)
FORMER_PRIMARY = (
    "The log on {where} is a former primary, which another one has replaced: make a standby of it."
)
REPLACED = "The log on {where} is used by a newer connection of this server."
LOST_TABLES = (
    "The log on {where} is gone: restore it, or start every server from one copy that `netchat "
    "backup --alone` makes of a journal, and with an empty database."
)
ANOTHER_SITE = (
    "The log on {where} belongs to another chat: give this server the database of its own chat."
)
OTHER_FORMAT = "The log on {where} was made by another version of netchat: install that one."
OTHER_TABLES = (
    "The log on {where} has tables called netchat_site or netchat_log which netchat has not made: "
    "give it a database of its own."
)
TOO_OLD = "The log on {where} is on PostgreSQL {version}: install PostgreSQL 15 or later."
BEHIND = (
    "The log on {where} ends before what this server has read of it: restore the newest copy of "
    "it, or start every server from one copy that `netchat backup --alone` makes of a journal, and "
    "with an empty database."
)
OTHER_ENTRIES = (
    "The log on {where} has other entries than this server has read: give it the log of its "
    "journal, or start it from a copy of another server's journal, which `netchat backup` makes."
)
TRIMMED = (
    "The log on {where} has no longer what this server lacks: start it from a copy of another "
    "server's journal, which `netchat backup` makes."
)
NO_STANDBY = (
    "The log on {where} has no synchronous standby: name one in synchronous_standby_names, or what "
    "is said is lost with the disk of its machine."
)
STANDBY_UNKNOWN = (
    "It cannot be read whether the log on {where} has a synchronous standby: grant its user "
    "pg_monitor."
)


class Failure(Struct, frozen=True):
    """Why a job failed. `lost`: the log is not the one that was followed.

    `refused`: the log can be reached, and takes nothing.
    """

    sentence: str
    lost: bool = False
    refused: bool = False


class LostError(LogError):
    """The log is not the one that was followed, or has lost entries that were read."""


MISSING = errors.UndefinedTable, errors.UndefinedColumn
"""What PostgreSQL raises if the tables are not those of a log."""

_OTHER_TABLES = (
    *MISSING,
    errors.DuplicateTable,
    errors.UndefinedFunction,
    errors.DatatypeMismatch,
    errors.CannotCoerce,
    errors.WrongObjectType,
)
_SENTENCES: tuple[tuple[type[Error], str], ...] = (
    (errors.InsufficientPrivilege, NO_RIGHTS),
    (errors.InvalidSchemaName, NO_RIGHTS),
    *((kind, OTHER_TABLES) for kind in _OTHER_TABLES),
    (errors.DiskFull, DISK_FULL),
    (errors.ReadOnlySqlTransaction, READ_ONLY),
    (errors.QueryCanceled, SILENT),
    (errors.LockNotAvailable, SILENT),
)

_HOST = re.compile(r"- host: '(.*?)'.*?: (connection .*)")
"""What psycopg says of one of several hosts."""
_BEFORE_REASON = re.compile(
    r"^connection (failed|is bad): (connection to server .*? failed: )?(FATAL: +)?"
)
_SEE = "see whether PostgreSQL runs there, and whether the URL is right"
_ADVICE = (
    ("read-only", "start its primary, or promote the standby"),
    ("certificate", "name the host of its certificate in the URL, and its CA as sslrootcert"),
    ("password", "give the right one in --cluster-password-file or PGPASSFILE"),
    ("pg_hba.conf", "let this machine in there, with TLS"),
    ("too many", "raise max_connections there"),
    ("connection slots", "raise max_connections there"),
    ("does not exist", "create it, or correct the URL"),
)
"""What helps if these words are in the reason."""


REFUSALS = errors.InsufficientPrivilege, errors.DiskFull, errors.ReadOnlySqlTransaction
"""What PostgreSQL raises if it can be reached, and takes nothing."""


def describe(error: Error, where: str) -> str:
    """Return the sentence for `error`, or for the one that it hides.

    When a pipeline fails, psycopg may raise that it cannot end it.
    """
    while "pipeline mode" in str(error) and isinstance(error.__context__, Error):
        error = error.__context__
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence.format(where=where)
    primary = error.diag.message_primary
    reason = primary.strip().rstrip(".") if primary else _reason(str(error))
    advice = next((advice for words, advice in _ADVICE if words in reason), _SEE)
    return UNREACHABLE.format(where=where, reason=reason, advice=advice)


def _reason(text: str) -> str:
    """Return what psycopg says of a connection that was not made, for each host if they differ."""
    lines = lines_of(text.strip()) or ["no reason given"]
    by_host = [_HOST.match(line) for line in lines]
    found = [(match[1], _short(match[2])) for match in by_host if match] or [("", _short(lines[0]))]
    if len({reason for _, reason in found}) == 1:
        return found[0][1]
    return "; ".join(f"{host}: {reason}" for host, reason in found)


def _short(line: str) -> str:
    return _BEFORE_REASON.sub("", line).strip().rstrip(".")
