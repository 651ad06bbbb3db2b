"""What moderators and operators do reaches whoever is on another server of the site."""

from __future__ import annotations

from typing import Any

import pytest

from netchat.chat.changes import change_as
from netchat.chat.devices import end_sessions
from netchat.model.disconnects import ENDED_BY_OPERATOR
from netchat.state.changes import CONSOLE, Restrict
from netchat.testing import Program
from tests.support.site import Site
from tests.support.site_people import People


@pytest.fixture
def people() -> People:
    people = People()
    people.own("Op", "operator")
    return people


def types(told: list[dict[str, Any]]) -> list[str]:
    return [x["type"] for x in told]


def test_somebody_on_another_server_is_removed_from_a_room(people: People) -> None:
    op, bob = people.owner(people.one, "Op"), people.program(people.two, "Bob", rooms=["ops"])
    people.say(op, "/join ops")
    bob.told()
    op_program = people.program(people.one, "Op", key=True)
    people.ask(op_program, "kick", name="Bob", room="ops", reason="enough")
    told = bob.told()
    assert types(told) == ["moderated", "left"]
    assert (told[0]["reason"], told[1]["names"]) == ("enough", ["Bob"])
    assert "* Bob left" in op.heard()
    assert people.site.is_alike()


def test_somebody_on_another_server_is_removed_from_all_of_them(people: People) -> None:
    op, bob = people.owner(people.one, "Op"), people.program(people.two, "Bob")
    bob.told()
    people.say(op, "/kick Bob enough")
    assert bob.told()[-1]["reason"] == "kicked"
    assert not bob.online
    people.site.settle()
    assert people.site.is_alike()


def test_a_ban_of_an_address_ends_those_on_every_server(people: People) -> None:
    op = people.program(people.one, "Op", key=True)
    bad = [
        people.guest(server, name, "192.0.2.7")
        for server, name in ((people.one, "Eve"), (people.two, "Mallory"))
    ]
    good = people.guest(people.two, "Bob", "192.0.2.8")
    people.ask(op, "ban", who="192.0.2.7", duration=3600)
    for guest in bad:
        assert not guest.online
        assert "banned" in " ".join(guest.heard())
    assert good.online
    again = people.two.guest("192.0.2.7")
    again.say("Eve2")
    people.site.settle()
    assert not again.online
    assert [x["target"] for x in people.ask(op, "bans")[-1]["bans"]] == ["192.0.2.7"]
    assert people.site.is_alike()


def test_a_mute_holds_on_every_server(people: People) -> None:
    op, bob = people.owner(people.one, "Op"), people.guest(people.two, "Bob")
    people.say(op, "/mute Bob 10m")
    assert people.say(bob, "hello")[-1].startswith("! You are muted")
    bob.say("exit")
    people.site.settle()
    assert people.say(people.guest(people.one, "Bob"), "hello")[-1].startswith("! You are muted")


def test_an_announcement_and_a_lock_reach_everybody(people: People) -> None:
    op, bob = people.owner(people.one, "Op"), people.guest(people.two, "Bob")
    people.say(op, "/announce lunch")
    assert len([line for line in bob.heard() if "lunch" in line]) == 1
    people.say(op, "/lock")
    assert len(bob.heard()) == 1
    eve = people.two.guest()
    eve.say("Eve")
    people.site.settle()
    assert "takes no new guests" in " ".join(eve.heard())
    people.say(op, "/unlock")
    assert people.guest(people.two, "Eve").online


def test_a_line_is_deleted_on_every_server(people: People) -> None:
    op, bob = people.owner(people.one, "Op"), people.program(people.two, "Bob")
    people.ask(bob, "say", room="lobby", text="the password is hunter2")
    people.say(op, "/delete 1")
    assert [(x["id"], x["by"]) for x in bob.told() if x["type"] == "deleted"] == [(1, "Op")]
    for server in (people.one, people.two):
        eve = people.program(server, f"Eve{server is people.one}")
        (line,) = people.ask(eve, "history", room="lobby")[-1]["lines"]
        assert (line["text"], line["deleted"]) == ("", True)


def test_slow_mode_counts_the_lines_on_all_servers(people: People) -> None:
    people.own("Ann")
    op = people.owner(people.one, "Op")
    people.say(op, "/room slow 60s")
    one, two = people.owner(people.one, "Ann"), people.owner(people.two, "Ann")
    people.say(one, "first")
    assert "say it again in" in people.say(two, "second")[-1]
    bob = people.guest(people.one, "Bob")
    people.say(bob, "first")
    bob.say("exit")
    people.site.settle()
    bob = people.guest(people.two, "Bob")
    assert "say it again in" in people.say(bob, "second")[-1]
    people.site.advance(61)
    assert people.say(bob, "third") == []
    assert people.say(two, "fourth") == []


def test_slow_mode_lets_a_client_say_its_last_line_again_elsewhere(people: People) -> None:
    people.say(people.owner(people.one, "Op"), "/room slow 60s")
    client = "00000000-0000-0000-0000-000000000007"
    first = people.program(people.one, "ci", client=client)
    people.ask(first, "say", room="lobby", text="x", nonce="n")
    second = people.program(people.two, "ci", client=client)
    told = people.ask(second, "say", room="lobby", text="x", nonce="n")
    assert [(x["type"], x["id"]) for x in told] == [("said", 1)]


def test_a_session_that_an_operator_ends_is_ended_on_every_server(people: People) -> None:
    people.own("Ann")
    devices = [people.program(server, "Ann", key=True) for server in (people.one, people.two)]
    chat = people.one.service.factory.chat
    account = chat.state.owner("Ann")
    assert account is not None
    end_sessions(chat, account.number, CONSOLE, ENDED_BY_OPERATOR)
    people.site.settle()
    messages = {device.told()[-1]["message"] for device in devices}
    assert messages == {ENDED_BY_OPERATOR.message}


@pytest.mark.parametrize("request_", ["hello", "rename"])
def test_a_ban_that_comes_before_a_name_in_the_order_holds_for_who_gets_it(request_: str) -> None:
    site = Site()
    one, two = site.servers
    eve = two.connect(Program())
    eve.network = two
    if request_ == "rename":
        eve.ask("hello", name="Ann", rooms=[])
    site.settle()
    # Their server does not hear of the ban before they ask for the name.
    site.logs[1].leave_unanswered()
    chat = one.service.factory.chat
    change_as(chat, CONSOLE, Restrict("ban", "name", "Eve"), lambda _: None)
    site.settle()
    eve.ask(request_, name="Eve")
    site.logs[1].connect()
    site.settle()
    assert chat.state.restrictions.kinds["ban"] == 1
    assert [(x["type"], x.get("reason")) for x in eve.told()][-1] == ("closing", "banned")
    assert not list(chat.participants)
    assert site.is_alike()
