"""What Tab offers, without a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.frontends.completion import Completer
from netchat.testing import Network
from tests.support.client_fakes import ClientHarness


class KnownNames:
    """The part of a ChatClient that completion looks at."""

    name = "Alice"
    participants = ("Alice", "Carol", "boris", "Bob", "Zoë", "Bob")
    rooms = ("lobby", "dev", "Deutsch")
    open_rooms = (
        OpenRoom("lobby", current=True),
        OpenRoom("dev"),
        OpenRoom("Bea", kind="talk"),
        OpenRoom("bob", kind="talk"),
    )


def completed(line: str, client: Any = KnownNames) -> list[str]:
    """Return `line` with each of its completions."""
    word, found = Completer(lambda: client).complete(line)
    return [line[: len(line) - len(word)] + candidate.text for candidate in found]


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("b", ["Bob: ", "boris: ", "Bea: "]),
        ("hi b", ["hi Bob ", "hi boris ", "hi Bea "]),
        ("zoe", ["Zoë: "]),
        ("@bo", ["@Bob ", "@boris "]),
        ("see @a", ["see @all "]),
        ("ali", []),
        ("in de", ["in Deutsch ", "in dev "]),
        ("", ["Bob: ", "Zoë: ", "boris: ", "Carol: ", "Bea: "]),
        ("Bob: ", ["Bob: Zoë ", "Bob: boris ", "Bob: Carol ", "Bob: Bea "]),
        ("/ni", ["/nick "]),
        ("/NI", ["/nick "]),
        ("/part", ["/part "]),
        ("/usr", []),
        ("//me", []),
        ("/msg B", ["/msg Bob ", "/msg boris ", "/msg Bea "]),
        ("/w B", ["/w Bob ", "/w boris ", "/w Bea "]),
        ("/msg Bob b", ["/msg Bob Bob ", "/msg Bob boris ", "/msg Bob Bea "]),
        ("/join d", ["/join Deutsch ", "/join dev "]),
        ("/leave d", ["/leave dev "]),
        ("/go b", ["/go Bea ", "/go bob ", "/go boris "]),
        ("/nick b", []),
        ("/own b", []),
        ("/kick bo", ["/kick Bob ", "/kick boris "]),
        ("/help modera", ["/help moderation "]),
        ("/help /b", []),
        ("/account e", ["/account end "]),
        ("/set ti", ["/set times "]),
        ("/set times ", ["/set times auto ", "/set times on ", "/set times off ", "/set times - "]),
        ("/set bell of", ["/set bell off "]),
        ("/set name ", ["/set name - "]),
        ("/set nothing ", []),
        (":smile", ["😄", "😃", "😸", "😺"]),
        ("well done :tada:", ["well done 🎉"]),
        (":", []),
        (":)", []),
    ],
)
def test_what_tab_offers(typed: str, lines: list[str]) -> None:
    assert completed(typed)[: len(lines) + 1] == lines


def test_the_words_of_all_commands_are_offered_once_and_aliases_when_they_are_begun() -> None:
    every = completed("/")
    assert len(every) == len(set(every))
    assert {"/msg ", "/ban ", "/own ", "/keys "} <= set(every)
    assert "/whisper " not in every
    assert completed("/whis") == ["/whisper "]


def test_nothing_is_known_before_the_login() -> None:
    assert completed("b", None) == []
    assert completed("/join ", None) == []


def test_who_has_spoken_last_comes_first(network: Network) -> None:
    alice = ClientHarness(network, several_rooms=True)
    others = {name: network.join(name) for name in ("Bea", "Bob", "Boris")}
    for name in ("Bob", "Boris", "Bea"):
        others[name].say("hi")
    network.settle()
    assert completed("b", alice.connection) == ["Bea: ", "Boris: ", "Bob: "]
    others["Bob"].say("again")
    network.settle()
    assert completed("b", alice.connection) == ["Bob: ", "Bea: ", "Boris: "]
