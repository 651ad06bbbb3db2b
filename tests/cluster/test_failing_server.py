"""A server that fails to take an entry ends: it never serves another order than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from netchat.chat.site import SitePresence
from netchat.cluster.burials import LEASE
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netchat.cluster.batch import Settled
    from netchat.model.events import Event
    from netchat.testing import Network, Program


def said(program: Program) -> list[tuple[int, str]]:
    return [(x["id"], x["text"]) for x in program.told() if x["type"] == "said"]


def settle_later(server: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the journal of `server` settle in another turn, as one does that waits for a disk."""
    journal = server.service.factory.chat.journal
    append = journal.append

    def append_later(batch: Sequence[Event], settled: Settled) -> None:
        def settle(results: Sequence[Event]) -> None:
            server.clock.callLater(0, settled, results)

        append(batch, settle)

    monkeypatch.setattr(journal, "append", append_later)


@pytest.mark.parametrize("later", [False, True])
def test_a_server_that_fails_in_an_entry_tells_its_guests_nothing_behind_it(
    later: bool, monkeypatch: pytest.MonkeyPatch, bugs: list[dict[str, object]]
) -> None:
    site = Site(2)
    one, two = site.servers
    if later:
        settle_later(two, monkeypatch)
    ann, cid = (one.program(name, rooms=["lobby"]) for name in ("Ann", "Cid"))
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    find = SitePresence.find
    failing = [True]
    broken = two.service.factory.chat.presence

    def find_or_fail(self: SitePresence, incarnation: int, number: int) -> Any:
        if self is broken and failing:
            failing.clear()
            raise RuntimeError("a fault that nobody knows yet")
        return find(self, incarnation, number)

    monkeypatch.setattr(SitePresence, "find", find_or_fail)
    for who, text in ((ann, "first"), (cid, "second")):
        who.queue(msgspec.json.encode({"type": "say", "room": "lobby", "text": text}) + b"\n")
    with pytest.raises(RuntimeError, match="nobody knows"):
        site.settle()
    site.settle()
    assert two.service.failed
    assert not one.service.failed
    ann.ask("say", room="lobby", text="third")
    bob.ask("say", room="lobby", text="own", nonce="b1")
    site.settle()
    assert said(ann) == [(1, "first"), (2, "second"), (3, "third")]
    assert said(bob) == []
    whys = [str(bug.get("why", "")) for bug in bugs]
    sentence = "This server failed to take what the others have heard; report the logged traceback."
    assert sentence in whys
    bugs.clear()
    stopped = two.stop()
    site.advance(5)
    assert stopped.called
    assert bob.told()[-1]["retry"] is not None
    for _ in range(8):
        site.advance(LEASE / 4)
    assert [name["names"] for name in ann.told() if name["type"] == "left"] == [["Bob"]]
