"""For any events, spans and words, the journals on SQLite and in memory give the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netchat.journal.interface import Page, Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.tokenizer import find_words
from netchat.model.events import Event, Joined, Left, Said, SaidLines, TopicSet
from netchat.state.changes import CONSOLE, Actor, Change, DeleteLines, SetRole
from netchat.state.records import SaltSecret
from tests.support.changes import audit_of, own
from tests.support.journals import NOW, ManualClock, append, ask, close, make_journal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from netchat.state.record import Record

ROOMS = st.sampled_from(["lobby", "dev", "Straße"])
WORDS = st.sampled_from(
    ["tea", "Tea", "TEE", "té", "straße", "STRASSE", "ﬁn", "हिन्दी", "a_b", "١٢", "x\u0301y", "'\"*"]
)
TEXTS = st.lists(WORDS, max_size=5).map(" ".join) | st.text(max_size=20).filter(
    lambda text: text.isprintable()
)
KEYS = st.sampled_from(["", "1", "2", "3"])
SAID = st.builds(
    Said,
    room=ROOMS,
    name=st.sampled_from(["Bob", "Zoë"]),
    text=TEXTS,
    time=st.integers(0, 10**12).map(lambda ms: ms / 1000),
    action=st.booleans(),
    nonce=KEYS,
    client=KEYS,
)
EVENTS = st.one_of(
    SAID,
    SAID,
    st.builds(Joined, ROOMS, st.just(("Ann",))),
    st.builds(Left, ROOMS, st.just(("Ann",))),
    st.builds(TopicSet, ROOMS, TEXTS, st.just("Bob")),
    st.builds(
        SaidLines,
        ROOMS,
        st.just("Bob"),
        st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
        st.just(NOW),
    ),
    st.builds(
        Change,
        st.builds(DeleteLines, ROOMS, st.lists(st.integers(0, 9), max_size=3).map(tuple)),
        st.sampled_from([CONSOLE, Actor("Zoë", 1), Actor("Bob")]),
        st.just(NOW),
    ),
    st.builds(own, st.sampled_from(["Zoë", "ZOË", "Bob"])),
    st.builds(
        Change,
        st.builds(
            SetRole, st.sampled_from(["Zoë", "Bob"]), ROOMS, st.sampled_from(["moderator", None])
        ),
        st.just(CONSOLE),
        st.just(NOW),
    ),
)
SPANS = st.builds(Span, st.integers(0, 12), st.integers(0, 12), st.integers(1, 5), st.booleans())
STEPS = st.one_of(
    st.lists(EVENTS, max_size=6),
    st.tuples(ROOMS, SPANS, st.none()),
    st.tuples(ROOMS, SPANS, TEXTS),
    st.none(),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=12))
def test_sqlite_and_memory_give_the_same_answers(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    directory, clock = tmp_path_factory.mktemp("journal"), ManualClock()
    memory, sqlite = MemoryJournal(keep=0), make_journal(directory, clock)
    sqlite.open()
    for step in steps:
        match step:
            case list():
                assert append(sqlite, *step) == append(memory, *step)
            case (room, span, words):
                assert ask(sqlite, span, room, words) == ask(memory, span, room, words)
            case None:
                close(sqlite)
                sqlite = make_journal(directory, clock)
                sqlite.open()
    assert audit_of(sqlite) == audit_of(memory)
    close(sqlite)
    sqlite.open()
    assert remembered(sqlite.records()) == remembered(memory._state.records())
    close(sqlite)
    assert clock.warnings == []


def remembered(records: Iterable[Record]) -> set[Record]:
    """Return the records without the secret for salts, which each journal has for itself."""
    return {record for record in records if not isinstance(record, SaltSecret)}


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=5))
def test_every_line_is_found_by_each_of_its_words(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    clock = ManualClock()
    journal = make_journal(tmp_path_factory.mktemp("journal"), clock)
    journal.open()
    said: list[Event] = [Said("lobby", "Bob", text, NOW) for text in texts]
    append(journal, *said)
    # Add enough lines for them to be indexed.
    append(journal, *[Said("lobby", "Bob", "-", NOW)] * 300)
    for number, text in enumerate(texts, 1):
        for word in find_words(text):
            page = ask(journal, Span(number - 1, number, 1), words=word)
            assert isinstance(page, Page)
            assert len(page.lines) == 1
    close(journal)
