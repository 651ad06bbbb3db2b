"""Several servers that are one chat."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.support.proofs import Key, own
from tests.support.site import Site


@pytest.fixture
def site() -> Site:
    return Site()


def test_guests_of_two_servers_read_each_other(site: Site) -> None:
    one, two = site.servers
    alice, bob = one.join("Alice"), two.join("Bob")
    site.settle()
    assert alice.heard() == ["* Bob joined"]
    bob.heard()
    alice.say("hello")
    bob.say("hi")
    site.settle()
    assert bob.heard() == ["Alice: hello"]
    assert alice.heard() == ["Bob: hi"]
    assert site.is_alike()


def test_ids_count_up_across_the_servers(site: Site) -> None:
    ann, ben = (
        server.program(name, rooms=["lobby"])
        for server, name in zip(site.servers, ["Ann", "Ben"], strict=True)
    )
    site.settle()
    ann.told(), ben.told()
    for number in range(3):
        ann.ask("say", room="lobby", text=f"a {number}", nonce=f"{number}")
        ben.ask("say", room="lobby", text=f"b {number}")
    site.settle()
    ids = [x["id"] for x in ann.told() if x["type"] == "said"]
    assert ids == [x["id"] for x in ben.told() if x["type"] == "said"] == [1, 2, 3, 4, 5, 6]


def test_the_first_claim_of_a_name_wins(site: Site) -> None:
    guests = [server.guest() for server in site.servers]
    for guest in guests:
        guest.queue(b"Ian\n")
    site.settle()
    read = [guest.received.decode() for guest in guests]
    assert sum("Welcome to chat room" in text for text in read) == 1
    assert sum("Ian is taken" in text for text in read) == 1
    assert site.is_alike()


def test_a_name_that_looks_like_one_on_another_server_is_taken(site: Site) -> None:
    one, two = site.servers
    one.join("Ian")
    site.settle()
    other = two.guest()
    other.say("lan")
    site.settle()
    assert "looks too much like Ian" in " ".join(other.heard())


def test_a_rename_is_seen_everywhere_and_frees_the_name(site: Site) -> None:
    one, two = site.servers
    alice, bob = one.join("Alice"), two.join("Bob")
    site.settle()
    alice.heard(), bob.heard()
    alice.say("/nick Alicia")
    alice.say("me again")
    site.settle()
    assert bob.heard() == ["* Alice is now Alicia", "Alicia: me again"]
    assert two.join("Alice")
    site.settle()
    assert alice.heard()[-1] == "* Alice joined"
    assert site.is_alike()


def test_who_leaves_is_gone_everywhere(site: Site) -> None:
    one, two = site.servers
    alice, bob = one.join("Alice"), two.join("Bob")
    site.settle()
    alice.heard()
    bob.say("/quit")
    site.settle()
    assert alice.heard() == ["* Bob left"]
    assert two.join("Bob")
    assert site.is_alike()


def test_a_client_that_comes_back_on_another_server_takes_its_place(site: Site) -> None:
    one, two = site.servers
    client = str(UUID(int=7))
    eve = one.join("Eve")
    old = one.program("Ann", rooms=["lobby"], client=client)
    site.settle()
    eve.heard()
    new = two.program("Ann", rooms=["lobby"], client=client)
    site.settle()
    assert old.told()[-1]["reason"] == "replaced"
    assert not old.online
    assert "welcome" in [x["type"] for x in new.told()]
    assert eve.heard() == ["* Ann left", "* Ann joined"]
    assert site.is_alike()


def test_a_private_line_reaches_a_guest_on_another_server(site: Site) -> None:
    one, two = site.servers
    alice, bob = one.join("Alice"), two.join("Bob")
    site.settle()
    alice.heard(), bob.heard()
    alice.say("/msg Bob psst")
    site.settle()
    assert "psst" in " ".join(bob.heard())
    bob.say("/reply yes?")
    site.settle()
    assert "yes?" in " ".join(alice.heard())


def test_an_owned_name_is_owned_on_every_server(site: Site) -> None:
    one, two = site.servers
    key = Key()
    own(one, "Bob", key=key.public)
    site.settle()
    thief = two.program("Bob")
    assert thief.told()[-1]["code"] == "auth-required"
    assert site.is_alike()


def test_a_server_that_stops_takes_its_guests_along(site: Site) -> None:
    one, two = site.servers
    alice, _ = one.join("Alice"), two.join("Bob")
    site.settle()
    alice.heard()
    stopped = two.stop()
    site.settle()
    site.advance(5)
    assert stopped.called
    assert alice.heard() == ["* Bob left"]
    assert one.join("Bob")


def test_a_server_that_is_silent_for_too_long_is_buried(
    site: Site, bugs: list[dict[str, object]]
) -> None:
    one, two = site.servers
    alice, bob = one.join("Alice"), two.join("Bob")
    site.settle()
    alice.heard()
    site.logs[1].cut()
    for _ in range(8):
        site.advance(2.5)
    assert alice.heard() == ["* Bob left"]
    assert bob.online
    site.logs[1].connect()
    site.advance(2.5)
    assert "have not heard of this one" in str(bugs.pop()["why"])


def test_a_guest_of_a_cut_off_server_reads_and_is_told_that_nothing_is_stored(site: Site) -> None:
    _, two = site.servers
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    bob.told()
    site.logs[1].cut()
    site.settle()
    bob.ask("say", room="lobby", text="x", nonce="n")
    site.settle()
    assert bob.told()[-1]["code"] == "storage"
    site.logs[1].connect()
    site.settle()
    bob.ask("say", room="lobby", text="x", nonce="n")
    site.settle()
    assert bob.told()[-1]["id"] == 1


def test_who_leaves_while_the_server_is_cut_off_is_gone_afterwards(site: Site) -> None:
    one, two = site.servers
    alice, bob = one.join("Alice"), two.join("Bob")
    site.settle()
    alice.heard()
    site.logs[1].cut()
    bob.hang_up()
    site.settle()
    assert alice.heard() == []
    site.logs[1].connect()
    site.advance(2.5)
    site.advance(2.5)
    assert alice.heard() == ["* Bob left"]
    assert site.is_alike()


def test_a_third_server_sees_everybody_and_everything(site: Site) -> None:
    one, two = site.servers
    alice, _ = one.join("Alice"), two.join("Bob")
    alice.say("first")
    site.settle()
    three = site.start()
    carol = three.join("Carol")
    site.settle()
    carol.say("/names")
    site.settle()
    assert carol.heard() == ["* In lobby: Alice, Bob, Carol"]
    assert "Alice: first" in carol.received.decode()
    assert alice.heard()[-1] == "* Carol joined"
    assert site.is_alike()


def test_a_login_that_the_log_cannot_take_is_closed_and_may_come_back(site: Site) -> None:
    two = site.servers[1]
    site.logs[1].cut()
    program, guest = two.program("Bob"), two.guest()
    guest.say("Ben")
    site.settle()
    closing = program.told()[-1]
    assert (closing["type"], closing["reason"]) == ("closing", "storage")
    assert closing["retry"] == 10
    assert not program.online
    assert guest.heard()[-1].startswith("! That could not be stored")
    assert not guest.online


def test_a_join_that_the_log_cannot_take_is_refused(site: Site) -> None:
    two = site.servers[1]
    bob = two.program("Bob", rooms=["lobby"])
    site.settle()
    bob.told()
    site.logs[1].cut()
    bob.ask("join", room="den")
    site.settle()
    assert bob.told()[-1]["code"] == "storage"
    site.logs[1].connect()
    bob.ask("join", room="den")
    site.settle()
    assert bob.told()[-1]["room"] == "den"


def test_what_the_log_refuses_is_answered_with_the_nonce_of_the_request(site: Site) -> None:
    ann = site.servers[0].program("Ann", rooms=["lobby"])
    site.settle()
    ann.told()
    site.logs[0].cut()
    ann.ask("rename", name="Anna", nonce="1")
    ann.ask("leave", room="lobby", nonce="2")
    ann.ask("join", room="dev", nonce="3")
    site.settle()
    assert [(x["code"], x["nonce"]) for x in ann.told()] == [
        ("storage", "1"),
        ("storage", "2"),
        ("storage", "3"),
    ]


@pytest.mark.parametrize("request_", [("say", {"text": "x"}), ("topic", {"text": "x"})])
def test_what_is_behind_the_login_of_the_same_client_elsewhere_finds_its_room(
    request_: tuple[str, dict[str, str]],
) -> None:
    site = Site()
    one, two = site.servers
    client = "00000000-0000-4000-8000-000000000001"
    ann = one.program("Ann", rooms=["den"], client=client)
    site.settle()
    # Their first server hears of the second login when it has asked for more; the room is empty.
    site.logs[0].leave_unanswered()
    two.program("Ann", rooms=[], client=client)
    site.settle()
    type, fields = request_
    ann.ask(type, room="den", **fields)
    site.logs[0].connect()
    site.settle()
    assert site.is_alike()
    for server in site.servers:
        reader = server.program("Reader", rooms=["den"], after={"den": 0})
        site.settle()
        found = [(x.get("topic"), x.get("text")) for x in reader.told()]
        assert found[1:] == ([("", None), (None, "x")] if type == "say" else [("x", None)])
        reader.ask("bye")
        site.settle()
