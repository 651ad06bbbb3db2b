"""The entries of the log: what a version does not know stops its server."""

from __future__ import annotations

import msgspec
import pytest

from netchat.cluster import entries
from netchat.cluster.entries import VERSION, Item, UnknownEntryError, decode, encode
from netchat.model.events import Said, TopicSet
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
