"""What is not known to be in the log, while what comes behind it is refused."""

from __future__ import annotations

from netchat.cluster.server import BEAT
from tests.support.site import Site


def test_a_line_in_doubt_is_said_although_the_one_behind_it_was_refused() -> None:
    site = Site()
    one, two = site.servers
    ann, bob = one.program("Ann"), two.program("Bob")
    site.settle()
    ann.told(), bob.told()
    site.logs[0].leave_unanswered()
    ann.ask("say", room="lobby", text="first", nonce="1")
    site.settle()
    site.logs[0].cut()
    ann.ask("say", room="lobby", text="second", nonce="2")
    site.settle()
    assert [(x["code"], x["nonce"]) for x in ann.told()] == [("storage", "2")]
    site.logs[0].connect()
    site.settle()
    assert [(x["text"], x["nonce"]) for x in ann.told()] == [("first", "1")]
    ann.ask("say", room="lobby", text="second", nonce="2")
    site.settle()
    assert [x["text"] for x in bob.told()] == ["first", "second"]
    assert site.is_alike()


def test_who_has_said_nothing_goes_on_reading_while_a_line_of_another_guest_is_in_doubt() -> None:
    site = Site()
    one, _ = site.servers
    ann, bob = one.program("Ann"), one.program("Bob")
    site.settle()
    ann.told(), bob.told()
    site.logs[0].leave_unanswered()
    ann.ask("say", room="lobby", text="first", nonce="1")
    bob.ask("names", room="lobby")
    assert bob.told() == []
    site.logs[0].cut()
    site.advance(BEAT)
    bob.ask("names", room="lobby")
    bob.ask("history", room="lobby")
    assert [x["type"] for x in bob.told()] == ["names", "names", "history"]
    ann.ask("names", room="lobby")
    bob.ask("bye")
    assert (ann.told(), bob.told()[-1]["reason"]) == ([], "bye")
    site.logs[0].connect()
    site.advance(BEAT)
    assert [x["type"] for x in ann.told()] == ["said", "names", "left"]
    assert site.is_alike()
