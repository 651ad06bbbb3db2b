"""The entries of the log: what a version does not know stops its server."""

from __future__ import annotations

from collections.abc import Iterator

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


def structs_in(type: msgspec.inspect.Type) -> Iterator[msgspec.inspect.StructType]:
    """Yield the structs that `type` is made of."""
    parts: list[msgspec.inspect.Type] = []
    match type:
        case msgspec.inspect.StructType():
            yield type
            parts = [field.type for field in type.fields]
        case msgspec.inspect.UnionType():
            parts = [*type.types]
        case msgspec.inspect.TupleType():
            parts = [*type.item_types]
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            parts = [type.item_type]
    for part in parts:
        yield from structs_in(part)


def test_a_field_that_is_not_known_is_an_error_at_any_depth() -> None:
    kinds = [decoder.type for decoder in entries._decoders.values()]
    structs = [one for kind in kinds for one in structs_in(msgspec.inspect.type_info(kind))]
    assert {"Said", "Actor", "Arrive", "Proof"} <= {struct.cls.__name__ for struct in structs}
    assert [struct.cls for struct in structs if not struct.forbid_unknown_fields] == []
    assert [x.cls for x in structs if not x.cls.__struct_config__.omit_defaults] == []
    topic = {"room": "lobby", "text": "new", "by": "Ann", "colour": "red"}
    with pytest.raises(UnknownEntryError, match="unknown field `colour`"):
        decode(msgspec.msgpack.encode([VERSION, [[0, "topic", topic]]]))


def test_a_field_with_its_default_is_left_out() -> None:
    payload = encode([Item(1, Said("lobby", "Ann", "hi", 5.0))])
    (_, _, fields) = msgspec.msgpack.decode(payload)[1][0]
    assert fields == {"room": "lobby", "name": "Ann", "text": "hi", "time": 5.0}


EVENTS: list[Event] = [
    Said("lobby", "Ann", "one", 5.25, nonce="n", client="c"),
    TopicSet("lobby", "news", "Ann"),
    SaidLines("lobby", "Ann", ("twö", "three 🔑"), 6.0, account=3),
    Told("Ann", "Bob", "four", 7.0, sender=3),
]


@pytest.mark.parametrize("lines", [set(), {0}, {1}, {2}, {3}, {1, 2}, {0, 1, 2, 3}])
def test_the_texts_of_some_lines_become_asterisks(lines: set[int]) -> None:
    items = [Item(number, event) for number, event in enumerate(EVENTS)]
    texts = ["one", "twö", "three 🔑", "four"]
    kept = ["*" * len(x) if line in lines else x for line, x in enumerate(texts)]
    said, topic, both, told = EVENTS
    expected = [
        replace(said, text=kept[0]),
        topic,
        replace(both, texts=(kept[1], kept[2])),
        replace(told, text=kept[3]),
    ]
    erased = without_texts(items, lines)
    assert erased == [Item(number, event) for number, event in enumerate(expected)]
    assert without_texts(erased, lines) == erased
    assert decode(encode(erased)) == erased
    assert sum(map(count_lines, EVENTS)) == len(texts)
