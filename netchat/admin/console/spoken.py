"""What one account has said: printed by `export`, and deleted by `forget`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from netchat.admin.arguments import report_error
from netchat.admin.console.link import Link, RefusedError
from netchat.admin.stored import (
    journal_in,
    lines_of_room,
    open_for_reading,
    spans_of_rooms,
)
from netchat.commandline.output import Output
from netchat.console.answers import AccountRow
from netchat.console.requests import (
    MAX_DELETED,
    DeleteTexts,
    ForgetAccount,
    ListAccounts,
    ShowAccount,
)
from netchat.dialects.jsonl.dialect import render, said_message
from netchat.journal.interface import PrivateQuery, Span
from netchat.journal.sqlite.private_lines import read_box
from netchat.journal.sqlite.reader import Reader
from netchat.model.events import UNKNOWN_ACCOUNT, Gap, Said, Told
from netchat.model.names import equivalent

RESERVED_FOR = 30 * 86_400
"""Seconds after which the name of a forgotten account is free."""
_PAGE = 500
_LAST = 1 << 62
"""More than any id."""
_encode = msgspec.json.Encoder().encode


def export(link: Link, directory: Path, name: str, output: Output) -> None:
    """Print all lines that the account called `name` has said.

    The private ones come last, as far as its own copies are still kept.
    """
    account = _account(link, name)
    for line in _lines_of(account, directory, {}):
        output.write(_encode(said_message(line)) + b"\n")
        if output.failed:
            return
    for told in _private_lines_of(account, directory):
        output.write(render(told))
        if output.failed:
            return


def forget(link: Link, directory: Path, name: str, *, at_once: bool) -> str:
    """Delete what the account has said, then the account; return a sentence about it.

    Given again after an interruption, it goes on. The name is free after RESERVED_FOR seconds.
    """
    account = _account(link, name)
    _require_another_operator(link, account)
    done: dict[str, int] = {}
    count = _delete_lines(link, directory, account, done)
    link.do(ForgetAccount(name=account.name, duration=0 if at_once else RESERVED_FOR))
    # What was said in the meantime; from now on nobody can speak as this account.
    count += _delete_lines(link, directory, account, done)
    free = "at once" if at_once else f"in {RESERVED_FOR // 86_400} days"
    lines = "1 line" if count == 1 else f"{count} lines"
    return f"{account.name} is forgotten, with {lines}; the name is free {free}."


def _account(link: Link, name: str) -> AccountRow:
    (row,) = link.do(ShowAccount(name=name))
    assert isinstance(row, AccountRow), "the answer to ShowAccount is an AccountRow"
    return row


def _require_another_operator(link: Link, account: AccountRow) -> None:
    """Refuse to forget the last operator, before any line of theirs is deleted."""
    if account.roles.get("") != "operator":
        return
    rows = [row for row in link.do(ListAccounts()) if isinstance(row, AccountRow)]
    if sum(row.roles.get("") == "operator" for row in rows) == 1:
        raise RefusedError(
            "not-allowed", f"{account.name} is the last operator; make another one first."
        )


def _delete_lines(link: Link, directory: Path, account: AccountRow, done: dict[str, int]) -> int:
    """Delete the texts of the lines behind those in `done`; return how many there were."""
    count = 0
    ids: dict[str, list[int]] = {}
    for line in _lines_of(account, directory, done):
        waiting = ids.setdefault(line.room, [])
        waiting.append(line.id)
        if len(waiting) == MAX_DELETED:
            count += _delete(link, line.room, ids.pop(line.room))
    return count + sum(_delete(link, room, some) for room, some in ids.items())


def _delete(link: Link, room: str, ids: list[int]) -> int:
    # They may have been deleted by somebody else meanwhile, or because of their age.
    with suppress(RefusedError):
        link.do(DeleteTexts(room=room, ids=tuple(ids), reason="forgotten"))
    return len(ids)


def _lines_of(account: AccountRow, directory: Path, done: dict[str, int]) -> Iterator[Said]:
    """Yield the lines of the account that have a text, room by room.

    `done` are the ids up to which each room was read before, and is brought up to date.
    """
    path = journal_in(directory)
    with closing(Reader(path, warn=report_error)) as reader:
        reader.open(immutable=False)
        for room, (first, last) in sorted(spans_of_rooms(path).items()):
            read = max(first - 1, done.get(room, 0))
            for line in lines_of_room(reader, room, read, last):
                if not isinstance(line, Gap) and not line.deleted and _is_by(line, account):
                    yield line
            done[room] = max(read, last)


def _private_lines_of(account: AccountRow, directory: Path) -> Iterator[Told]:
    """Yield the private lines that the account has sent, from its own copies."""
    with open_for_reading(journal_in(directory)) as connection:
        after, more = 0, True
        while more:
            query = PrivateQuery(account.number, Span(after, _LAST, _PAGE))
            page = read_box(connection, query)
            for line in page.lines:
                if isinstance(line, Told) and line.own:
                    yield line
            more = page.more
            after = page.lines[-1].last if page.lines else after


def _is_by(line: Said, account: AccountRow) -> bool:
    if line.account != UNKNOWN_ACCOUNT:
        return line.account == account.number
    # It was stored before lines had an account.
    return line.time >= account.since.timestamp() and equivalent(
        line.name, account.first or account.name
    )
