"""What one server of a site does for all of them, and another one when that is gone."""

from __future__ import annotations

import pytest

from netchat.chat.changes import change_as
from netchat.server.webhooks import OutgoingWebhooks
from netchat.state.changes import CONSOLE, Restrict, SetWebhook, What
from netchat.state.records import Restriction, Webhook
from netchat.state.site_changes import Drain
from netchat.testing import Network
from tests.server.test_webhooks import URL, Receiver
from tests.support.site import Site


@pytest.fixture
def site() -> Site:
    return Site()


def change(site: Site, what: What, server: int = 0) -> None:
    change_as(site.servers[server].service.factory.chat, CONSOLE, what, lambda _: None)
    site.settle()


def leads(server: Network) -> bool:
    site = server.service.factory.chat.presence.site
    assert site is not None
    return site.leads


def receivers(site: Site) -> list[Receiver]:
    """Return who receives what each server sends for webhooks, instead of a URL."""
    found = []
    for server in site.servers:
        (webhooks,) = (x for x in server.service.background if isinstance(x, OutgoingWebhooks))
        receiver = Receiver()
        webhooks._post = receiver.post
        found.append(receiver)
    return found


def crash(site: Site, number: int) -> None:
    """Let the others see that a server is silent until they bury it."""
    site.logs[number].cut()
    for _ in range(6):
        site.advance(2.5)


def test_the_first_server_leads_unless_it_drains_or_cannot_reach_the_log(site: Site) -> None:
    one, two = site.servers
    assert [leads(one), leads(two)] == [True, False]
    site.logs[0].cut()
    site.settle()
    assert [leads(one), leads(two)] == [False, False]
    site.logs[0].connect()
    site.settle()
    assert leads(one)
    change(site, Drain(1))
    assert [leads(one), leads(two)] == [False, True]
    change(site, Drain(2))
    assert [leads(one), leads(two)] == [True, False]


def test_one_server_sends_the_lines_for_a_webhook(site: Site) -> None:
    first, second = receivers(site)
    change(site, SetWebhook(Webhook("log", "lobby", url=URL, secret="s3")))
    bob = site.servers[1].join("Bob")
    bob.say("one")
    site.settle()
    site.advance(1)
    assert (first.lines, second.lines) == ([["one"]], [])


def test_another_server_sends_them_when_the_first_is_buried(site: Site) -> None:
    first, second = receivers(site)
    change(site, SetWebhook(Webhook("log", "lobby", url=URL, secret="s3")))
    bob = site.servers[1].join("Bob")
    bob.say("one")
    site.settle()
    site.advance(1)
    first.status = 500
    bob.say("two")
    site.settle()
    site.advance(1)
    crash(site, 0)
    assert second.lines == [["two"]]
    assert site.servers[1].service.factory.chat.state.find(Webhook, "log").sent == 2  # type: ignore[union-attr]


def test_what_ends_is_ended_once(site: Site) -> None:
    chat = site.servers[0].service.factory.chat
    change(site, Restrict("ban", "name", "Carol", until=chat.time() + 5))
    before = len(site.log.entries)
    site.advance(5.5)
    chats = [server.service.factory.chat for server in site.servers]
    assert [list(one.state.all(Restriction)) for one in chats] == [[], []]
    ends = [entry for entry in site.log.entries[before:] if b"expire" in entry.payload]
    assert len(ends) == 1


def test_another_server_ends_it_when_the_first_is_buried(site: Site) -> None:
    chat = site.servers[1].service.factory.chat
    change(site, Restrict("ban", "name", "Carol", until=chat.time() + 5), server=1)
    crash(site, 0)
    site.advance(0)
    assert list(chat.state.all(Restriction)) == []


def test_an_end_that_could_not_be_stored_is_asked_for_again(site: Site) -> None:
    one, two = site.servers
    chat = one.service.factory.chat
    change(site, Restrict("ban", "name", "Carol", until=chat.time() + 1))
    site.logs[0].leave_unanswered(lost=True)
    site.advance(1)
    site.logs[0].connect()
    site.settle()
    assert list(chat.state.all(Restriction))
    for _ in range(30):
        site.advance(2.5)
    assert list(chat.state.all(Restriction)) == []
    assert list(two.service.factory.chat.state.all(Restriction)) == []
