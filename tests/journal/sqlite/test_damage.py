"""Damage to the file: damaged lines are reported as gaps, and no other line is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import JournalError, KnownRoom, Span, UnreadableError
from netchat.model.events import Gap, Refused, Repeated, Said, TopicSet
from tests.support.journals import (
    EVERYTHING,
    JournalFile,
    ManualClock,
    all_of,
    append,
    ask,
    close,
    line,
    make_journal,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def journal_file(tmp_path: Path) -> Iterator[JournalFile]:
    journal_file = JournalFile(tmp_path)
    append(journal_file.open(), *(line(f"the {n}. line") for n in range(1, 8)))
    yield journal_file
    journal_file.close()


def damaged(first: int, last: int | None = None) -> Gap:
    return Gap("lobby", first, last or first, damaged=True)


@pytest.mark.parametrize("bit", [0, 5, 7])
def test_a_flipped_bit_costs_one_line(journal_file: JournalFile, bit: int) -> None:
    journal_file.flip(b"the 3. line", bit)
    lines = all_of(journal_file.open())
    assert lines[2] == damaged(3)
    assert texts(lines[:2] + lines[3:]) == [f"the {n}. line" for n in (1, 2, 4, 5, 6, 7)]


def test_a_page_of_the_newest_lines_has_gaps_too(journal_file: JournalFile) -> None:
    journal_file.flip(b"the 3. line")
    page = ask(journal_file.open(), Span(0, 7, 6, newest=True))
    assert texts(page.lines)[:2] == ["the 2. line", "3-3"]
    assert page.more


@pytest.mark.parametrize(
    "column",
    [
        "time = time + 1",
        "time = 'noon'",
        "name = 'Eve'",
        "text = 5",
        "text = x'ff'",
        "action = 1",
        "checksum = 0",
        "key = key + 100",
    ],
)
def test_a_line_is_damaged_whichever_column_has_changed(
    journal_file: JournalFile, column: str
) -> None:
    journal_file.change(f"UPDATE lines SET {column} WHERE text = 'the 3. line'")
    journal = journal_file.open()
    lines = all_of(journal)
    assert lines[2] == damaged(3)
    assert [x.last for x in lines][:7] == [1, 2, 3, 4, 5, 6, 7]


def test_missing_lines_are_a_gap(journal_file: JournalFile) -> None:
    journal_file.change(
        "DELETE FROM lines WHERE text LIKE 'the 1%' OR text LIKE 'the 4%' OR text LIKE 'the 5%'"
    )
    journal = journal_file.open()
    lines = all_of(journal)
    assert [x for x in lines if isinstance(x, Gap)] == [damaged(1), damaged(4, 5)]
    assert ask(journal, Span(0, 7, 9, newest=True)).lines == tuple(lines)
    assert ask(journal, Span(3, 6, 9)).lines == (damaged(4, 5), lines[4])


def test_missing_lines_at_the_end_are_a_gap_and_their_ids_are_not_reused(
    journal_file: JournalFile,
) -> None:
    journal_file.change("DELETE FROM lines WHERE text LIKE 'the 6%' OR text LIKE 'the 7%'")
    journal = journal_file.open()
    assert all_of(journal)[5:] == [damaged(6, 7)]
    (said,) = append(journal, line("next"))
    assert isinstance(said, Said)
    assert said.id == 8


def test_damage_is_reported_once_and_damaged_lines_are_never_returned(
    journal_file: JournalFile,
) -> None:
    journal_file.flip(b"the 3. line")
    journal = journal_file.open()
    for _ in range(3):
        all_of(journal)
        assert not ask(journal, Span(2, 3, 9), words="3").lines
        assert not ask(journal, Span(2, 3, 9), words="the").lines
    (warning,) = journal_file.clock.warnings
    assert "line 3 of lobby is damaged" in warning


def test_an_indexed_line_that_is_damaged_is_not_found(journal_file: JournalFile) -> None:
    journal = journal_file.open()
    append(journal, *(line(f"word{n}x") for n in range(8, 600)))
    journal_file.change("UPDATE lines SET name = 'Eve' WHERE text = 'word20x'")
    journal = journal_file.open()
    assert not ask(journal, Span(0, 600, 9), words="word20x").lines
    assert ask(journal, Span(0, 600, 9), words="word21x").lines


def test_an_unreadable_page_of_the_file_costs_only_the_lines_on_it(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), *(line(f"{n} " + "x" * 100) for n in range(8, 400)))
    journal_file.close()
    data = bytearray(journal_file.path.read_bytes())
    place = data.index(b"200 xxx")
    page = place // 4096 * 4096
    # The first byte of a leaf page is its type; SQLite refuses a page of an unknown type.
    data[page] = 0xFF
    journal_file.path.write_bytes(data)
    journal = journal_file.open()
    lines = all_of(journal)
    assert [
        i for x in lines for i in ([x.id] if isinstance(x, Said) else range(x.first, x.last + 1))
    ] == [*range(1, 400)]
    lost = [x for x in lines if isinstance(x, Gap)]
    assert damaged(200) in lost
    assert 10 < len(lost) < 60
    newest = ask(journal, Span(150, 399, 500, newest=True))
    assert list(newest.lines) == lines[150:]
    assert len(ask(journal, Span(0, 399, 500), words="x" * 100).lines) == 399 - 7 - len(lost)


@pytest.mark.parametrize(
    "block",
    [
        "ff" * 40,
        # A length field that makes SQLite request more memory than there is.
        "f78962ac1d006265d7829cecfceabf34b89c9318ad2f5bd106934257bcac3fc2bd46ce0b23aac2b2",
    ],
)
def test_a_damaged_index_costs_no_line_and_is_rebuilt(
    journal_file: JournalFile, block: str
) -> None:
    append(journal_file.open(), *(line(f"word{n}x") for n in range(8, 600)))
    journal_file.clock.advance(1)
    journal_file.change(f"UPDATE words_data SET block = x'{block}'")
    journal = journal_file.open()
    assert texts(ask(journal, Span(0, 600, 9), words="word20x").lines) == ["word20x"]
    assert "the word index is damaged" in journal_file.clock.warnings[-1]
    (*_, last) = append(journal, *[line("more")] * 600)
    assert isinstance(last, Said)
    journal_file.clock.advance(1)
    assert any("being rebuilt" in warning for warning in journal_file.clock.warnings)
    journal_file.clock.warnings.clear()
    journal = journal_file.open()
    assert texts(ask(journal, Span(0, 600, 9), words="word20x").lines) == ["word20x"]
    assert journal_file.clock.warnings == []


def test_a_room_with_a_damaged_record_is_recovered_from_its_lines(
    journal_file: JournalFile,
) -> None:
    append(journal_file.open(), TopicSet("lobby", "teatime", "Bob"), line("x", "dev"))
    journal_file.flip(b"teatime")
    journal = journal_file.open()
    assert len(all_of(journal)) == 7
    close(journal)
    journal_file.journal = None
    assert "topic of the room lobby was damaged" in journal_file.clock.warnings[0]
    journal = make_journal(journal_file.directory, journal_file.clock)
    assert list(journal.open()) == [KnownRoom("lobby", "", 7), KnownRoom("dev", "", 1)]
    close(journal)
    assert len(journal_file.clock.warnings) == 1


@pytest.mark.parametrize("counts", ["last = 3", "first = 5", "last = 99", "indexed = 99"])
def test_the_damaged_counts_of_a_room_are_recovered(journal_file: JournalFile, counts: str) -> None:
    journal_file.change(f"UPDATE rooms SET {counts}")
    journal = journal_file.open()
    assert len(all_of(journal)) == 7
    assert ask(journal, Span(0, 9, 9), words="3").lines
    (said,) = append(journal, line("next"))
    assert isinstance(said, Said)
    assert said.id == 8


def test_no_id_is_given_twice_even_if_the_record_of_the_room_is_out_of_date(
    journal_file: JournalFile,
) -> None:
    journal_file.close()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        record = connection.execute("SELECT * FROM rooms").fetchone()
    append(journal_file.open(), line("the 8. line"))
    journal_file.change("REPLACE INTO rooms VALUES (?, ?, ?, ?, ?, ?, ?)", record)
    (said,) = append(journal_file.open(), line("next"))
    assert isinstance(said, Said)
    assert said.id == 9


def test_a_room_that_cannot_be_recovered_keeps_the_server_from_starting(
    journal_file: JournalFile,
) -> None:
    journal_file.change("UPDATE rooms SET name = 'lobbz'")
    journal = make_journal(journal_file.directory, ManualClock())
    with pytest.raises(JournalError, match="number 1 is damaged; restore a backup"):
        journal.open()
    close(journal)


def test_a_room_that_is_damaged_while_the_server_runs_cannot_be_read(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    with closing(sqlite3.connect(journal_file.path)) as connection:
        connection.execute("UPDATE rooms SET topic = 'x'")
        connection.execute("UPDATE lines SET name = 'x'")
        connection.commit()
    found: list[object] = []
    journal.read("lobby", Span(0, EVERYTHING, 9), found.append)
    assert isinstance(found[0], UnreadableError)
    assert "could not be read" in str(found[0])


def test_a_damaged_nonce_lets_no_line_be_stored_twice(journal_file: JournalFile) -> None:
    append(journal_file.open(), line("a", nonce="n1"), line("b", nonce="n2"))
    journal_file.change("UPDATE nonces SET id = 3 WHERE nonce = 'n1'")
    journal = journal_file.open()
    first, second = append(journal, line("a", nonce="n1"), line("b", nonce="n2"))
    assert isinstance(first, Refused)
    assert first.code == "nonce-reused"
    assert isinstance(second, Repeated)


def test_a_line_is_found_once_even_if_its_room_is_indexed_again(journal_file: JournalFile) -> None:
    append(journal_file.open(), *(line(f"word{n}x") for n in range(8, 600)))
    journal_file.change("UPDATE rooms SET first = 7")
    journal = journal_file.open()
    for _ in range(3):
        append(journal, *[line("more")] * 300)
    assert texts(ask(journal, Span(0, 600, 9), words="word20x").lines) == ["word20x"]
    assert texts(ask(journal, Span(0, 600, 9, newest=True), words="word20x").lines) == ["word20x"]


def test_an_id_that_another_program_took_costs_one_batch(
    journal_file: JournalFile,
) -> None:
    journal = journal_file.open()
    with closing(sqlite3.connect(journal_file.path)) as other:
        other.execute(
            "INSERT INTO lines SELECT key + 1, time, name, text, 0, 0 FROM lines WHERE key & 7 = 7"
        )
        other.commit()
    (refused,) = append(journal, line("next"))
    assert isinstance(refused, Refused)
    (said,) = append(journal, line("next"))
    assert isinstance(said, Said)
    assert said.id == 9
    assert texts(all_of(journal))[-2:] == ["8-8", "next"]
