"""Private lines of owners on disk: after a restart, a failure, a flipped bit, and some days."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netchat import command
from netchat.journal.interface import Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Gap, Refused, Told
from netchat.model.notices import ToldAgain
from netchat.state.changes import CONSOLE, Actor, Change, Forget, MarkRead
from tests.support.journals import NOW, JournalFile, append
from tests.support.private_lines import box_of, own_name, read_private, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 86_400


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    yield journal_file
    journal_file.close()


def owners(journal_file: JournalFile, **settings: Any) -> tuple[Any, int, int]:
    """Return the opened journal, and the accounts Ann and Bob."""
    journal = journal_file.open(**settings)
    return journal, own_name(journal, "Ann"), own_name(journal, "Bob")


def test_kept_lines_and_their_numbers_survive_a_restart(journal_file: JournalFile) -> None:
    journal, ann, bob = owners(journal_file)
    told = Told("Ann", "Bob", "hi", NOW, "n", "c", sender=ann, recipient=bob)
    tell(journal, told)
    journal = journal_file.open()
    assert journal.private_counts() == {ann: 1, bob: 1}
    assert box_of(read_private(journal, bob)) == [(1, "hi", False)]
    again = tell(journal, told)
    assert isinstance(again, ToldAgain)
    assert (again.told.id, again.told.time, again.told.nonce) == (1, NOW, "n")
    other = tell(journal, Told("Ann", "Bob", "no", NOW, "n", "c", sender=ann, recipient=bob))
    assert isinstance(other, Refused)
    assert other.code == "nonce-reused"
    second = tell(journal, Told("Ann", "Bob", "2", NOW, sender=ann, recipient=bob))
    assert isinstance(second, Told)
    assert (second.id, second.sent_id) == (2, 2)


def test_a_line_that_cannot_be_stored_is_refused_and_one_sent_again_still_has_its_number(
    journal_file: JournalFile,
) -> None:
    journal, ann, bob = owners(journal_file)
    told = Told("Ann", "Bob", "hi", NOW, "n", "c", sender=ann, recipient=bob)
    tell(journal, told)
    connection = journal._writer.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    big = Told("Ann", "Bob", "x" * 100_000, NOW, "m", "c", sender=ann, recipient=bob)
    refused, again = append(journal, big, told)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.nonce) == ("storage", "m")
    assert isinstance(again, ToldAgain)
    connection.execute("PRAGMA max_page_count = 1000000")
    stored = tell(journal, big)
    assert isinstance(stored, Told)
    assert stored.id == 2


def test_a_flipped_bit_is_a_gap_and_nothing_else(
    journal_file: JournalFile, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, _ann, bob = owners(journal_file)
    for text in ("first", "second", "third"):
        tell(journal, Told("Ann", "Bob", text, NOW, recipient=bob))
    journal_file.flip(b"second")
    assert command.main(["verify", str(journal_file.directory)]) == 1
    assert "account 2: private line 2 is damaged" in capsys.readouterr().out
    page = read_private(journal_file.open(), bob)
    assert box_of(page) == [(1, "first", False), (3, "third", False)]
    assert page.lines[1] == Gap("", 2, 2, damaged=True)


def test_a_number_is_never_given_twice_even_if_the_record_of_the_last_one_is_damaged(
    journal_file: JournalFile,
) -> None:
    journal, ann, bob = owners(journal_file)
    for text in ("1", "2"):
        tell(journal, Told("Ann", "Bob", text, NOW, sender=ann, recipient=bob))
    journal_file.change("UPDATE private_counts SET last = 0")
    journal = journal_file.open()
    told = tell(journal, Told("Ann", "Bob", "3", NOW, sender=ann, recipient=bob))
    assert isinstance(told, Told)
    assert (told.id, told.sent_id) == (3, 3)


def test_lines_that_were_read_are_deleted_after_some_days_and_unread_ones_never(
    journal_file: JournalFile,
) -> None:
    journal, ann, bob = owners(journal_file, keep_days=2.0)
    for text in ("1", "2", "3"):
        tell(journal, Told("Ann", "Bob", text, NOW, sender=ann, recipient=bob))
    append(journal, Change(MarkRead(bob, "", 2), Actor("Bob", bob), NOW))
    journal_file.clock.advance(DAY)
    assert len(read_private(journal, bob).lines) == 3
    journal_file.clock.advance(DAY + 120)
    assert read_private(journal, bob).lines[0] == Gap("", 1, 2)
    assert box_of(read_private(journal, bob)) == [(3, "3", False)]
    assert journal_file.clock.notes == ["2 old lines deleted (--keep-days 2): 2 of private ones."]


def test_of_those_that_were_read_the_newest_are_kept(journal_file: JournalFile) -> None:
    journal, ann, bob = owners(journal_file, keep_lines=1)
    for text in ("1", "2", "3"):
        tell(journal, Told("Ann", "Bob", text, NOW, sender=ann, recipient=bob))
    append(journal, Change(MarkRead(bob, "", 3), Actor("Bob", bob), NOW))
    journal_file.clock.advance(60)
    assert box_of(read_private(journal, bob)) == [(3, "3", False)]
    told = tell(journal, Told("Ann", "Bob", "4", NOW, sender=ann, recipient=bob))
    assert isinstance(told, Told)
    assert told.id == 4


def test_of_a_forgotten_account_no_text_is_left_in_any_file(journal_file: JournalFile) -> None:
    journal, ann, bob = owners(journal_file)
    for number in range(50):
        told = Told(
            "Ann", "Bob", f"secret {number}", NOW, f"n{number}", "c", sender=ann, recipient=bob
        )
        tell(journal, told)
        tell(journal, Told("Bob", "Ann", f"plain {number}", NOW, sender=bob, recipient=ann))
    append(journal, Change(Forget("Ann"), CONSOLE, NOW))
    journal_file.clock.advance(60)
    files = b"".join(path.read_bytes() for path in journal_file.directory.iterdir())
    assert b"secret" not in files
    assert files.count(b"plain 7") == 1
    journal_file.close()
    assert b"secret" not in journal_file.path.read_bytes()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        # From a digest the text could be guessed.
        assert connection.execute("SELECT count(*) FROM private_nonces").fetchone() == (0,)


KEYS = st.sampled_from(["", "1", "2", "3"])
NUMBERS = {"Ann": 1, "Bob": 2}
TOLD = st.builds(
    lambda sides, text, nonce, client, absent: Told(
        sides[0],
        sides[1],
        text,
        NOW,
        nonce,
        client,
        sender=NUMBERS.get(sides[0], 0),
        recipient=NUMBERS.get(sides[1], 0),
        absent=absent,
    ),
    st.sampled_from([("Ann", "Bob"), ("Bob", "Ann"), ("gil", "Ann"), ("Bob", "gil"), ("a", "b")]),
    st.sampled_from(["", "x", "y"]),
    KEYS,
    KEYS,
    st.booleans(),
)
SPANS = st.builds(Span, st.integers(0, 6), st.integers(0, 9), st.integers(1, 4), st.booleans())
READS = st.tuples(
    st.sampled_from([1, 2]), SPANS, st.sampled_from(["", "#1", "#2", "gil"]), st.booleans()
)
MARKS = st.builds(
    lambda account, id: Change(MarkRead(account, "", id), Actor("", account), NOW),
    st.sampled_from([1, 2]),
    st.integers(1, 9),
)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.one_of(st.lists(TOLD | MARKS, max_size=6), READS, st.none()), max_size=12))
def test_sqlite_and_memory_keep_the_same_lines_each_nonce_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    journal_file = JournalFile(tmp_path_factory.mktemp("journal"))
    sqlite, memory = journal_file.open(), MemoryJournal(keep=0)
    assert [own_name(memory, name) for name in NUMBERS] == [1, 2]
    assert [own_name(sqlite, name) for name in NUMBERS] == [1, 2]
    stored: dict[tuple[str, str], Told] = {}
    for step in steps:
        match step:
            case list():
                results = append(sqlite, *step)
                assert results == append(memory, *step)
                for told, result in zip(step, results, strict=True):
                    if isinstance(result, Told) and (result.id or result.sent_id):
                        key = (result.client, result.nonce)
                        assert key not in stored
                        if all(key):
                            stored[key] = result
                    elif isinstance(result, ToldAgain):
                        first = stored[told.client, told.nonce]
                        assert result.told.text == first.text
                        assert result.told.id == first.sent_id
            case (account, span, peer, received):
                page = read_private(sqlite, account, span, peer=peer, received=received)
                assert page == read_private(memory, account, span, peer=peer, received=received)
            case None:
                sqlite = journal_file.open()
    for account in (1, 2):
        numbers = [line.last for line in read_private(sqlite, account).lines]
        assert numbers == [*range(1, len(numbers) + 1)]
    journal_file.close()
    assert journal_file.clock.warnings == []
