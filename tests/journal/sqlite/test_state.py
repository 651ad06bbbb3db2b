"""The chat's state on disk: with its audit, in the transaction of each change, or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from netchat.journal.interface import JournalError
from netchat.journal.sqlite.records import write_updates
from netchat.journal.sqlite.schema import MIGRATIONS, PRIVATE_VERSION, STATE_VERSION, prepare
from netchat.model.events import UNKNOWN_ACCOUNT, Refused, Said
from netchat.state.changes import Changed, DeleteLines, Lift, Restrict, SetRole, SetRoom
from netchat.state.record import Record
from netchat.state.records import Account, Counter, Restriction, Role, RoomSettings, SaltSecret
from netchat.state.state import ChatState
from tests.support.changes import account, audit_of, change, own, settled
from tests.support.journals import (
    HeldWorker,
    JournalFile,
    all_of,
    append,
    close,
    line,
    make_journal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def kinds(journal_file: JournalFile) -> list[Record]:
    """Return the records that the journal has when it is opened again, without the accounts.

    The secret for salts, which each has, is left out, too.
    """
    return sorted(
        (x for x in journal_file.open().records() if not isinstance(x, Account | SaltSecret)),
        key=lambda record: record.kind,
    )


def test_records_survive_a_restart(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    account(journal, "Zoë", "operator")
    settled(journal, change(Restrict("ban", "address", "192.0.2.0/24", reason="spam")))
    settled(journal, change(Restrict("ban", "name", "Eve")))
    settled(journal, change(Lift("ban", "name", "Eve")))
    state = ChatState(journal_file.open().records())
    owner = state.owner("zoë")
    assert owner is not None
    assert (owner.number, owner.name, state.role(owner.number)) == (1, "Zoë", "operator")
    assert [ban.shown for ban in state.all(Restriction)] == ["192.0.2.0/24"]
    assert state.number == 5


def test_the_secret_for_salts_survives_a_restart_and_is_of_one_journal(
    journal_file: JournalFile, tmp_path: Path
) -> None:
    secret = ChatState(journal_file.open().records()).salt_secret
    assert len(bytes.fromhex(secret)) == 32
    assert ChatState(journal_file.open().records()).salt_secret == secret
    other = JournalFile(tmp_path / "other")
    assert ChatState(other.open().records()).salt_secret != secret
    other.close()
    assert secret not in repr(journal_file.open().records())


def test_a_journal_from_before_the_secret_for_salts_gets_one(journal_file: JournalFile) -> None:
    prepare(journal_file.path, MIGRATIONS[:PRIVATE_VERSION])
    secrets = [ChatState(journal_file.open().records()).salt_secret for _ in range(2)]
    assert secrets[0]
    assert secrets[0] == secrets[1]


def test_the_numbers_of_changes_go_on_after_a_restart(journal_file: JournalFile) -> None:
    account(journal_file.open(), "Ann")
    (result,) = settled(journal_file.open(), own("Bob"))
    assert isinstance(result, Changed)
    assert result.number == 2


def test_a_restarted_journal_judges_by_the_stored_records(journal_file: JournalFile) -> None:
    ann = account(journal_file.open(), "Ann", "moderator", "lobby")
    journal = journal_file.open()
    settled(journal, change(Restrict("mute", "name", "Eve", "lobby"), ann))
    (refused,) = append(journal, own("ANN"))
    assert isinstance(refused, Refused)


def test_the_audit_survives_a_restart(journal_file: JournalFile) -> None:
    account(journal_file.open(), "Ann", "operator")
    assert [entry.action for entry in audit_of(journal_file.open()).entries] == ["own", "role"]


def test_a_change_alone_is_stored_before_it_settles(tmp_path: Path) -> None:
    journal_file = JournalFile(tmp_path)
    worker = HeldWorker()
    journal = journal_file.open(write=worker)
    results: list[object] = []
    journal.append([own("Ann")], results.extend)
    assert not results
    worker.run_all()
    assert [type(result) for result in results] == [Changed]
    close(journal, worker)
    journal_file.journal = None


def test_of_a_transaction_that_fails_no_change_has_happened(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    account(journal, "Ann")
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as operator:
        # The audit is the last that is written.
        operator.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
        batch = [own("Bob"), line("a"), change(SetRole("Ann", "", "operator"), nonce="n")]
        results = append(journal, *batch)
        operator.execute("DROP TRIGGER full")
    assert [getattr(result, "code", "") for result in results] == ["storage"] * 3
    assert getattr(results[2], "nonce", "") == "n"
    # The name is free, and the number was not used.
    said, made = append(journal, line("a"), own("bob"))
    assert isinstance(said, Said)
    assert isinstance(made, Changed)
    assert (said.id, made.number) == (1, 2)
    assert kinds(journal_file) == [Counter(2)]
    assert [entry.number for entry in audit_of(journal_file.open()).entries] == [1, 2]


def test_a_change_that_cannot_be_stored_is_refused_in_plain_words(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    journal_file.path.rename(journal_file.path.with_suffix(".away"))
    (refused,) = append(journal, own("Ann"))
    journal_file.path.with_suffix(".away").rename(journal_file.path)
    assert isinstance(refused, Refused)
    assert refused.code == "storage"
    assert "it has not happened" in refused.message


def test_a_journal_from_before_the_state_is_migrated_with_its_lines(
    journal_file: JournalFile,
) -> None:
    prepare(journal_file.path, MIGRATIONS[: STATE_VERSION - 1])
    with closing(sqlite3.connect(journal_file.path, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    journal = journal_file.open()
    append(journal, line("a", nonce="n"))
    account(journal, "Ann", "moderator", "lobby")
    assert kinds(journal_file) == [Counter(2), Role(1, "lobby", "moderator")]


@pytest.mark.parametrize(
    "damage",
    ["value = x'00'", "key = '7'", "kind = 'role'", "checksum = 0", "value = value || x'00'"],
)
def test_a_server_does_not_start_with_a_damaged_record(
    journal_file: JournalFile, damage: str
) -> None:
    account(journal_file.open(), "Ann")
    journal_file.change(f"UPDATE state SET {damage} WHERE kind = 'account'")
    with pytest.raises(JournalError, match=r"the record (account|role) [17] is damaged"):
        journal_file.open()
    # The operator gives it up.
    journal_file.change("DELETE FROM state WHERE kind != 'counter'")
    assert kinds(journal_file) == [Counter(1)]


@pytest.mark.parametrize("damage", ["DELETE FROM state", "UPDATE state SET value = ''"])
def test_no_number_is_given_twice_without_the_counter(
    journal_file: JournalFile, damage: str
) -> None:
    journal = journal_file.open()
    account(journal, "Ann")
    account(journal, "Bob")
    journal_file.change("DELETE FROM audit WHERE number = 2")
    journal_file.change(f"{damage} WHERE kind = 'counter'")
    (made,) = settled(journal_file.open(), own("Cat"))
    assert isinstance(made, Changed)
    assert made.number == 3


def test_a_damaged_entry_of_the_audit_says_so_in_its_place(journal_file: JournalFile) -> None:
    account(journal_file.open(), "Ann", "operator")
    journal_file.change("UPDATE audit SET value = x'00' WHERE number = 1")
    first, second = audit_of(journal_file.open()).entries
    assert (first.number, first.action) == (1, "damaged")
    assert (second.number, second.action) == (2, "role")


def test_a_closed_journal_has_no_audit_to_read(tmp_path: Path) -> None:
    journal = make_journal(tmp_path, JournalFile(tmp_path).clock)
    found: list[object] = []
    journal.audit(0, 10, found.append)
    assert "closed" in str(found[0])


def test_records_of_one_room_under_two_spellings_are_merged_once(
    journal_file: JournalFile,
) -> None:
    journal_file.open()
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path)) as connection, connection:
        before: list[Record] = [
            RoomSettings("Staff", slow=5),
            RoomSettings("staff", private=True),
            Role(1, "Staff", "moderator"),
        ]
        write_updates(connection, {(record.kind, record.key): record for record in before})
    warnings = journal_file.clock.warnings
    merged = RoomSettings("staff", private=True, slow=5)
    state = ChatState(journal_file.open().records())
    assert ([*state.all(RoomSettings)], [*state.all(Role)]) == ([merged], [])
    (warning,) = warnings
    assert "Staff and staff are one room" in warning
    settled(journal_file.open(), change(SetRoom("STAFF", private=False)))
    state = ChatState(journal_file.open().records())
    assert [*state.all(RoomSettings)] == [RoomSettings("staff", slow=5)]
    assert len(warnings) == 1


def test_a_line_of_a_journal_without_accounts_has_an_unknown_one(
    journal_file: JournalFile,
) -> None:
    bob = account(journal_file.open(), "Bob").account
    old, new = (replace(line("hello"), account=number) for number in (UNKNOWN_ACCOUNT, bob))
    append(journal_file.open(), old, new, line("of a guest"))
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        actions = connection.execute("SELECT action FROM lines ORDER BY key").fetchall()
    assert actions[0] == (0,)  # as every line was stored that is no action and not deleted
    lines = all_of(journal_file.open())
    assert [said.account for said in lines if isinstance(said, Said)] == [UNKNOWN_ACCOUNT, bob, 0]
    settled(journal_file.open(), change(DeleteLines("lobby", (1,))))
    (deleted, *_) = all_of(journal_file.open())
    assert isinstance(deleted, Said)
    assert (deleted.account, deleted.deleted) == (UNKNOWN_ACCOUNT, True)
