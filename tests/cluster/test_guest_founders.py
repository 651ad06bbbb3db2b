"""All servers of a site agree which guest has made a room."""

from __future__ import annotations

from tests.support.site_people import People


def test_a_guest_moderates_their_room_on_every_server_until_they_leave() -> None:
    people = People()
    ann = people.program(people.one, "Ann", rooms=["dev"])
    bob = people.program(people.two, "Bob", rooms=["dev"])
    bob.told()
    ann.told()
    assert people.ask(bob, "kick", name="Ann", room="dev")[-1]["code"] == "not-allowed"
    people.ask(ann, "ban", who="Bob", room="dev")
    assert bob.told()[-1]["type"] == "left"
    assert people.site.is_alike()
    people.ask(ann, "leave", room="dev")
    people.ask(bob, "join", room="dev")
    assert people.ask(bob, "room", room="dev", private=True)[0]["private"]
    assert people.site.is_alike()
