"""The chat's state in the operator's tools: verified, backed up, restored, never exported."""

from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from netchat.admin import backup, export, verify
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.schema import FILE
from netchat.state.changes import (
    Actor,
    AddProof,
    DeleteLines,
    Invite,
    OwnName,
    Restrict,
    SetRole,
    SetWebhook,
)
from netchat.state.records import Invitation, Proof, Restriction, Webhook
from netchat.state.state import ChatState
from tests.support.changes import account, audit_of, change, settled
from tests.support.journals import JournalFile, all_of, append, line, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "5e" * 32
VERIFIER = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"
SIGNING = "whsec-of-the-webhook"
TOKEN = "7a" * 32
SECRETS = (KEY, VERIFIER, SIGNING, TOKEN, "fingerprint", "argon2id", "Mallory", "203.0.113")


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    """Return the journal of a server with an operator, a ban, an invitation and a webhook."""
    journal_file = JournalFile(tmp_path / "data")
    journal = journal_file.open()
    append(journal, line("hello"), line("spam"))
    ann = change(OwnName("Ann", Proof(0, "key", KEY), client="fingerprint"), Actor("Ann"))
    settled(
        journal,
        ann,
        change(AddProof(1, Proof(0, "password", VERIFIER)), Actor("Ann", 1)),
        change(SetRole("Ann", "", "operator")),
        change(Restrict("ban", "name", "Mallory", reason="spam")),
        change(Restrict("ban", "address", "203.0.113.0/24")),
        change(Invite(Invitation(TOKEN, 5))),
        change(SetWebhook(Webhook("ci", "lobby", TOKEN, "https://ci.lan/", SIGNING))),
    )
    yield journal_file
    journal_file.close()


def test_verify_counts_the_records_and_what_the_audit_has(
    journal_file: JournalFile, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert verify.main([str(journal_file.directory)]) == 0
        assert capsys.readouterr().out.endswith("8 records, 7 audited changes.\n")
        journal_file.close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE state SET value = x'80' WHERE kind = 'account'", "the record account 1"),
        ("UPDATE state SET key = '2 ' WHERE kind = 'role'", "the record role 2"),
        ("UPDATE state SET kind = 'rale' WHERE kind = 'role'", "the record rale 1"),
        ("UPDATE state SET checksum = 7 WHERE kind = 'counter'", "the record counter"),
        ("UPDATE state SET value = 'x' WHERE kind = 'webhook'", "the record webhook ci"),
        ("UPDATE audit SET time = 7 WHERE number = 3", "the audit: the entry of change 3"),
        ("UPDATE audit SET number = 9 WHERE number = 3", "the audit: the entry of change 9"),
    ],
)
def test_verify_names_what_is_damaged(
    journal_file: JournalFile,
    capsys: pytest.CaptureFixture[str],
    statement: str,
    problem: str,
) -> None:
    journal_file.change(statement)
    assert verify.main([str(journal_file.directory)]) == 1
    out = capsys.readouterr().out
    assert f"{problem} is damaged" in out.splitlines()
    assert not [secret for secret in SECRETS if secret in out]


def test_a_server_with_a_damaged_ban_starts_once_the_operator_has_given_it_up(
    journal_file: JournalFile,
) -> None:
    journal_file.change("UPDATE state SET value = 'x' WHERE key LIKE 'ban name%'")
    with pytest.raises(JournalError) as refused:
        journal_file.open()
    assert "the record restriction ban name Mallory is damaged" in str(refused.value)
    # As docs/security.md says.
    journal_file.change(
        "DELETE FROM state WHERE kind = 'restriction' AND key = 'ban name Mallory '"
    )
    state = ChatState(journal_file.open().records())
    assert [ban.shown for ban in state.all(Restriction)] == ["203.0.113.0/24"]


def test_accounts_are_restored_from_a_backup(journal_file: JournalFile, tmp_path: Path) -> None:
    # The walk of docs/moderation.md. The server runs when the backup is made.
    kept = tmp_path / "kept" / "chat.sqlite"
    kept.parent.mkdir()
    assert backup.main([str(journal_file.directory), str(kept)]) == 0
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    journal = journal_file.journal
    assert journal is not None
    id = journal.id
    # What happens after the backup is not in it.
    account(journal, "Bob")
    settled(journal, change(DeleteLines("lobby", (2,))))
    journal_file.close()
    # The disk is lost; the copy is put into an empty data directory.
    shutil.rmtree(journal_file.directory)
    journal_file.directory.mkdir()
    shutil.copy(kept, journal_file.directory / FILE)
    assert verify.main([str(journal_file.directory)]) == 0
    journal = journal_file.open()
    assert journal.id == id, "the keys of the clients are for this journal"
    state = ChatState(journal.records())
    owner = state.owner("Ann")
    assert owner is not None
    assert [(proof.kind, proof.value) for proof in owner.proofs] == [
        ("key", KEY),
        ("password", VERIFIER),
    ]
    assert owner.devices == ("fingerprint",)
    assert state.role(owner.number) == "operator"
    assert {ban.shown for ban in state.all(Restriction)} == {"Mallory", "203.0.113.0/24"}
    assert state.owner("Bob") is None
    assert len(audit_of(journal).entries) == 7
    # A line that was deleted after the backup is back, until it is deleted again.
    assert texts(all_of(journal)) == ["hello", "spam"]
    settled(journal, change(DeleteLines("lobby", (2,)), Actor("Ann", owner.number)))
    assert texts(all_of(journal)) == ["hello", ""]


def test_a_backup_has_nothing_of_a_line_that_was_deleted_before(
    journal_file: JournalFile, tmp_path: Path
) -> None:
    journal = journal_file.journal
    assert journal is not None
    append(journal, line("Hunter2Passphrase", nonce="n"))
    settled(journal, change(DeleteLines("lobby", (3,))))
    journal_file.clock.advance(10)
    copy = tmp_path / "copy"
    assert backup.main([str(journal_file.directory), str(copy)]) == 0
    assert b"unter2" not in copy.read_bytes()


def test_an_export_has_no_state_and_nothing_of_deleted_lines(
    journal_file: JournalFile, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    journal = journal_file.journal
    assert journal is not None
    settled(journal, change(DeleteLines("lobby", (2,))))
    assert export.main([str(journal_file.directory), "--jsonl"]) == 0
    out = capfdbinary.readouterr().out.decode()
    first, second = out.splitlines()
    assert '"text":"hello"' in first
    assert '"text":""' in second
    assert '"deleted":true' in second
    assert not [secret for secret in (*SECRETS, "Ann", "spam") if secret in out]
