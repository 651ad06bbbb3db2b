"""The entries of the log: what a version does not know stops its server."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from netchat.cluster import entries
from netchat.cluster.entries import (
    VERSION,
    Item,
    UnknownEntryError,
    decode,
    encode,
    without_texts,
)
from netchat.journal.log_places import count_lines
from netchat.model.events import Event, Said, SaidLines, Told, TopicSet
from tests.support.site import Site

NEWER = msgspec.msgpack.encode([VERSION + 1, []])


def test_what_is_encoded_is_decoded() -> None:
    items = [Item(1, Said("lobby", "Ann", "hi", 5.0)), Item(0, TopicSet("lobby", "new", "Ann"))]
    assert decode(encode(items)) == items
    assert decode(encode([])) == []


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (NEWER, f"has version {VERSION + 1}"),
        (msgspec.msgpack.encode([VERSION, [[0, "dance", {}]]]), "has an event of the kind dance"),
        (b"\xff", "cannot be read"),
        (msgspec.msgpack.encode([VERSION, [[0, "said", {}]]]), "cannot be read"),
    ],
)
def test_an_entry_that_is_not_known_is_an_error_with_a_sentence(payload: bytes, why: str) -> None:
    with pytest.raises(UnknownEntryError, match=why) as error:
        decode(payload)
    assert str(error.value).endswith("; upgrade this server.")


def test_an_entry_of_a_higher_version_stops_the_server(bugs: list[dict[str, object]]) -> None:
    site = Site(1)
    (one,) = site.servers
    bob = one.join("Bob")
    site.settle()
    site.log.add(99, 1, NEWER)
    site.logs[0].wake()
    site.settle()
    assert one.service.failed
    wanted = f"An entry of the log has version {VERSION + 1}; upgrade this server."
    assert bugs.pop()["why"] == wanted
    stopped = one.stop()
    site.advance(5)
    assert stopped.called
    assert bob.heard() == ["! The server is shutting down; come back later."]


def test_an_older_version_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = encode([Item(1, Said("lobby", "Ann", "hi", 5.0))])
    monkeypatch.setattr(entries, "VERSION", VERSION + 1)
    assert decode(payload)


EVENTS: list[Event] = [
    Said("lobby", "Ann", "one", 5.25, nonce="n", client="c"),
    TopicSet("lobby", "news", "Ann"),
    SaidLines("lobby", "Ann", ("twö", "three 🔑"), 6.0, account=3),
    Told("Ann", "Bob", "four", 7.0, sender=3),
]


@pytest.mark.parametrize("lines", [set(), {0}, {1}, {2}, {3}, {1, 2}, {0, 1, 2, 3}])
def test_the_texts_of_some_lines_become_asterisks(lines: set[int]) -> None:
    payload = encode(Item(number, event) for number, event in enumerate(EVENTS))
    texts = ["one", "twö", "three 🔑", "four"]
    kept = ["*" * len(x) if line in lines else x for line, x in enumerate(texts)]
    said, topic, both, told = EVENTS
    expected = [
        replace(said, text=kept[0]),
        topic,
        replace(both, texts=(kept[1], kept[2])),
        replace(told, text=kept[3]),
    ]
    erased = without_texts(payload, lines)
    assert [item.event for item in decode(erased)] == expected
    assert without_texts(erased, lines) == erased
    assert (erased == payload) == (not lines)


def test_lines_are_counted_as_the_journal_counts_them() -> None:
    for number in range(1, len(EVENTS) + 1):
        payload = encode(Item(0, event) for event in EVENTS[:number])
        count = sum(map(count_lines, EVENTS[:number]))
        assert without_texts(payload, {count - 1}) != payload
        assert without_texts(payload, {count}) == payload


def test_what_a_newer_version_has_written_besides_stays() -> None:
    (number, kind, fields) = msgspec.msgpack.decode(encode([Item(1, EVENTS[0])]))[1][0]
    payload = msgspec.msgpack.encode([VERSION, [[number, kind, fields | {"mood": "good"}]]])
    assert decode(payload) == [Item(1, EVENTS[0])]
    (item,) = msgspec.msgpack.decode(without_texts(payload, {0}))[1]
    assert item == [number, kind, fields | {"mood": "good", "text": "***"}]


def test_the_texts_of_an_entry_that_is_not_known_are_not_erased() -> None:
    with pytest.raises(UnknownEntryError):
        without_texts(NEWER, {0})
