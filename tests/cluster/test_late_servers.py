"""A server that reads entries after they were erased knows the same as all others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import pytest

from netchat.admin import verify
from netchat.chat.changes import change_as
from netchat.journal.interface import Page, PrivatePage, PrivateQuery, Span
from netchat.state.changes import CONSOLE, Changed, DeleteLines, Forget
from netchat.state.site_changes import TakeDigest
from netchat.state.site_records import Digest
from tests.support.changes import whole_audit
from tests.support.site_people import People

if TYPE_CHECKING:
    from pathlib import Path

    from netchat.state.changes import What
    from netchat.testing import Network, Program

CLIENT = str(UUID(int=7))
SPAN = Span(0, 1000, 1000)


@pytest.fixture
def people(tmp_path: Path) -> People:
    """A server in memory, and one on disk that comes second."""
    people = People(servers=1)
    people.two = people.site.start("disk", "--data", str(tmp_path / "disk"))
    return people


def do(people: People, what: What) -> None:
    results: list[object] = []
    change_as(people.two.service.factory.chat, CONSOLE, what, results.append)
    people.site.settle()
    assert [*map(type, results)] == [Changed]


def say(people: People, who: Program, *lines: tuple[str, str]) -> None:
    """Let `who` say lines, each a text and a nonce, in one turn."""
    for text, nonce in lines:
        fields = {"type": "say", "room": "lobby", "text": text, "nonce": nonce}
        who.queue(msgspec.json.encode(fields) + b"\n")
    people.site.settle()


def known(server: Network, *accounts: int) -> list[object]:
    """Return what the journal of `server` has: digests, lines, private lines, the audit."""
    chat = server.service.factory.chat
    found: list[object] = [chat.state.find(Digest, ""), whole_audit(chat.journal)]
    for room in sorted(room.name for room in chat.rooms):
        chat.journal.read(room, SPAN, found.append)
    for account in accounts:
        chat.journal.read_private(PrivateQuery(account, SPAN), found.append)
    assert all(isinstance(one, Page | PrivatePage) for one in found[2:])
    return found


def is_same_later(people: People, tmp_path: Path, *accounts: int) -> bool:
    """Return whether two servers that start now, with nothing, come to know the same."""
    for _ in range(2):
        people.site.advance(2.5)
    people.site.start("late")
    people.site.start("late.disk", "--data", str(tmp_path / "late"))
    do(people, TakeDigest())
    one, *others = [known(server, *accounts) for server in people.site.servers]
    assert isinstance(one[0], Digest)
    places = [str(tmp_path / name) for name in ("disk", "late")]
    same = verify.main([places[0], "--against", places[1]]) == 0
    return same and people.site.is_alike() and all(other == one for other in others)


def in_log(people: People, text: str) -> bool:
    return any(text.encode() in entry.payload for entry in people.site.log.entries)


def test_the_audit_has_the_length_of_a_line_that_was_erased(people: People, tmp_path: Path) -> None:
    ann = people.program(people.one, "Ann")
    say(people, ann, ("a", "1"), ("hunter2 🔑", "2"), ("b", "3"))
    do(people, DeleteLines("lobby", (2,)))
    assert not in_log(people, "hunter2")
    assert is_same_later(people, tmp_path)
    late = people.site.servers[-1].service.factory.chat.journal
    assert "2 of Ann, 9 characters" in [entry.details for entry in whole_audit(late)]


@pytest.mark.parametrize("before", [True, False])
def test_repeats_of_an_erased_line_are_the_same_line(
    people: People, tmp_path: Path, before: bool
) -> None:
    ann = people.program(people.one, "Ann", client=CLIENT)
    say(people, ann, ("secret", "n"))
    if before:
        # With the same nonce: the same text, others of that length and of another, in one turn
        # with a new line.
        say(people, ann, ("secret", "n"), ("terces", "n"), ("mystery", "n"), ("new", "m"))
    do(people, DeleteLines("lobby", (1,)))
    say(people, ann, ("secret", "n"), ("terces", "n"), ("newer", "o"))
    for _ in range(2):
        people.site.advance(2.5)
    assert not any(in_log(people, text) for text in ("secret", "terces", "mystery"))
    assert is_same_later(people, tmp_path)
    # Nor does a late server give another id than the others.
    late = people.program(people.site.servers[-1], "Ann", client=CLIENT)
    say(people, late, ("secret", "n"), ("newest", "p"))
    assert [x["id"] for x in late.told() if x["type"] == "said"][-2:] == [1, 4 if before else 3]
    assert people.site.is_alike()


def test_a_line_that_is_said_and_deleted_in_one_turn(people: People, tmp_path: Path) -> None:
    people.own("Ann", "operator")
    ann = people.program(people.one, "Ann", key=True)
    say(people, ann, ("first", "1"))
    for fields in (
        {"type": "say", "text": "secret", "room": "lobby"},
        {"type": "delete", "room": "lobby", "id": 2},
        {"type": "say", "text": "last", "room": "lobby"},
    ):
        ann.queue(msgspec.json.encode(fields) + b"\n")
    people.site.settle()
    assert not in_log(people, "secret")
    assert in_log(people, "last")
    assert is_same_later(people, tmp_path, 1)


def test_private_lines_of_guests_and_of_somebody_who_is_forgotten(
    people: People, tmp_path: Path
) -> None:
    for name in ("Ann", "Bob"):
        people.own(name)
    ann = people.program(people.one, "Ann", key=True, client=CLIENT)
    bob = people.program(people.two, "Bob", key=True)
    eve = people.program(people.one, "Eve")
    people.program(people.two, "Gus")
    sent = (
        (ann, "Bob", "ann to bob"),
        (ann, "Bob", "ann to bob"),
        (ann, "Gus", "ann to gus"),
        (bob, "Ann", "bob to ann"),
        (eve, "Ann", "eve to ann"),
        (eve, "Bob", "eve to bob"),
        (eve, "Gus", "eve to gus"),
    )
    for who, to, text in sent:
        people.ask(who, "tell", to=to, text=text, nonce=text[::-1])
    numbers = [people.one.service.factory.chat.state.owner(name) for name in ("Ann", "Bob")]
    accounts = [one.number for one in numbers if one]
    do(people, Forget("Ann"))
    people.ask(bob, "tell", to="Ann", text="is gone", nonce="x")
    for _ in range(2):
        people.site.advance(2.5)
    erased = ("ann to", "eve to ann", "eve to gus")
    assert not [text for text in erased if in_log(people, text)]
    assert [text for text in ("bob to ann", "eve to bob") if not in_log(people, text)] == []
    assert is_same_later(people, tmp_path, *accounts)
    # What Bob has sent is theirs, until they are forgotten, too.
    do(people, Forget("Bob"))
    for _ in range(2):
        people.site.advance(2.5)
    assert not any(in_log(people, text) for text in ("bob to ann", "eve to bob", "is gone"))
    assert people.site.is_alike()


def test_who_reads_a_line_after_its_deletion_reads_asterisks(people: People) -> None:
    ann, bob = people.program(people.one, "Ann"), people.program(people.two, "Bob")
    third = people.site.start()
    people.site.logs[1].leave_unanswered()
    ann.ask("say", room="lobby", text="secret")
    people.site.settle()
    bob.told()
    change_as(third.service.factory.chat, CONSOLE, DeleteLines("lobby", (1,)), lambda _: None)
    people.site.settle()
    assert not in_log(people, "secret")
    people.site.logs[1].connect()
    people.site.settle()
    told = [(x["type"], x.get("text")) for x in bob.told() if x["type"] in ("said", "deleted")]
    assert told == [("said", "******"), ("deleted", None)]
    assert people.site.is_alike()


def test_what_a_server_could_not_erase_is_erased_by_another(people: People) -> None:
    people.own("Ann")
    ann = people.program(people.two, "Ann", key=True)
    people.program(people.two, "Bob")
    people.ask(ann, "tell", to="Bob", text="secret")
    people.site.logs[0].cut()
    do(people, Forget("Ann"))
    people.site.stop(people.one, crash=True)
    assert in_log(people, "secret")
    for _ in range(5):
        people.site.advance(2.5)
    assert not in_log(people, "secret")
