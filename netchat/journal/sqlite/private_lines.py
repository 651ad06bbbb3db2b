"""The private lines of owners in the file: a row for each copy, in the order of each account."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import takewhile

from netchat.journal.interface import PrivatePage, PrivateQuery
from netchat.journal.private_lines import box_page, repeat_refused
from netchat.journal.sqlite.rows import Row, checksum_of, encode, milliseconds
from netchat.journal.sqlite.statements import insert
from netchat.model.events import Gap, Refused, Told
from netchat.state.private_rules import NEWEST, account_of, is_guest, peer_key

LINE_FIELDS = "account, id, peer, kind, time, name, recipient, text, checksum"
NONCE_FIELDS = (
    "client, nonce, sender, sent_id, recipient, id, time, name, recipient_name, digest, checksum"
)
_NEVER = 1 << 62
_TRIM_BATCH = 500
_OF_OWNER, _OF_GUEST, _OWN = 0, 1, 2
"""The kinds of lines: received from an owner or from a guest, or sent by the account itself."""
_NOTICE = 1 << 60
"""The bit of the column `time` that a notice has, above any time; an index is on the kinds."""

_UNREAD_OF_GUESTS = "SELECT peer FROM private_lines WHERE account = ? AND id > ? AND kind = 1"
# No index has the lines of owners alone: the others are read as well, as many as that takes.
_UNREAD_OF_OWNERS = (
    "SELECT peer FROM (SELECT peer, kind FROM private_lines WHERE account = ? AND id > ?"
    " ORDER BY id DESC LIMIT ?) WHERE kind = 0"
)


class PrivateBatch:
    """The private lines of one transaction, as a PrivateStore."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lines: list[Row] = []
        self._nonces: dict[tuple[str, str], Row] = {}
        self._counts: dict[int, int] = {}
        self._changed: set[int] = set()

    def repeated(self, told: Told) -> Told | Refused | None:
        """As PrivateStore has it."""
        row = (
            self._nonces.get((told.client, told.nonce))
            or self._connection.execute(
                f"SELECT {NONCE_FIELDS} FROM private_nonces WHERE client = ? AND nonce = ?",  # noqa: S608
                (told.client, told.nonce),
            ).fetchone()
        )
        return None if row is None else _told_from_nonce(_as_read(row), told)

    def unread(self, account: int, after: int, *, guests: bool) -> Sequence[str]:
        """As PrivateStore has it."""
        self._write_lines()
        rows = (
            self._connection.execute(_UNREAD_OF_GUESTS, (account, after))
            if guests
            else self._connection.execute(_UNREAD_OF_OWNERS, (account, after, NEWEST))
        )
        return [peer.decode(errors="replace") for (peer,) in rows]

    def add(self, account: int, told: Told, peer: str) -> int:
        """As PrivateStore has it."""
        id = self._last(account) + 1
        self._counts[account] = id
        self._changed.add(account)
        kind = _OWN if told.own else _OF_GUEST if is_guest(peer) else _OF_OWNER
        time = milliseconds(told.time) | _NOTICE * told.notice
        self._lines.append(
            _with_checksum(
                "private", (account, id, peer, kind, time, told.name, told.to, told.text)
            )
        )
        return id

    def remember(self, told: Told) -> None:
        """As PrivateStore has it."""
        if told.client and told.nonce:
            self._nonces[told.client, told.nonce] = _nonce_row(told)

    def forget(self, account: int) -> None:
        """Delete the lines of `account`, and what it has sent to others, with their nonces."""
        self.write()
        for statement, values in (
            ("DELETE FROM private_lines WHERE account = ?", (account,)),
            ("DELETE FROM private_lines WHERE peer = ? AND kind <> 2", (peer_key(account, ""),)),
            ("DELETE FROM private_counts WHERE account = ?", (account,)),
            ("DELETE FROM private_nonces WHERE ? IN (sender, recipient)", (account,)),
            # What is left in the log is erased as that of deleted lines; their keys are positive.
            ("REPLACE INTO erasures VALUES (?, 0)", (-account,)),
        ):
            self._connection.execute(statement, values)
        self._counts.pop(account, None)

    def write(self) -> None:
        """Write what was collected, within the transaction."""
        self._write_lines()
        insert(self._connection, "private_nonces", list(self._nonces.values()))
        counts = [count_row(account, self._counts[account]) for account in sorted(self._changed)]
        insert(self._connection, "private_counts", counts, replace=True)
        self._nonces.clear()
        self._changed.clear()

    def _write_lines(self) -> None:
        insert(self._connection, "private_lines", self._lines)
        self._lines.clear()

    def _last(self, account: int) -> int:
        if account not in self._counts:
            self._counts[account] = last_id(self._connection, account)
        return self._counts[account]


def load_counts(connection: sqlite3.Connection) -> Mapping[int, int]:
    """Return the last id of each account that has had private lines."""
    accounts = connection.execute(
        "SELECT account FROM private_counts UNION SELECT DISTINCT account FROM private_lines"
    ).fetchall()
    return {account: last_id(connection, account) for (account,) in accounts}


def last_id(connection: sqlite3.Connection, account: int) -> int:
    """Return the last id of `account`, which is never given again, even if its row is damaged."""
    query = "SELECT account, last, checksum FROM private_counts WHERE account = ?"
    row = connection.execute(query, (account,)).fetchone()
    counted = row[1] if row is not None and row == count_row(*row[:2]) else 0
    query = "SELECT max(id) FROM private_lines WHERE account = ?"
    (newest,) = connection.execute(query, (account,)).fetchone()
    return max(counted, newest or 0)


def count_row(account: int, last: int) -> Row:
    """Return the row of the last id of `account`."""
    return _with_checksum("private count", (account, last))


def read_box(connection: sqlite3.Connection, query: PrivateQuery) -> PrivatePage:
    """Return the private lines that `query` asks for."""
    up_to = min(query.span.up_to, last_id(connection, query.account))
    return box_page(_between(connection, query, up_to), query)


def trim_box(
    connection: sqlite3.Connection, account: int, *, up_to: int, before: int = _NEVER
) -> int:
    """Delete the oldest lines of `account`, at most a batch; return how many these were.

    They have ids up to `up_to`, and were sent before the time `before`, in milliseconds.
    """
    rows = connection.execute(
        "SELECT id, time FROM private_lines WHERE account = ? AND id <= ? ORDER BY id LIMIT ?",
        (account, up_to, _TRIM_BATCH),
    )
    old = [id for id, _ in takewhile(lambda row: row[1] & ~_NOTICE < before, rows)]
    if old:
        statement = "DELETE FROM private_lines WHERE account = ? AND id <= ?"
        connection.execute(statement, (account, old[-1]))
    return len(old)


def damaged_lines(connection: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Yield the account and the id of each stored private line that is damaged."""
    for row in connection.execute(f"SELECT {LINE_FIELDS} FROM private_lines"):  # noqa: S608
        if not _is_intact("private", row):
            yield row[0], row[1]


def _between(
    connection: sqlite3.Connection, query: PrivateQuery, up_to: int
) -> Iterator[Told | Gap]:
    span = query.span
    where, values = "account = ? AND id > ? AND id <= ?", [query.account, span.after, up_to]
    if query.peer:
        rows = _select(connection, f"{where} AND peer = ?", [*values, query.peer], span.newest)
    else:
        rows = _select(connection, where, values, span.newest)
    expected = span.after + 1
    for row in rows:
        id = row[1]
        if not span.newest and id > expected:
            yield Gap("", expected, id - 1)
        expected = id + 1
        yield _told_from_row(row)
    if not span.newest and expected <= up_to:
        yield Gap("", expected, up_to)


def _select(
    connection: sqlite3.Connection, where: str, values: Sequence[object], newest: bool
) -> Iterator[Row]:
    order = "DESC" if newest else "ASC"
    query = f"SELECT {LINE_FIELDS} FROM private_lines WHERE {where} ORDER BY id {order}"  # noqa: S608
    return connection.execute(query, values)


def _told_from_row(row: Row) -> Told | Gap:
    _, id, peer, kind, time, name, to, text, _ = row
    if not _is_intact("private", row):
        return Gap("", id, id, damaged=True)
    own = kind == _OWN
    return Told(
        name.decode(),
        to.decode(),
        text.decode(),
        (time & ~_NOTICE) / 1000,
        sender=0 if own else account_of(peer.decode()),
        id=id,
        own=own,
        notice=bool(time & _NOTICE),
    )


def _nonce_row(told: Told) -> Row:
    numbers = (told.sender, told.sent_id, told.recipient, told.id, milliseconds(told.time))
    fields = (told.client, told.nonce, *numbers, told.name, told.to, _digest(told))
    return _with_checksum("private nonce", fields)


def _told_from_nonce(row: Row, told: Told) -> Told | Refused:
    _, _, sender, sent_id, recipient, id, time, name, to, digest, _ = row
    if not _is_intact("private nonce", row) or digest != _digest(told):
        return repeat_refused(told)
    return Told(
        name.decode(),
        to.decode(),
        told.text,
        time / 1000,
        told.nonce,
        told.client,
        sender,
        recipient,
        id,
        sent_id,
        notice=told.notice,
    )


def _digest(told: Told) -> bytes:
    # Journals have digests of before there were notices.
    kind = ("notice",) if told.notice else ()
    what = (peer_key(told.recipient, told.to), told.text, *kind)
    return blake2b(encode(what), digest_size=16).digest()


def _with_checksum(kind: str, fields: Row) -> Row:
    return (*fields, checksum_of(kind, *_as_read(fields)))


def _is_intact(kind: str, row: Row) -> bool:
    return bool(row[-1] == checksum_of(kind, *row[:-1]))


def _as_read(row: Row) -> Row:
    """Return `row` as SQLite returns it."""
    return tuple(field.encode() if isinstance(field, str) else field for field in row)
