"""`netchat admin` beside one server of a site reaches the people on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.admin.console.text import lines_for
from netchat.console.answers import StatusRow
from netchat.console.requests import EndSessions, KickGuest, ListPresent, ListSessions
from netchat.doors.admin.console import LiveConsole
from tests.support.console import Answer, ask_console
from tests.support.site_people import People

if TYPE_CHECKING:
    from netchat.console.requests import AnyConsoleRequest


@pytest.fixture
def people() -> People:
    people = People()
    people.own("Vera")
    return people


def ask(people: People, request: AnyConsoleRequest) -> Answer:
    factory = people.one.service.factory
    console = LiveConsole(factory.chat, factory.connections, lambda: StatusRow("0", running=True))
    return ask_console(console, request, people.site.settle)


def shown(people: People, request: AnyConsoleRequest) -> list[str]:
    return [line for row in ask(people, request).rows for line in lines_for(row)]


def test_who_is_on_another_server_is_listed_with_its_name(people: People) -> None:
    people.guest(people.one, "Ann", "192.0.2.7")
    people.program(people.two, "Bob", rooms=["ops"])
    ann, bob = shown(people, ListPresent())
    assert ann.startswith("Ann, tcp from 192.0.2.7, on server1, since ")
    assert bob.startswith("Bob, ")
    assert ", on server2, since " in bob
    assert bob.endswith(", in ops")
    assert shown(people, ListPresent(room="ops")) == [bob]


def test_somebody_on_another_server_is_removed_by_name(people: People) -> None:
    bob = people.program(people.two, "Bob")
    assert ask(people, KickGuest(name="bob")).message == "Bob was removed from the server."
    people.site.settle()
    assert bob.told()[-1]["reason"] == "kicked"
    assert not bob.online


def test_the_sessions_of_an_account_are_listed_and_ended_on_every_server(people: People) -> None:
    here, there = (people.program(server, "Vera", key=True) for server in (people.one, people.two))
    assert len(shown(people, ListSessions(name="Vera"))) == 2
    ask(people, EndSessions(name="Vera"))
    people.site.settle()
    assert not here.online
    assert not there.online
