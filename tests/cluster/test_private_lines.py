"""Private lines, read marks and ignored names, across the servers of a site."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.support.site_people import People

CLIENT = str(UUID(int=7))


@pytest.fixture
def people() -> People:
    return People()


def texts(told: list[dict[str, object]]) -> list[object]:
    return [x["text"] for x in told if x["type"] == "told"]


def test_a_line_that_is_sent_again_on_another_server_is_delivered_once(people: People) -> None:
    bob = people.program(people.two, "Bob")
    ann = people.program(people.one, "Ann", client=CLIENT)
    first = people.ask(ann, "tell", to="bob", text="psst", nonce="n1")
    again = people.program(people.two, "Ann", client=CLIENT)
    repeated = people.ask(again, "tell", to="Bob", text="psst", nonce="n1")
    assert first == repeated
    assert repeated[-1]["nonce"] == "n1"
    assert texts(bob.told()) == ["psst"]
    other = people.ask(again, "tell", to="Bob", text="something else", nonce="n1")
    assert other[-1]["code"] == "nonce-reused"
    assert bob.told() == []


def test_a_line_that_is_sent_again_before_the_first_one_is_heard_is_delivered_once(
    people: People,
) -> None:
    bob = people.program(people.two, "Bob")
    ann = people.program(people.one, "Ann", client=CLIENT)
    people.site.logs[0].leave_unanswered()
    ann.ask("tell", to="Bob", text="psst", nonce="n1")
    again = people.program(people.two, "Ann", client=CLIENT)
    answer = people.ask(again, "tell", to="Bob", text="psst", nonce="n1")
    assert texts(answer) == ["psst"]
    people.site.logs[0].connect()
    people.site.settle()
    assert texts(bob.told()) == ["psst"]


def test_a_line_that_is_sent_again_after_its_reader_has_left_is_answered(people: People) -> None:
    bob = people.program(people.two, "Bob")
    ann = people.program(people.one, "Ann", client=CLIENT)
    people.ask(ann, "tell", to="Bob", text="psst", nonce="n1")
    people.ask(bob, "bye")
    again = people.program(people.two, "Ann", client=CLIENT)
    answer = people.ask(again, "tell", to="Bob", text="psst", nonce="n1")
    assert [(x["type"], x.get("nonce")) for x in answer] == [("told", "n1")]


def test_a_repeated_line_on_one_server_is_not_heard_by_others(people: People) -> None:
    bob = people.program(people.two, "Bob")
    ann = people.program(people.one, "Ann", client=CLIENT)
    people.ask(ann, "tell", to="Bob", text="psst", nonce="n1")
    people.ask(ann, "tell", to="Bob", text="psst", nonce="n1")
    assert texts(bob.told()) == ["psst"]


def test_a_line_to_an_owner_that_is_sent_again_elsewhere_is_kept_once(people: People) -> None:
    people.own("Ann")
    devices = [people.program(s, "Ann", key=True, private=0) for s in (people.one, people.two)]
    ci = people.program(people.one, "ci", client=CLIENT)
    people.ask(ci, "tell", to="Ann", text="deployed", nonce="n1")
    again = people.program(people.two, "ci", client=CLIENT)
    assert texts(people.ask(again, "tell", to="Ann", text="deployed", nonce="n1")) == ["deployed"]
    for device in devices:
        assert [(x["id"], x["text"]) for x in device.told() if x["type"] == "told"] == [
            (1, "deployed")
        ]
    assert people.site.is_alike()


def test_the_devices_of_an_owner_on_all_servers_read_what_one_of_them_sends(
    people: People,
) -> None:
    people.own("Ann")
    one = people.program(people.one, "Ann", key=True, private=0)
    two = people.owner(people.two, "Ann")
    bob = people.guest(people.two, "Bob")
    people.ask(one, "tell", to="Bob", text="psst")
    assert bob.heard()[-1] == "[Ann -> you] psst"
    assert two.heard()[-1] == "[you -> Bob] psst"
    people.say(bob, "/reply yes?")
    assert texts(one.told()) == ["yes?"]
    assert two.heard() == ["[Bob -> you] yes?"]


def test_a_read_mark_of_one_device_is_told_to_those_on_other_servers(people: People) -> None:
    people.own("Ann")
    one, two = (people.program(s, "Ann", key=True) for s in (people.one, people.two))
    people.ask(one, "say", room="lobby", text="x")
    two.told()
    assert people.ask(one, "read", room="lobby", id=1)[-1] == {
        "type": "read", "room": "lobby", "id": 1,
    }  # fmt: skip
    assert two.told() == [{"type": "read", "room": "lobby", "id": 1}]


def test_whom_an_owner_ignores_is_ignored_on_the_devices_of_all_servers(people: People) -> None:
    people.own("Ann")
    one, two = people.owner(people.one, "Ann"), people.owner(people.two, "Ann")
    program = people.program(people.two, "Ann", key=True)
    program.told()
    assert people.say(one, "/ignore Eve")[-1].startswith("* ")
    assert [x for x in program.told() if x["type"] == "ignored"] == [
        {"type": "ignored", "names": ["Eve"]}
    ]
    eve = people.guest(people.one, "Eve")
    one.heard(), two.heard()
    people.say(eve, "hello")
    people.say(eve, "/msg Ann hello")
    assert one.heard() == two.heard() == []
    people.say(two, "/ignore Eve off")
    one.heard(), two.heard()
    people.say(eve, "hello again")
    assert one.heard() == two.heard() == ["Eve: hello again"]


def test_a_guest_ignores_somebody_on_another_server(people: People) -> None:
    bob, eve = people.guest(people.one, "Bob"), people.guest(people.two, "Eve")
    people.say(bob, "/ignore Eve")
    people.say(eve, "hello")
    people.say(eve, "/msg Bob hello")
    assert bob.heard() == []
