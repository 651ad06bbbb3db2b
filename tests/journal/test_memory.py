"""The journal in memory: a search takes a slice of each turn, and a nonce costs a few bytes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import Page, Span, UnreadableError
from netchat.journal.memory import search
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.paging import PAGE_BYTES
from netchat.journal.tokenizer import fold
from netchat.model.events import Repeated, Said, SaidLines
from netchat.testing import Network
from tests.support.journals import NOW, append, ask, grown, line, texts

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = "\N{GRINNING FACE}" + "x" * 4092
"""With one such character, Python stores four bytes for each character of the text."""


class Asked:
    """A journal in memory whose turns the test runs, and the answers that it has given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, keep: int = 10_000) -> None:
        self.later: deque[Callable[[], None]] = deque()
        self.journal = MemoryJournal(keep, call_soon=self.later.append)
        self.found: list[tuple[str, Page | UnreadableError]] = []
        self.folded = 0

        def counted(text: str) -> str:
            self.folded += len(text)
            return fold(text)

        monkeypatch.setattr(search, "fold", counted)

    def ask(self, words: str, span: Span) -> None:
        self.journal.search("lobby", words, span, lambda page: self.found.append((words, page)))

    def one_turn(self) -> int:
        """Run one turn; return how many characters were folded in it."""
        self.folded = 0
        assert len(self.later) == 1
        self.later.popleft()()
        return self.folded

    def turns(self) -> list[int]:
        """Run all turns; return the characters folded in each."""
        turns = []
        while self.later:
            turns.append(self.one_turn())
        return turns


@pytest.mark.parametrize("text", ["\u00e9" * 400, "h\u00fctte " * 60, "x", "tea" + "y" * 1000])
def test_a_long_search_takes_a_slice_of_every_turn(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    asked = Asked(monkeypatch)
    append(asked.journal, *[line(text)] * 3000)
    asked.ask("tea", Span(0, 3000, 50, newest=True))
    assert asked.folded == 0
    turns = asked.turns()
    assert sum(turns) == 3000 * len(text)
    assert len(turns) > 2
    assert max(turns) <= search.SLICE + len(text)
    assert asked.found == [("tea", Page(()))]


def test_a_slice_has_sixty_times_as_many_characters_if_they_are_ascii(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch)
    append(asked.journal, *[line("x" * 4096)] * 3000)
    asked.ask("tea", Span(0, 3000, 50))
    assert 20 < len(asked.turns()) < 40


def test_a_search_ends_when_its_page_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch)
    append(asked.journal, *[line("\u00e9" * 1000), line("tea")] * 500)
    for newest in (False, True):
        asked.ask("tea", Span(0, 1000, 3, newest))
        assert sum(asked.turns()) < 6000
    (_, first), (_, last) = asked.found
    assert isinstance(first, Page)
    assert isinstance(last, Page)
    assert first.more
    assert last.more
    assert [x.last for x in (*first.lines, *last.lines)] == [2, 4, 6, 996, 998, 1000]


def test_a_page_of_search_results_is_bounded_like_other_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch)
    append(asked.journal, *[line("tea " + "\u00e9" * 2046)] * 100)
    asked.ask("tea", Span(0, 100, 500, newest=True))
    asked.turns()
    ((_, page),) = asked.found
    assert isinstance(page, Page)
    assert [x.last for x in page.lines] == [*range(101 - PAGE_BYTES // 4096, 101)]
    assert page.more


@pytest.mark.parametrize("newest", [False, True])
def test_lines_said_together_are_read_in_part(newest: bool) -> None:
    journal = MemoryJournal(keep=4)
    for first in (1, 4):
        said = tuple(str(number) for number in range(first, first + 3))
        append(journal, SaidLines("lobby", "Bob", said, NOW))

    def read(after: int, up_to: int) -> list[str]:
        return texts(ask(journal, Span(after, up_to, 9, newest)).lines)

    assert read(2, 6) == ["3", "4", "5", "6"]
    assert read(2, 4) == ["3", "4"]
    assert read(3, 5) == ["4", "5"]
    assert read(4, 5) == ["5"]
    assert read(0, 6)[-4:] == ["3", "4", "5", "6"]
    assert read(0, 6)[:-4] == ([] if newest else ["1-2"])


def test_a_turn_is_as_long_with_many_searches_and_they_are_answered_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch)
    append(asked.journal, *[line("\u00e9" * 400)] * 100)
    words = [f"tea {number}" for number in range(20)]
    for text in words:
        asked.ask(text, Span(0, 100, 50))
    assert max(asked.turns()) <= search.SLICE + 400
    assert [text for text, _ in asked.found] == words


@pytest.mark.parametrize("newest", [False, True])
def test_lines_added_and_dropped_during_a_search_do_not_disturb_it(
    monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    monkeypatch.setattr(search, "SLICE", 1)
    asked = Asked(monkeypatch, keep=10)
    append(asked.journal, *[line(f"tea {number}") for number in range(1, 11)])
    asked.ask("tea", Span(0, 1 << 30, 50, newest))
    for _ in range(3):
        asked.one_turn()
        append(asked.journal, line("tea later"))
    append(asked.journal, SaidLines("lobby", "Bob", ("tea", "tea"), NOW))
    asked.turns()
    ((_, page),) = asked.found
    assert isinstance(page, Page)
    numbers = [int(text.split()[1]) for text in texts(page.lines)]
    # The search reads one line a turn: it has read three when the first five are dropped.
    assert numbers == ([6, 7, 8, 9, 10] if newest else [1, 2, 3, 6, 7, 8, 9, 10])


def test_pending_searches_are_answered_when_the_journal_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch)
    append(asked.journal, line("tea"))
    asked.ask("tea", Span(0, 1, 50))
    asked.ask("tea", Span(0, 1, 50))
    closed: list[bool] = []
    asked.journal.close(lambda: closed.append(True))
    assert [type(page) for _, page in asked.found] == [UnreadableError] * 2
    assert closed
    asked.turns()
    assert len(asked.found) == 2


def test_the_server_searches_after_the_current_turn() -> None:
    network = Network("--data", ":memory:")
    network.join("Bob").say("tea")
    found: list[object] = []
    network.service.factory.chat.journal.search("lobby", "tea", Span(0, 1, 50), found.append)
    assert not found
    network.settle()
    assert len(found) == 1


@pytest.mark.parametrize("together", [1, 4])
def test_a_nonce_costs_a_few_bytes_however_long_it_and_its_line_are(together: int) -> None:
    journal = MemoryJournal(keep=1)

    def say() -> None:
        for number in range(0, 1000, together):
            some = range(number, number + together)
            nonces = tuple("\N{GRINNING FACE}" * 120 + str(each) for each in some)
            said = tuple(f"{LONG}{each}" for each in some)
            if together == 1:
                append(journal, line(said[0], nonce=nonces[0]))
            else:
                append(journal, SaidLines("lobby", "Bob", said, NOW, 0, nonces, "bobs-client"))

    assert grown(say) < 1000 * 350 + 4 * 16_384 * 2
    again = line(f"{LONG}5", nonce="\N{GRINNING FACE}" * 120 + "5", time=NOW + 9)
    (repeated,) = append(journal, again)
    assert repeated == Repeated(
        Said("lobby", "Bob", f"{LONG}5", NOW, False, 6, again.nonce, again.client)
    )
