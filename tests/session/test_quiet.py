"""Quiet programs: people are not told of their joins and leaves, and everybody can see them."""

from __future__ import annotations

from netchat.testing import Network, Program
from tests.support.moderation import Moderated


def presence(program: Program) -> list[tuple[str, list[str], bool]]:
    """Return what `program` was told of joins and leaves."""
    return [
        (told["type"], told["names"], told.get("quiet", False))
        for told in program.told()
        if told["type"] in ("joined", "left")
    ]


def test_people_are_not_told_of_a_quiet_program_and_programs_are() -> None:
    network = Network()
    alice, ci = network.join("Alice"), network.program("ci")
    alice.heard(), ci.told()
    log = network.program("log", quiet=True)
    log.ask("say", room="lobby", text="deployed")
    log.ask("bye")
    assert alice.heard() == ["log: deployed"]
    told = [(x["type"], x.get("names"), x.get("quiet")) for x in ci.told()]
    assert told == [("joined", ["log"], True), ("said", None, None), ("left", ["log"], True)]


def test_what_is_not_quiet_has_no_such_field() -> None:
    network = Network()
    ci = network.program("ci")
    entered = ci.told()[-1]
    assert "quiet" not in entered
    network.program("other", quiet=False).ask("bye")
    assert all("quiet" not in told for told in ci.told())


def test_nobody_listens_unseen() -> None:
    moderated = Moderated()
    network = moderated.network
    boss = moderated.person("Boss", "operator")
    network.program("log", quiet=True)
    boss.say("/names")
    assert boss.heard() == ["* In lobby: Boss, log (listens)"]
    boss.say("/rooms")
    assert boss.heard() == ["* Rooms: lobby (2)"]
    boss.say("/who")
    assert ", only listens" in boss.heard()[1]
    ci = network.program("ci")
    (entered,) = (told for told in ci.told() if told["type"] == "entered")
    assert (entered["names"], entered["quiet"]) == (["Boss", "log", "ci"], ["log"])
    ci.ask("names", room="lobby")
    assert ci.told()[-1]["quiet"] == ["log"]
    ci.ask("who", room="lobby")
    assert [guest.get("quiet") for guest in ci.told()[-1]["guests"]] == [None, True, None]


def test_a_quiet_program_that_takes_another_name_is_marked_under_that() -> None:
    network = Network()
    alice = network.join("Alice")
    log = network.program("log", quiet=True)
    log.ask("rename", name="tail")
    alice.say("/names")
    assert alice.heard()[-1] == "* In lobby: Alice, tail (listens)"
    log.ask("leave", room="lobby")
    alice.say("/names")
    assert alice.heard() == ["* In lobby: Alice"]


def test_a_program_that_comes_back_quiet_is_quiet() -> None:
    network = Network()
    alice = network.join("Alice")
    client = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
    network.program("log", client=client)
    network.program("log", client=client, quiet=True)
    alice.say("/names")
    assert alice.heard()[-1] == "* In lobby: Alice, log (listens)"


def test_many_who_join_at_once_are_one_line_without_the_quiet_ones() -> None:
    network = Network()
    watcher = network.program("watcher", rooms=["lobby"])
    network.program("one"), network.program("two", quiet=True), network.program("three")
    assert presence(watcher) == [
        ("joined", ["one"], False),
        ("joined", ["two"], True),
        ("joined", ["three"], False),
    ]
