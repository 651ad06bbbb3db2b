"""The contract that every journal meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from netchat.journal.interface import NONCE_REUSED, EventGroup, Journal, Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.paging import PAGE_BYTES
from netchat.model.events import (
    Event,
    Gap,
    Joined,
    Left,
    Refused,
    Repeated,
    Said,
    SaidLines,
    TopicSet,
)
from tests.support.journals import (
    EVERYTHING,
    NOW,
    all_of,
    append,
    ask,
    close,
    line,
    texts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_a_ping_is_answered_once_also_by_a_journal_that_is_closed(journal: Journal) -> None:
    answers: list[str] = []
    journal.ping(lambda: answers.append("open"))
    close(journal)
    journal.ping(lambda: answers.append("closed"))
    assert answers == ["open", "closed"]


def test_a_journal_has_an_identifier_of_its_own(journal: Journal) -> None:
    assert len(journal.id) == 16
    assert journal.id != MemoryJournal().id


def test_ids_count_the_lines_of_each_room(journal: Journal) -> None:
    first = append(journal, line("a"), line("x", "dev"), line("b"))
    second = append(journal, line("c"))
    assert [said.id for said in [*first, *second] if isinstance(said, Said)] == [1, 1, 2, 3]


def test_lines_said_together_are_numbered_and_stored_one_by_one(journal: Journal) -> None:
    together = SaidLines("lobby", "Bob", ("b", "c", "d"), 7.125)
    settled = append(journal, line("a"), together, line("e"))
    assert settled[1] == SaidLines("lobby", "Bob", ("b", "c", "d"), 7.125, first=2)
    assert [said.id for said in settled if isinstance(said, Said)] == [1, 5]
    assert [said.last for said in all_of(journal)] == [1, 2, 3, 4, 5]
    assert all_of(journal)[1:4] == [
        Said("lobby", "Bob", t, 7.125, id=n) for n, t in zip((2, 3, 4), "bcd", strict=True)
    ]


def test_the_results_of_a_batch_are_complete_and_in_order(journal: Journal) -> None:
    said = Said("lobby", "Bob", "waves", 7.125, action=True, nonce="n", client="c")
    batch = [Left("lobby", ("Ann",)), said, TopicSet("lobby", "tea", "Bob"), Left("lobby", ("A",))]
    settled = append(journal, *batch)
    kept = Said("lobby", "Bob", "waves", 7.125, action=True, id=1, nonce="n", client="c")
    assert settled == [batch[0], kept, *batch[2:]]


def test_a_stored_line_has_no_nonce(journal: Journal) -> None:
    append(journal, line("a", nonce="n"))
    assert all_of(journal) == [Said("lobby", "Bob", "a", line("a").time, id=1)]


def test_presence_is_settled_unchanged_among_the_lines(journal: Journal) -> None:
    joined, left = Joined("lobby", ("A",)), Left("lobby", ("A",))
    assert append(journal, joined, line("a"), left)[::2] == [joined, left]
    assert append(journal, joined) == [joined]


def test_batches_settle_in_the_order_in_which_they_were_appended(journal: Journal) -> None:
    order: list[object] = []
    batches: list[list[Event]] = [[line("a")], [], [Left("lobby", ("A",))], [line("b")], []]

    def again(settled: Sequence[Event]) -> None:
        order.append("first")
        for number, batch in enumerate(batches):
            journal.append(batch, lambda _, number=number: order.append(number))  # type: ignore[misc]

    journal.append([line("0")], again)
    assert order == ["first", 0, 1, 2, 3, 4]


def test_a_span_has_the_first_lines_above_an_id_or_the_last_ones_up_to_it(journal: Journal) -> None:
    append(journal, *map(line, "abcdef"), line("x", "dev"))

    def read(after: int, up_to: int, limit: int, newest: bool = False) -> tuple[str, bool]:
        page = ask(journal, Span(after, up_to, limit, newest))
        return "".join(texts(page.lines)), page.more

    assert read(0, 6, 3) == ("abc", True)
    assert read(3, 6, 3) == ("def", False)
    assert read(0, 4, 3, True) == ("bcd", True)
    assert read(1, 4, 3, True) == ("bcd", False)
    assert read(0, 6, 100) == read(0, 6, 100, True) == ("abcdef", False)
    assert read(2, 4, 100) == ("cd", False)
    assert read(0, EVERYTHING, 6) == ("abcdef", False)


def test_a_span_without_ids_has_nothing(journal: Journal) -> None:
    append(journal, line("a"))
    for newest in (False, True):
        assert ask(journal, Span(0, 5, 5, newest), "empty").lines == ()
        assert ask(journal, Span(1, 5, 5, newest)).lines == ()
        assert ask(journal, Span(0, 0, 5, newest)).lines == ()
        assert not ask(journal, Span(7, 3, 5, newest)).more


def test_a_line_repeated_with_its_nonce_is_the_same_line(journal: Journal) -> None:
    (first,) = append(journal, line("a", nonce="n"))
    append(journal, line("b"))
    later = line("a", nonce="n", time=9.0)
    assert append(journal, later) == [Repeated(first)]  # type: ignore[arg-type]
    assert texts(all_of(journal)) == ["a", "b"]


def test_a_line_repeated_in_one_batch_is_stored_once(journal: Journal) -> None:
    said = line("a", nonce="n")
    first, second = append(journal, said, said)
    assert second == Repeated(first)  # type: ignore[arg-type]
    assert texts(all_of(journal)) == ["a"]


def together(*texts: str) -> SaidLines:
    """Return lines that Bob's client sends together; each text is its own nonce."""
    return SaidLines("lobby", "Bob", texts, NOW, nonces=texts, client="bobs-client")


def test_repeats_of_lines_said_together_are_recognised_one_by_one(journal: Journal) -> None:
    (first,) = append(journal, together("a", "b"))
    assert first == replace(together("a", "b"), first=1)
    again, alone = append(journal, together("b", "c", "c"), line("c", nonce="c"))
    assert isinstance(again, EventGroup)
    assert [type(x) for x in again.events] == [Repeated, Said, Repeated]
    assert [x.said.id for x in (*again.events, alone) if isinstance(x, Repeated)] == [2, 3, 3]
    assert append(journal, line("b", nonce="a")) == [
        Refused("nonce-reused", NONCE_REUSED, "a"),
    ]
    assert all_of(journal) == [replace(line(text), id=id) for id, text in enumerate("abc", 1)]


def test_lines_said_together_and_repeated_in_one_batch_are_stored_once(journal: Journal) -> None:
    _, again = append(journal, together("a", "b"), together("a", "b"))
    assert isinstance(again, EventGroup)
    assert [type(x) for x in again.events] == [Repeated, Repeated]
    assert texts(all_of(journal)) == ["a", "b"]


def test_the_memory_journal_remembers_the_newest_nonces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netchat.journal.memory.journal.MOST_NONCES", 3)
    journal = MemoryJournal()
    append(journal, line("a", nonce="a"), together("b", "c", "d"))
    assert not isinstance(append(journal, line("a", nonce="a"))[0], Repeated)
    assert isinstance(append(journal, line("c", nonce="c"))[0], Repeated)


@pytest.mark.parametrize(
    "other",
    [
        line("b", nonce="n"),
        line("a", "dev", nonce="n"),
        replace(line("a", nonce="n"), action=True),
    ],
    ids=["text", "room", "action"],
)
def test_another_line_with_a_used_nonce_is_refused(journal: Journal, other: Said) -> None:
    append(journal, line("a", nonce="n"))
    (same_batch, later) = [*append(journal, other), *append(journal, other)]
    for refused in (same_batch, later):
        assert isinstance(refused, Refused)
        assert (refused.code, refused.nonce) == ("nonce-reused", "n")
    assert texts(all_of(journal)) == ["a"]


def test_without_a_nonce_or_a_client_no_line_is_a_repeat(journal: Journal) -> None:
    keys = [("", ""), ("n", ""), ("", "c")]
    anonymous = [Said("lobby", "Bob", "a", 7.0, nonce=n, client=c) for n, c in keys]
    append(journal, *anonymous)
    append(journal, *anonymous)
    assert len(all_of(journal)) == 6


def test_a_search_finds_the_lines_with_all_the_words(journal: Journal) -> None:
    append(journal, *map(line, ["Tea at four?", "no tea", "Four TEAS", "four: tea!", "x"]))

    def find(
        words: str, after: int, up_to: int, limit: int, newest: bool = False
    ) -> tuple[list[str], bool]:
        page = ask(journal, Span(after, up_to, limit, newest), words=words)
        return texts(page.lines), page.more

    assert find("FOUR tea", 0, 5, 9) == (["Tea at four?", "four: tea!"], False)
    assert find("four tea", 0, 5, 1) == (["Tea at four?"], True)
    assert find("four tea", 0, 5, 1, newest=True) == (["four: tea!"], True)
    assert find("tea", 1, 3, 9) == (["no tea"], False)
    assert find("t", 0, 5, 9) == ([], False)


@pytest.mark.parametrize(
    "words",
    ["", "?!", '"', 'tea"', "tea OR x", "NEAR(tea x)", "te*", "-x", "folded:x", "^x", "a AND"],
)
def test_search_words_are_no_query_language(journal: Journal, words: str) -> None:
    append(journal, line("x"), line("tea"))
    found = texts(ask(journal, Span(0, 2, 9), words=words).lines)
    assert found == {'tea"': ["tea"], "-x": ["x"], "^x": ["x"]}.get(words, [])


@pytest.mark.parametrize("words", ["uber", "ÜBER", "u\u0308ber", "ｕber"])
def test_case_diacritics_and_width_make_no_difference_to_a_search(
    journal: Journal, words: str
) -> None:
    append(journal, line("Über Straße"), line("x"))
    assert ask(journal, Span(0, 2, 9), words=words).lines


def test_a_search_covers_one_room_only(journal: Journal) -> None:
    append(journal, line("tea"), line("tea", "dev"))
    assert ask(journal, Span(0, 9, 9), "dev", "tea").lines == (
        Said("dev", "Bob", "tea", line("").time, id=1),
    )


def test_the_memory_journal_keeps_the_newest_lines_and_the_ids_go_on() -> None:
    journal = MemoryJournal(keep=2)
    append(journal, *map(line, "abcd"))
    assert texts(ask(journal, Span(0, 4, 10, True)).lines) == ["c", "d"]
    assert ask(journal, Span(0, 4, 10)).lines[0] == Gap("lobby", 1, 2)
    assert ask(journal, Span(0, 2, 10, True)).lines == (Gap("lobby", 1, 2),)


def test_the_size_of_a_page_is_bounded(journal: Journal) -> None:
    long = "é" * 2048
    append(journal, *[line(long)] * 100)
    page = ask(journal, Span(0, EVERYTHING, 500))
    assert len(page.lines) == PAGE_BYTES / 4096
    assert page.more
    newest = ask(journal, Span(0, EVERYTHING, 500, newest=True))
    assert [x.last for x in newest.lines] == [*range(101 - PAGE_BYTES // 4096, 101)]
    assert newest.more
    assert len(all_of(journal)) == 100


def test_a_notice_is_kept_as_one_and_is_another_line_than_the_same_text(journal: Journal) -> None:
    said = Said("lobby", "Bob", "up", 7.125, nonce="n", client="c", notice=True)
    plain = replace(said, nonce="p", notice=False)
    append(journal, said, plain)
    kept = [one for one in all_of(journal) if isinstance(one, Said)]
    assert [(one.notice, one.account) for one in kept] == [(True, 0), (False, 0)]
    again, other = append(journal, said, replace(said, notice=False))
    assert isinstance(again, Repeated)
    assert again.said.notice
    assert other == Refused("nonce-reused", NONCE_REUSED, "n")
