"""Replies of programs: to whoever has told last, whatever their name is by now."""

from __future__ import annotations

import pytest

from netchat.chat.telling import ANOTHER, HAS_LEFT, NOBODY_TO_ANSWER, NOT_KNOWN
from netchat.testing import Network, Program
from tests.session.test_private import HERE, Chat, chat, of_type, private
from tests.support.accounts import remove_account
from tests.support.proofs import PASSWORD

__all__ = ["chat"]

CLIENT = "00000000-0000-4000-8000-000000000001"
OTHER_CLIENT = "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def network() -> Network:
    return Network()


def answers(program: Program) -> list[str]:
    """Return whom each private line has reached, or the refusal, of what is not read yet."""
    events = of_type(program, "told", "error")
    return [event["message"] if event["type"] == "error" else event["to"] for event in events]


def test_a_reply_of_a_program_is_acknowledged_as_a_private_line(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci")
    ci.ask("reply", text="too early", nonce="1")
    assert ci.told()[-1] == {
        "type": "error", "code": "no-such-user", "message": NOBODY_TO_ANSWER, "nonce": "1",
    }  # fmt: skip
    bob.say("/msg ci psst")
    ci.told()
    ci.ask("reply", text="yes?", nonce="2")
    assert [(told["from"], told["to"], told["nonce"]) for told in ci.told()] == [("ci", "Bob", "2")]
    assert private(bob)[-1] == "[ci -> you] yes?"


@pytest.mark.parametrize("to", [None, "Bob"])
def test_a_reply_of_a_program_does_not_go_to_another_guest_of_the_same_name(
    network: Network, to: str | None
) -> None:
    bob, ci = network.join("Bob"), network.program("ci")
    bob.say("/msg ci psst")
    bob.say("exit")
    another = network.join("Bob")
    another.heard()
    ci.told()
    ci.ask("reply", text="a secret", to=to)
    assert answers(ci) == [HAS_LEFT.format("Bob")]
    assert another.heard() == []


def test_a_reply_of_a_program_goes_to_the_teller_under_their_new_name(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci")
    bob.say("/msg ci psst")
    bob.say("/nick Rob")
    another = network.join("Bob")
    ci.told()
    ci.ask("reply", text="a secret", to="Bob")
    assert answers(ci) == ["Rob"]
    assert private(bob)[-1] == "[ci -> you] a secret"
    assert private(another) == []


def test_a_reply_goes_to_nobody_if_somebody_else_has_told_since(network: Network) -> None:
    bob, eve, ci = network.join("Bob"), network.join("Eve"), network.program("ci")
    bob.say("/msg ci psst")
    eve.say("/msg ci hello")
    eve.heard()
    bob.heard()
    ci.told()
    ci.ask("reply", text="a secret", to="Bob")
    assert answers(ci) == [ANOTHER.format("Bob")]
    assert private(eve) == private(bob) == []


@pytest.mark.parametrize("text", [False, True])
def test_a_reply_does_not_go_to_an_ignored_guest(network: Network, text: bool) -> None:
    bob, eve = network.join("Bob"), network.join("Eve")
    ci, gil = network.program("ci"), network.join("Gil")
    ci.ask("ignore", name="Eve")
    gil.say("/ignore Eve")
    name = "Gil" if text else "ci"
    bob.say(f"/msg {name} psst")
    eve.say(f"/msg {name} hello")
    if text:
        gil.say("/reply yes?")
    else:
        ci.ask("reply", text="yes?", to="Bob")
    assert private(bob)[-1] == f"[{name} -> you] yes?"
    assert private(eve) == [f"[you -> {name}] hello"]


def test_a_reply_sent_again_is_confirmed_and_received_once(network: Network) -> None:
    bob, eve = network.join("Bob"), network.join("Eve")
    ci = network.program("ci", client=CLIENT)
    bob.say("/msg ci psst")
    ci.told()
    ci.ask("reply", text="yes?", nonce="7")
    (first,) = ci.told()
    eve.say("/msg ci hello")
    ci.hang_up()
    bob.say("exit")
    again = network.program("ci", client=CLIENT)
    again.told()
    again.ask("reply", text="yes?", to="Bob", nonce="7")
    again.ask("reply", text="other", to="Bob", nonce="7")
    told = again.told()
    assert told[0] == first
    assert [event.get("code") for event in told] == [None, "nonce-reused"]
    assert private(bob) == ["[you -> ci] psst", "[ci -> you] yes?"]
    assert "yes?" not in str(eve.heard())


def test_a_reply_goes_on_over_a_takeover_of_the_connection(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci", client=CLIENT)
    bob.say("/msg ci psst")
    again = network.program("ci", client=CLIENT)
    assert ci.told()[-1]["reason"] == "replaced"
    again.told()
    again.ask("reply", text="yes?", to="Bob", nonce="7")
    assert answers(again) == ["Bob"]
    assert private(bob)[-1] == "[ci -> you] yes?"


def test_a_reply_to_a_line_of_which_the_server_knows_nothing_is_refused(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci")
    ci.told()
    ci.ask("reply", text="a secret", to="Bob")
    assert answers(ci) == [NOT_KNOWN.format("Bob")]
    assert private(bob) == []


def test_a_reply_of_a_device_goes_on_over_a_takeover_of_the_connection(chat: Chat) -> None:
    gil, _ = chat.network.join("Gil"), chat.ann(client=CLIENT)
    gil.say("/msg Ann psst")
    again = chat.ann(client=CLIENT, private=1)
    again.told()
    again.ask("reply", text="yes?", to="Gil", nonce="7")
    assert answers(again) == ["Gil"]


def test_a_reply_to_an_owner_sent_again_is_kept_once_and_for_nobody_else(chat: Chat) -> None:
    gil, ann = chat.network.program("Gil", client=OTHER_CLIENT), chat.ann()
    eve = chat.network.join("Eve")
    ann.ask("tell", to="Gil", text="psst")
    ann.told()
    gil.told()
    gil.ask("reply", text="yes?", to="Ann", nonce="7")
    (first,) = gil.told()
    eve.say("/msg Gil hello")
    gil.told()
    gil.ask("reply", text="yes?", to="Ann", nonce="7")
    assert gil.told() == [first]
    assert [event["text"] for event in of_type(ann, "told")] == ["yes?"]
    remove_account(chat.network.service.factory.chat, "Ann")
    chat.network.settle()
    chat.network.join("Ann", HERE).say(f"/own {PASSWORD}")
    gil.told()
    gil.ask("reply", text="yes?", to="Ann", nonce="7")
    assert answers(gil) == [HAS_LEFT.format("Ann")]
