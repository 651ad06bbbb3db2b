"""Commands as a person with nc types them, on a whole server."""

from __future__ import annotations

from netchat.testing import Network


def test_who_leaves_a_room_goes_to_the_lobby() -> None:
    network = Network()
    alice, bob = network.join("Alice"), network.join("Bob")
    bob.say("/j dev")
    alice.say("/join dev")
    bob.heard(), alice.heard()
    alice.say("/part")
    assert alice.heard() == ["* You are now in lobby"]
    assert bob.heard() == ["* Alice left"]
    bob.say("/leave dev")
    assert bob.heard() == ["* You are now in lobby"]


def test_nobody_leaves_the_lobby_or_a_room_that_they_are_not_in() -> None:
    network = Network()
    alice = network.join("Alice")
    alice.say("/leave")
    alice.say("/leave dev")
    assert alice.heard() == [
        "! You are in lobby; leave it for another room with /join ROOM, or for good with /quit.",
        "! You are not in a room of that name; join it first.",
    ]
    alice.say("/names")
    assert alice.heard() == ["* In lobby: Alice"]


def test_a_command_of_the_client_is_answered_with_what_to_type_instead() -> None:
    alice = Network().join("Alice")
    alice.say("/go Bob")
    alice.say("/query Bob")
    alice.say("/clear")
    sentence = (
        "! Only the netchat client has /go; here, type /join ROOM for a room and /msg NAME TEXT "
        "for a person."
    )
    assert alice.heard() == [sentence, sentence, "! Only the netchat client has /clear."]


def test_what_people_try_first_works() -> None:
    network = Network()
    alice, bob = network.join("Alice"), network.join("Bob")
    alice.heard()
    alice.say("/w Bob lunch?")
    assert bob.heard()[-1] == "[Alice -> you] lunch?"
    bob.say("/r yes")
    assert alice.heard() == ["[you -> Bob] lunch?", "[Bob -> you] yes"]
    alice.say("/users")
    alice.say("/list")
    alice.say("/jion dev")
    alice.say("/help jion")
    alice.say("/bye")
    assert alice.heard() == [
        "* In lobby: Alice, Bob",
        "* Rooms: lobby (2)",
        "! There is no command /jion; did you mean /join?",
        "! There is no command /jion; did you mean /join?",
        "DISCONNECTED!!",
    ]


def test_help_for_one_command() -> None:
    alice = Network().join("Alice")
    alice.say("/help w")
    assert alice.heard() == [
        "* /msg NAME TEXT: say it to one person only",
        "* For example: /msg Bob how are you?",
        "* /reply TEXT answers the last one.",
        "* Also: /w, /whisper, /tell, /pm",
    ]
