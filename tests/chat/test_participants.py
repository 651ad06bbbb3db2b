"""Names and who has them: guests alone, the devices of an account together."""

from __future__ import annotations

from netchat.chat.nobody import Nobody
from netchat.chat.participants import Participants
from netchat.chat.room import Participant
from netchat.state.records import Account


def participant(name: str, account: int = 0) -> Participant:
    nobody = Nobody()
    who = Participant(name, nobody, nobody)
    who.account = account
    return who


def test_every_device_is_found_under_the_name_of_its_account() -> None:
    participants = Participants()
    alice, desk, phone = participant("Alice"), participant("Bob", 1), participant("Bob", 1)
    participants.add_guest(alice)
    for device in (desk, phone):
        participants.add_device(device, "")
    assert list(participants) == [alice, desk, phone]
    assert list(participants.holders("bob")) == [desk, phone]
    assert participants.find("bob") is desk
    assert participants.people == 2
    participants.remove(desk)
    assert participants.find("bob") is phone
    participants.remove(phone)
    assert participants.find("bob") is None
    assert list(participants) == [alice]


def test_a_device_that_is_leaving_reads_on_but_is_no_session_any_more() -> None:
    participants = Participants()
    desk, phone = participant("Bob", 1), participant("Bob", 1)
    for device in (desk, phone):
        participants.add_device(device, "")
    participants.remove(desk)
    assert participants.devices(phone) == (phone,)
    assert participants.readers(phone) == (phone, desk)
    assert [device.id for device in participants.sessions(1).values()] == ["2"]
    participants.settled(desk)
    assert participants.readers(phone) == (phone,)


def test_a_name_whose_devices_are_all_leaving_is_respelled_for_them_too() -> None:
    participants = Participants()
    desk, phone = participant("bob", 1), participant("bob", 1)
    participants.add_device(desk, "")
    participants.remove(desk)
    assert participants.respell(1, "Bob") == ((desk,), "bob")
    phone.name = "Bob"
    participants.add_device(phone, "")
    assert participants.find("bob") is phone
    assert participants.respell(1, "Bob") == ((), "Bob")
    participants.remove(phone)
    assert participants.respell(1, "BOB") == ((desk, phone), "Bob")


def test_nothing_is_kept_of_an_account_whose_devices_have_left() -> None:
    participants = Participants()
    desk = participant("Bob", 1)
    participants.add_device(desk, "agent")
    participants.remove(desk)
    participants.settled(desk)
    assert participants.sessions(1) == {}
    participants.add_device(desk, "agent")
    assert [device.id for device in participants.sessions(1).values()] == ["1"]


def test_what_the_program_of_a_guest_calls_itself_is_known_when_they_own_their_name() -> None:
    participants = Participants()
    bob, carol = participant("Bob"), participant("Carol")
    participants.add_guest(bob, "a program")
    participants.add_guest(carol, "a program")
    participants.become_owner(bob, Account(3, "Bob", 0))
    assert [device.agent for device in participants.sessions(3).values()] == ["a program"]
    participants.remove(carol)
    assert not participants._agents
