"""The texts of deleted lines do not stay in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from netchat.chat.changes import change_as
from netchat.cluster.entries import decode
from netchat.model.events import Said, SaidLines
from netchat.state.changes import CONSOLE, Changed, DeleteLines
from netchat.testing import START
from tests.support.site_people import People

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.testing import Program

SECRET = "hunter2 🔑"


@pytest.fixture
def people() -> People:
    return People()


def in_log(people: People, text: str = SECRET) -> bool:
    """Return whether the bytes of `text` are in an entry of the log."""
    people.site.settle()
    return any(text.encode() in entry.payload for entry in people.site.log.entries)


def say(people: People, program: Program, *texts: str, **fields: str) -> list[int]:
    """Let `program` say `texts` in one turn; return the ids that they have."""
    program.told()
    for text in texts:
        program.queue(
            msgspec.json.encode({"type": "say", "room": "lobby", "text": text} | fields) + b"\n"
        )
    people.site.settle()
    return [x["id"] for x in program.told() if x["type"] == "said"]


def delete(people: People, *ids: int) -> None:
    """Delete the lines with these `ids` on the second server, which does not lead."""
    results: list[object] = []
    chat = people.two.service.factory.chat
    change_as(chat, CONSOLE, DeleteLines("lobby", ids), results.append)
    people.site.settle()
    assert [*map(type, results)] == [Changed]


@pytest.mark.parametrize("turns", [[["a", SECRET, "b"]], [["a"], [SECRET], ["b"]]])
def test_the_text_of_a_deleted_line_is_erased(people: People, turns: list[list[str]]) -> None:
    ann = people.program(people.one, "Ann")
    ids = [id for texts in turns for id in say(people, ann, *texts)]
    assert in_log(people)
    delete(people, ids[1])
    assert not in_log(people)
    items = [item.event for entry in people.site.log.entries for item in decode(entry.payload)]
    lines = [one for x in items if isinstance(x, Said | SaidLines)
             for one in (x.each() if isinstance(x, SaidLines) else [x])]  # fmt: skip
    assert [line.text for line in lines] == ["a", "*" * len(SECRET), "b"]
    assert people.site.is_alike()


def test_a_private_line_in_the_same_entry_stays(people: People) -> None:
    people.own("Ann")
    ann = people.program(people.one, "Ann", key=True)
    people.program(people.two, "Bob")
    tell = msgspec.json.encode({"type": "tell", "to": "Bob", "text": "stays"}) + b"\n"
    ann.queue(tell)
    (id,) = say(people, ann, SECRET)
    delete(people, id)
    assert not in_log(people)
    assert in_log(people, "stays")


def test_lines_that_one_entry_has_are_deleted_one_after_the_other(people: People) -> None:
    ann = people.program(people.one, "Ann")
    one, two, _ = say(people, ann, SECRET, "other secret", "stays")
    delete(people, one)
    delete(people, two)
    assert not in_log(people)
    assert not in_log(people, "other secret")
    assert in_log(people, "stays")


@pytest.mark.parametrize("before", [True, False])
def test_a_line_that_is_sent_again_is_erased_everywhere(people: People, before: bool) -> None:
    ann = people.program(people.one, "Ann", client="00000000-0000-0000-0000-000000000007")
    (id,) = say(people, ann, SECRET, nonce="n")
    if before:
        say(people, ann, SECRET, nonce="n")
    delete(people, id)
    if not before:
        say(people, ann, SECRET, nonce="n")
        people.site.advance(2.5)
    assert not in_log(people)
    assert people.site.is_alike()


def test_what_could_not_be_erased_is_erased_when_the_log_is_back(people: People) -> None:
    ann = people.program(people.one, "Ann")
    (id,) = say(people, ann, SECRET)
    people.site.logs[0].cut()
    delete(people, id)
    assert in_log(people)
    people.site.logs[0].connect()
    people.site.advance(2.5)
    assert not in_log(people)


def test_another_server_erases_what_the_leading_one_has_not(people: People) -> None:
    ann = people.program(people.one, "Ann")
    (id,) = say(people, ann, SECRET)
    people.site.logs[0].cut()
    delete(people, id)
    people.site.stop(people.one, crash=True)
    assert in_log(people)
    for _ in range(4):
        people.site.advance(2.5)
    assert not in_log(people)


def test_what_is_erased_is_not_read_again_and_again(people: People) -> None:
    ann = people.program(people.one, "Ann")
    delete(people, *say(people, ann, SECRET))
    people.site.advance(2.5)
    found: list[object] = []
    people.one.service.factory.chat.journal.log_places(found.append)
    assert found == [[]]


def test_a_server_that_starts_after_the_erasure_knows_the_same(people: People) -> None:
    ann = people.program(people.one, "Ann")
    one, _ = say(people, ann, SECRET, "stays")
    delete(people, one)
    assert not in_log(people)
    people.site.start()
    assert people.site.is_alike()


def test_a_server_on_disk_erases_after_it_was_started_again(tmp_path: Path) -> None:
    people = People("--data", str(tmp_path / "one"), servers=1)
    # The time of the servers, so that nothing is too old.
    people.site.log.now = lambda: START
    people.site.log.written[:] = [START] * len(people.site.log.written)
    ann = people.program(people.one, "Ann")
    first, *_ = say(people, ann, SECRET, "stays")
    people.site.logs[0].erase = lambda *_: None  # type: ignore[method-assign]
    delete(people, first)
    people.site.stop(people.one)
    assert in_log(people)
    people.site.start("server1")
    people.site.advance(2.5)
    assert not in_log(people)
    assert in_log(people, "stays")


def test_the_places_of_trimmed_entries_are_forgotten(people: People) -> None:
    ann = people.program(people.one, "Ann")
    ids = say(people, ann, SECRET)
    people.site.advance(2.5)
    people.site.log.trim(1e12)
    journals = [server.service.factory.chat.journal for server in people.site.servers]
    people.site.advance(3_600)
    delete(people, *ids)
    found: list[object] = []
    for journal in journals:
        journal.log_places(found.append)
    assert found == [[], []]
