"""Invitations: a link lets somebody own a name, also where only members come in."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.integration.web.conftest import OWN_PORT
from tests.integration.web.test_owned_names import PASSWORD, come_as, own_by_key
from tests.support.browser import visitor, web_port
from tests.support.needs import needs
from tests.support.processes import SCRIPTS, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.support.browser import Visitor

pytestmark = [needs("chromium"), pytest.mark.long]


@pytest.fixture
def closed_server(tmp_path: Path) -> Iterator[Server]:
    """A server into which only members come."""
    with Server("--web", OWN_PORT, "--names", "members", cwd=tmp_path) as running:
        yield running


@pytest.fixture
def visit_closed(browser: Browser, closed_server: Server) -> Iterator[Callable[[], Visitor]]:
    visitors: list[Visitor] = []

    def visit() -> Visitor:
        visitors.append(visitor(browser.new_context(), web_port(closed_server)))
        return visitors[-1]

    yield visit
    for each in visitors:
        each.page.context.close()
    assert [error for each in visitors for error in each.errors] == []


def invite(tmp_path: Path) -> str:
    """Return the word of a new invitation."""
    command = [str(SCRIPTS / "netchat"), "admin", str(tmp_path / "data"), "invite"]
    printed = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout
    found = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", printed)
    assert found, printed
    return found[0]


def test_the_link_of_an_operator_makes_a_name_the_invited_persons(
    visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    alice = visit().join("Alice")
    own_by_key(alice)
    admin = [str(SCRIPTS / "netchat"), "admin", str(tmp_path / "data"), "operator", "add", "Alice"]
    subprocess.run(admin, check=True, timeout=60)
    expect(alice.page.locator(".note", has_text="made you an operator")).to_be_visible()
    alice.say("/invite 2 7d")
    expect(alice.page.locator("#invitation-text")).to_have_text(re.compile("For 2 people, until"))
    link = alice.page.input_value("#invitation-link")
    bob = visit()
    bob.page.goto(link)
    assert "invite" not in bob.page.url
    bob.page.fill("#login-name", "Bob")
    bob.page.click("#login-button")
    expect(bob.page.locator("#account")).to_be_visible()
    bob.page.click("#own-key")
    expect(bob.page.locator("#account-title")).to_have_text("Bob is yours")


CLOSED_EARLY = """
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, place) {
        if (place[0] && !sessionStorage.getItem("reloaded")) this.transaction.abort();
        else put.call(this, value, place);
    };
"""
"""Nothing is stored once the server has answered, as if the page had been closed by then."""


def test_an_invitation_lets_a_new_member_in_with_a_key(
    visit_closed: Callable[[], Visitor], tmp_path: Path
) -> None:
    word = invite(tmp_path)
    bob = visit_closed()
    bob.page.add_init_script(CLOSED_EARLY)
    bob.page.goto(f"http://127.0.0.1:{bob.port}/#invite={word}")
    bob.page.fill("#login-name", "Bob")
    bob.page.click("#login-button")
    expect(bob.page.locator("#own-invitation")).to_have_value(word)
    bob.page.click("#own-key")
    bob.wait_for_state("Connected")
    bob.page.evaluate("sessionStorage.setItem('reloaded', 'yes')")
    for _ in range(2):
        bob.page.reload()
        bob.wait_for_state("Connected")
    expect(bob.page.locator("#self-name")).to_have_text("Bob")


def test_an_invitation_that_is_typed_lets_a_new_member_in_with_a_password(
    visit_closed: Callable[[], Visitor], tmp_path: Path
) -> None:
    word = invite(tmp_path)
    bob = visit_closed()
    come_as(bob, "Bob")
    expect(bob.page.locator("#own-invitation")).to_have_value("")
    bob.page.fill("#own-password", PASSWORD)
    bob.page.fill("#own-again", PASSWORD)
    bob.page.fill("#own-invitation", "0000-0000-0000-0000")
    bob.page.click("#own-form [type=submit]")
    expect(bob.page.locator("#account-error")).to_have_text(re.compile("not a valid invitation"))
    bob.page.fill("#own-invitation", word)
    bob.page.click("#own-form [type=submit]")
    bob.wait_for_state("Connected")
    other = visit_closed()
    come_as(other, "Bob")
    other.page.fill("#proof-password", PASSWORD)
    other.page.click("#proof-send")
    other.wait_for_state("Connected")


def test_who_has_no_invitation_stays_outside_and_reads_why(
    visit_closed: Callable[[], Visitor],
) -> None:
    bob = visit_closed()
    come_as(bob, "Bob")
    expect(bob.page.locator("#account-title")).to_have_text("Bob belongs to nobody")
    bob.page.click("#account .close")
    expect(bob.page.locator("#login-error")).to_have_text(re.compile("come with an invitation"))
