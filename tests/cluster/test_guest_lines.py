"""The private lines of guests do not stay in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from netchat.testing import Program
from tests.support.site_people import People

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.log.interface import Entry

SECRET = "hunter2 🔑"


@pytest.fixture
def people() -> People:
    return People()


def in_log(people: People, text: str = SECRET) -> bool:
    """Return whether the bytes of `text` are in an entry of the log."""
    people.site.settle()
    return any(text.encode() in entry.payload for entry in people.site.log.entries)


def texts(program: Program) -> list[str]:
    return [x["text"] for x in program.told() if x["type"] in ("told", "said")]


def test_a_private_line_is_erased_when_the_server_of_its_reader_has_it(people: People) -> None:
    ann, bob = people.program(people.one, "Ann"), people.program(people.two, "Bob")
    people.site.logs[1].leave_unanswered()
    ann.ask("tell", to="Bob", text=SECRET)
    assert in_log(people)
    people.site.logs[1].connect()
    assert not in_log(people)
    assert texts(ann) == texts(bob) == [SECRET]
    assert people.site.is_alike()


def test_the_speaker_reads_their_line_even_if_it_is_erased_before_their_server_reads_it(
    people: People,
) -> None:
    ann, bob = people.program(people.one, "Ann"), people.program(people.two, "Bob")
    people.site.logs[0].leave_unanswered()
    ann.ask("tell", to="Bob", text=SECRET, nonce="n")
    assert not in_log(people)
    people.site.logs[0].connect()
    people.site.settle()
    assert texts(ann) == texts(bob) == [SECRET]


def test_a_server_that_reads_an_erased_line_knows_its_nonce(people: People) -> None:
    client = str(UUID(int=7))
    third = people.site.start()
    ann = people.program(people.one, "Ann", client=client)
    bob = people.program(people.two, "Bob")
    people.site.logs[2].leave_unanswered()
    people.ask(ann, "tell", to="Bob", text=SECRET, nonce="n")
    assert not in_log(people)
    people.site.logs[2].connect()
    again = people.program(third, "Ann", client=client)
    people.ask(again, "tell", to="Bob", text=SECRET, nonce="n")
    assert texts(bob) == [SECRET]
    assert not in_log(people)


def test_a_line_for_a_server_that_is_gone_is_erased_by_the_others(people: People) -> None:
    ann = people.program(people.one, "Ann")
    people.program(people.two, "Bob")
    people.site.logs[1].leave_unanswered()
    ann.ask("tell", to="Bob", text=SECRET)
    assert in_log(people)
    people.site.stop(people.two, crash=True)
    for _ in range(10):
        people.site.advance(2.5)
    assert not in_log(people)


def test_a_server_that_was_away_erases_what_one_that_is_gone_has_not(people: People) -> None:
    ann = people.program(people.one, "Ann")
    people.program(people.two, "Bob")
    people.site.logs[1].leave_unanswered()
    ann.ask("tell", to="Bob", text=SECRET)
    people.site.settle()
    people.site.logs[0].cut()
    people.site.stop(people.two, crash=True)
    for _ in range(20):
        people.site.advance(2.5)
    people.site.logs[0].connect()
    assert in_log(people)
    for _ in range(10):
        people.site.advance(2.5)
    assert not in_log(people)


def test_what_is_erased_is_looked_up_once(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = people.program(people.one, "Ann")
    people.program(people.two, "Bob")
    ann.ask("tell", to="Bob", text=SECRET)
    people.site.settle()
    log = people.site.logs[0]
    read, positions = log.read, list[int]()

    def counted(position: int, found: Callable[[Entry | None], None]) -> None:
        positions.append(position)
        read(position, found)

    monkeypatch.setattr(log, "read", counted)
    for _ in range(40):
        people.site.advance(2.5)
    assert len(positions) == 1


def test_what_was_said_in_the_same_turn_stays(people: People) -> None:
    third = people.site.start()
    ann = people.program(people.one, "Ann")
    readers = [people.program(people.two, "Bob"), people.program(third, "Carol")]
    people.site.settle()
    for reader in readers:
        reader.told()
    for type, where in (("say", {"room": "lobby"}), ("tell", {"to": "Bob"}),
                        ("tell", {"to": "Carol"}), ("say", {"room": "lobby"})):  # fmt: skip
        text = SECRET if type == "tell" else "hello"
        ann.queue(json_line(type, text=text, **where))
    people.site.settle()
    assert not in_log(people)
    assert in_log(people, "hello")
    for reader in readers:
        assert texts(reader) == ["hello", SECRET, "hello"]
    assert people.site.is_alike()


def test_the_line_of_an_owner_stays_for_the_journals_that_keep_it(people: People) -> None:
    people.own("Ann")
    ann, bob = people.program(people.one, "Ann", key=True), people.program(people.two, "Bob")
    people.ask(ann, "tell", to="Bob", text=SECRET)
    assert texts(bob) == [SECRET]
    assert in_log(people)


def json_line(type: str, **fields: str) -> bytes:
    """Return a request as a line."""
    return msgspec.json.encode({"type": type, **fields}) + b"\n"
