"""What a client is told of other people, and what it is not."""

from __future__ import annotations

from netchat.dialects.text.earlier import local_time
from netchat.testing import START, Network
from tests.support.moderation import Moderated


def clock(seconds: float) -> str:
    return local_time(START + seconds, None)


def test_seen_tells_when_somebody_left_and_last_spoke() -> None:
    network = Network()
    alice, bob = network.join("Alice"), network.join("Bob")
    bob.say("hello")
    network.advance(60)
    bob.say("exit")
    network.advance(60)
    alice.heard()
    alice.say("/seen BOB")
    assert alice.heard() == [f"* Bob left at {clock(60)} and last spoke in lobby at {clock(0)}"]
    network.join("Bob")
    alice.heard()
    alice.say("/seen Bob")
    assert alice.heard() == [f"* Bob is here and last spoke in lobby at {clock(0)}"]
    alice.say("/seen Eve")
    alice.say("/seen")
    assert alice.heard() == [
        "* Eve was not seen here lately",
        "! Type it as /seen NAME: when somebody was last here, and last spoke here.",
    ]


def test_seen_looks_only_in_rooms_that_the_client_is_in() -> None:
    network = Network()
    bob, ci = network.join("Bob"), network.program("ci", rooms=["lobby", "ops"])
    bob.say("in the lobby")
    network.advance(1)
    bob.say("/join dev")
    bob.say("in dev")
    ci.told()
    ci.ask("seen", name="Bob")
    seen = ci.told()[-1]
    assert (seen["type"], seen["here"], seen["left"]) == ("seen", True, None)
    assert seen["room"] == "lobby"
    ci.ask("seen", name="Bob", room="ops")
    assert ci.told()[-1]["spoke"] is None
    ci.ask("seen", name="Bob", room="dev")
    assert ci.told()[-1]["code"] == "not-in-room"
    ci.ask("join", room="dev")
    ci.ask("seen", name="Bob")
    assert ci.told()[-1]["room"] == "dev"


def test_whois_tells_the_rooms_that_one_is_in_oneself() -> None:
    moderated = Moderated()
    bob, ci = moderated.person("Bob"), moderated.network.program("ci", rooms=["lobby", "dev"])
    ci.told()
    ci.ask("whois", name="Bob")
    assert ci.told()[-1]["rooms"] == ["lobby"]
    bob.say("/join ops")
    ci.told()
    ci.ask("whois", name="Bob")
    assert ci.told()[-1]["rooms"] == []
    bob.say("/join dev")
    alice = moderated.guest("Alice")
    alice.say("/whois Bob")
    assert "with you" not in alice.heard()[-1]
    alice.say("/join dev")
    alice.say("/whois Bob")
    assert alice.heard()[-1].endswith(", in dev with you")


def test_a_name_of_any_length_is_asked_about() -> None:
    alice = Network().join("Alice")
    for name in ("x" * 4000, "\u202e", "a b"):
        alice.say(f"/seen {name}")
        alice.say(f"/whois {name}")
    assert all(line.startswith("* ") and len(line) < 100 for line in alice.heard())
