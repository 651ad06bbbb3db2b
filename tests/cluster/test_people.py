"""Who is on another server of a site, as others see them."""

from __future__ import annotations

import pytest

from tests.support.site_people import People


@pytest.fixture
def people() -> People:
    return People()


def about(time: str) -> str:
    """Return `time` without the fraction of a second that a login takes."""
    return time.partition(".")[0]


def test_who_is_away_on_one_server_is_away_on_all_of_them(people: People) -> None:
    alice, bob = people.guest(people.one, "Alice"), people.guest(people.two, "Bob")
    ci = people.program(people.two, "ci")
    assert people.say(alice, "/away at lunch") == ["* Alice is away: at lunch"]
    assert people.say(bob, "/msg Alice hi")[-1] == "* Alice is away: at lunch"
    assert len(people.say(bob, "/msg Alice hi again")) == 1
    assert people.ask(ci, "whois", name="Alice")[-1]["away"] == "at lunch"
    assert people.ask(ci, "tell", to="Alice", text="x")[-1]["text"] == "at lunch"
    third = people.site.start()
    eve = people.program(third, "Eve")
    assert people.ask(eve, "whois", name="Alice")[-1]["away"] == "at lunch"
    people.say(alice, "/away")
    assert people.ask(ci, "whois", name="Alice")[-1]["away"] == ""
    assert people.site.is_alike()


def test_an_owner_is_away_with_all_devices_until_the_last_one_leaves(people: People) -> None:
    people.own("Ann")
    first, second = people.owner(people.one, "Ann"), people.owner(people.two, "Ann")
    ci = people.program(people.two, "ci")

    def away() -> str:
        return str(people.ask(ci, "whois", name="Ann")[-1]["away"])

    people.say(first, "/away out")
    assert away() == "out"
    first.say("exit")
    people.site.settle()
    assert away() == "out"
    third = people.program(people.site.start(), "Ann", key=True)
    second.say("exit")
    people.site.settle()
    assert away() == "out"
    people.ask(third, "bye")
    people.owner(people.one, "Ann")
    assert away() == ""


def test_an_owner_comes_back_on_another_device_than_that_on_which_they_left(people: People) -> None:
    people.own("Ann")
    first, second = people.owner(people.one, "Ann"), people.owner(people.two, "Ann")
    people.say(first, "/away out")
    people.say(second, "/away")
    eve = people.program(people.site.start(), "Eve")
    assert people.ask(eve, "whois", name="Ann")[-1]["away"] == ""


def test_whois_and_who_tell_since_when_somebody_is_here(people: People) -> None:
    people.own("Op", "operator")
    alice = people.guest(people.one, "Alice", "192.0.2.7")
    people.site.advance(100)
    op = people.program(people.two, "Op", key=True)
    one = people.program(people.one, "Eve")
    near, far = (people.ask(who, "whois", name="Alice")[-1] for who in (one, op))
    assert about(near["since"]) == about(far["since"])
    (seen,) = (x for x in people.ask(op, "who", room="lobby")[-1]["guests"] if x["name"] == "Alice")
    assert seen["address"] == "192.0.2.7"
    assert about(seen["since"]) == about(near["since"])
    (near_seen,) = (
        x for x in people.ask(one, "who", room="lobby")[-1]["guests"] if x["name"] == "Alice"
    )
    assert seen["door"] == near_seen["door"]
    assert round(seen["idle"]) == round(near_seen["idle"]) == 100
    people.say(alice, "hello")
    (seen,) = (x for x in people.ask(op, "who", room="lobby")[-1]["guests"] if x["name"] == "Alice")
    assert seen["idle"] < 1


def test_the_devices_of_an_account_on_all_servers_are_listed_with_the_same_ids(
    people: People,
) -> None:
    people.own("Ann")
    one = people.program(people.one, "Ann", key=True, agent="desk")
    people.site.advance(5)
    two = people.program(people.two, "Ann", key=True, agent="phone")
    lists = [people.ask(who, "account")[-1]["devices"] for who in (one, two)]
    assert [[x["agent"] for x in some] for some in lists] == [["desk", "phone"]] * 2
    assert [[x["own"] for x in some] for some in lists] == [[True, False], [False, True]]
    for field in ("id", "door"):
        assert [x[field] for x in lists[0]] == [x[field] for x in lists[1]]
    assert [about(x["since"]) for x in lists[0]] == [about(x["since"]) for x in lists[1]]


@pytest.mark.parametrize("every", [False, True])
def test_a_session_on_another_server_can_be_ended(people: People, every: bool) -> None:
    people.own("Ann")
    one = people.program(people.one, "Ann", key=True)
    two = people.program(people.two, "Ann", key=True)
    (device,) = (x for x in people.ask(one, "account")[-1]["devices"] if not x["own"])
    told = people.ask(one, "account", end="all" if every else device["id"])
    assert told[-1]["message"] == "1 session ended"
    assert two.told()[-1]["reason"] == "session-ended"
    assert len(people.ask(one, "account")[-1]["devices"]) == 1
    assert people.ask(one, "account", end=device["id"])[-1]["code"] == "bad-request"
    assert people.site.is_alike()


def test_names_and_member_counts_are_those_of_all_servers(people: People) -> None:
    people.own("Ann")
    alice = people.guest(people.one, "Alice")
    people.guest(people.two, "Bob")
    people.owner(people.one, "Ann"), people.owner(people.two, "Ann")
    people.say(alice, "/join ops")
    ci = people.program(people.two, "ci", rooms=[])
    assert people.ask(ci, "rooms")[-1]["rooms"] == [
        {"room": "lobby", "members": 2},
        {"room": "ops", "members": 1},
    ]
    assert people.ask(ci, "names", room="ops")[-1]["type"] == "error"
    assert sorted(people.ask(ci, "join", room="lobby")[-1]["names"]) == ["Ann", "Bob", "ci"]


def test_who_is_quiet_on_one_server_is_quiet_on_all_of_them(people: People) -> None:
    alice, ci = people.guest(people.two, "Alice"), people.program(people.two, "ci")
    alice.heard(), ci.told()
    log = people.program(people.one, "log", quiet=True)
    assert alice.heard() == []
    assert ci.told() == [{"type": "joined", "room": "lobby", "names": ["log"], "quiet": True}]
    assert people.say(alice, "/names") == ["* In lobby: Alice, ci, log (listens)"]
    third = people.site.start()
    eve = people.program(third, "Eve")
    assert eve.told()[-1]["quiet"] == ["log"]
    alice.heard()
    people.ask(log, "bye")
    assert alice.heard() == []
    assert ci.told()[-1] == {"type": "left", "room": "lobby", "names": ["log"], "quiet": True}
    assert people.site.is_alike()


def test_a_moderator_mentions_everybody_on_all_servers(people: People) -> None:
    people.own("Ann", "operator")
    ann, ci = people.owner(people.one, "Ann"), people.program(people.two, "ci")
    ci.told()
    people.say(ann, "@all lunch")
    assert ci.told()[-1]["all"] is True
    assert people.ask(ci, "history", room="lobby")[-1]["lines"][-1]["all"] is True
    assert people.ask(ci, "say", room="lobby", text="@all no", nonce="1")[-1]["all"] is False
