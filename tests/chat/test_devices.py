"""The devices of an account: one person for the others, who reads the same everywhere."""

from __future__ import annotations

import pytest

from netchat.chat import actions, telling
from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.devices import end_sessions, list_devices
from netchat.chat.refusal import RefusedError
from netchat.dialects.jsonl import dialect as jsonl
from netchat.journal.memory.journal import MemoryJournal
from netchat.state.changes import CONSOLE, OwnName, Respell
from netchat.state.name_rules import MAX_DEVICES
from tests.support.accounts import make_account, remove_account, settle
from tests.support.listeners import (
    JsonListener,
    ManualTurn,
    RecordingListener,
    SlowJournal,
    immediate_chat,
)


@pytest.fixture(name="chat")
def make_chat() -> Chat:
    return immediate_chat()


def test_two_devices_of_an_account_are_one_person_for_the_others(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    alice = RecordingListener(chat, "Alice")
    desk = RecordingListener(chat, "Bob", account=account)
    phone = RecordingListener(chat, "bob", account=account)
    assert phone.participant.name == "Bob"
    assert alice.received == ["* Bob joined"]
    assert alice.room is not None
    assert list(alice.room.names) == ["Alice", "Bob"]
    assert chat.list_rooms(alice.participant).rooms == (("lobby", 2),)
    assert chat.participants.people == 2
    actions.leave_chat(chat, desk.participant)
    assert alice.received == ["* Bob joined"]
    assert list(alice.room.names) == ["Alice", "Bob"]
    actions.leave_chat(chat, phone.participant)
    assert alice.received == ["* Bob joined", "* Bob left"]
    assert list(alice.room.names) == ["Alice"]
    assert chat.participants.people == 1


def test_a_device_reads_nothing_of_the_coming_and_going_of_another_one(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    desk = RecordingListener(chat, "Bob", account=account)
    phone = JsonListener(chat, "Bob", account=account)
    assert phone.events == [
        {"type": "entered", "room": "lobby", "topic": "", "names": ["Bob"], "last": 0}
    ]
    actions.leave_chat(chat, phone.participant)
    assert desk.received == []


def test_two_devices_that_leave_in_one_turn_leave_once() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    settle(chat, OwnName("Bob"))
    turn.end()
    alice = RecordingListener(chat, "Alice")
    devices = [RecordingListener(chat, "Bob", account=1) for _ in range(2)]
    turn.end()
    for device in devices:
        actions.leave_chat(chat, device.participant)
    turn.end()
    assert alice.received == ["* Bob joined", "* Bob left"]


def test_the_other_devices_of_a_speaker_read_their_line_as_their_own(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    alice = RecordingListener(chat, "Alice")
    desk, laptop = (RecordingListener(chat, "Bob", account=account) for _ in range(2))
    phone = JsonListener(chat, "Bob", account=account)
    desk.say("hello", nonce="1")
    assert alice.received[-1] == "Bob: hello"
    assert desk.received == []
    assert laptop.received == ["You: hello"]
    said = phone.events[-1]
    assert (said["from"], said["text"], "nonce" in said) == ("Bob", "hello", False)
    phone.say("hi", nonce="2")
    assert phone.events[-1]["nonce"] == "2"
    assert desk.received == ["You: hi"]


def test_the_order_between_own_and_others_lines_is_the_same_on_every_device() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    settle(chat, OwnName("Bob"))
    turn.end()
    alice = RecordingListener(chat, "Alice")
    desk, phone = (RecordingListener(chat, "Bob", account=1) for _ in range(2))
    turn.end()
    phone.writes.clear()
    alice.say("one")
    desk.say("two")
    phone.say("three")
    carol = RecordingListener(chat, "Carol")
    desk.say("four")
    turn.end()
    assert phone.writes == [["Alice: one", "You: two", "* Carol joined", "You: four"]]
    assert desk.received == ["Alice: one", "You: three", "* Carol joined"]
    assert carol.received == ["Bob: four"]


def test_a_device_in_several_rooms_does_not_share_what_it_reads_with_others() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    settle(chat, OwnName("Bob"))
    turn.end()
    desk = RecordingListener(chat, "Bob", account=1)
    alice = RecordingListener(chat, "Alice", "dev")
    both = [RecordingListener(chat, "Zed"), RecordingListener(chat, "Bob", account=1)]
    both += [RecordingListener(chat, "Zoe"), RecordingListener(chat, "Bob", account=1)]
    for guest in both:
        guest.join("dev")
    turn.end()
    desk.say("one")
    alice.say("two")
    turn.end()
    assert [guest.writes[-1] for guest in both] == [
        ["Bob: one", "Alice: two"],
        ["You: one", "Alice: two"],
    ] * 2


def test_a_device_in_another_room_does_not_read_what_is_said(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    desk = RecordingListener(chat, "Bob", account=account)
    RecordingListener(chat, "Bob", account=account)
    away = RecordingListener(chat, "Bob", "dev", account=account)
    desk.say("hello")
    assert away.received == []


def test_a_private_line_reaches_all_devices_of_both(chat: Chat) -> None:
    accounts = make_account(chat, "Alice"), make_account(chat, "Bob")
    alice, alices_phone = (RecordingListener(chat, "Alice", account=accounts[0]) for _ in "12")
    bob, bobs_phone = (RecordingListener(chat, "Bob", None, account=accounts[1]) for _ in "12")
    telling.tell(chat, alice.participant, "bob", "psst", nonce="1")
    assert alice.received[-1] == alices_phone.received[-1] == "[you -> Bob] psst"
    assert bob.received == bobs_phone.received == ["[Alice -> you] psst"]
    program = JsonListener(chat, "Alice", account=accounts[0])
    telling.tell(chat, alice.participant, "bob", "and", nonce="2")
    assert program.events[-1]["type"] == "told"
    assert "nonce" not in program.events[-1]


def test_a_private_line_to_oneself_on_another_device_is_refused(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    _, phone = (RecordingListener(chat, "Bob", account=account) for _ in range(2))
    with pytest.raises(RefusedError, match="That is you"):
        telling.tell(chat, phone.participant, "Bob", "psst")


def test_a_login_with_the_same_client_replaces_that_device_and_no_other(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    desk = RecordingListener(chat, "Bob", account=account, client="desk")
    phone = RecordingListener(chat, "Bob", account=account, client="phone")
    again = RecordingListener(chat, "Bob", account=account, client="desk")
    assert set(chat.participants) == {phone.participant, again.participant}
    assert desk.participant.requested_rooms == ()


def test_the_same_client_without_a_proof_replaces_nobody(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    desk = RecordingListener(chat, "Bob", account=account, client="desk")
    with pytest.raises(RefusedError, match="Bob is owned") as refused:
        RecordingListener(chat, "Bob", client="desk")
    assert refused.value.code == "name-taken"
    assert list(chat.participants) == [desk.participant]


def test_one_device_too_many_is_refused_unless_it_replaces_one(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    devices = [
        RecordingListener(chat, "Bob", account=account, client=f"{n}") for n in range(MAX_DEVICES)
    ]
    with pytest.raises(RefusedError, match="/account") as refused:
        RecordingListener(chat, "Bob", account=account, client="new")
    assert refused.value.code == "not-allowed"
    RecordingListener(chat, "Bob", account=account, client="3")
    devices[5].participant.detached = True
    RecordingListener(chat, "Bob", account=account, client="new")


@pytest.mark.parametrize("name", ["Bob", "bob", "B0b"])
def test_nobody_else_can_take_a_name_that_is_owned(chat: Chat, name: str) -> None:
    make_account(chat, "Bob")
    alice = RecordingListener(chat, "Alice")
    with pytest.raises(RefusedError, match="owned") as refused:
        RecordingListener(chat, name)
    assert refused.value.code == "name-taken"
    with pytest.raises(RefusedError, match="owned"):
        actions.rename(chat, alice.participant, name)


def test_a_guest_who_makes_their_name_an_account_is_its_first_device(chat: Chat) -> None:
    alice, guest = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    change(chat, guest.participant, OwnName("Bob"))
    account = guest.participant.account
    assert chat.state.account(account) is not None
    phone = RecordingListener(chat, "Bob", account=account)
    assert alice.received == ["* Bob joined"]
    actions.leave_chat(chat, guest.participant)
    assert alice.received == ["* Bob joined"]
    actions.leave_chat(chat, phone.participant)
    assert alice.received[-1] == "* Bob left"


@pytest.mark.parametrize("name", ["Bob", "bob", "B0b"])
def test_a_guest_under_a_name_that_becomes_somebody_elses_is_disconnected(
    chat: Chat, name: str
) -> None:
    alice, guest = RecordingListener(chat, "Alice"), RecordingListener(chat, name)
    account = make_account(chat, "Bob")
    sentence = f"{name} belongs to somebody else now; connect again with another name."
    assert guest.received == [f"! {sentence}"]
    assert guest.closed
    RecordingListener(chat, "Bob", account=account)
    assert alice.received == [f"* {name} joined", f"* {name} left", "* Bob joined"]


def test_a_rename_that_waits_while_the_name_becomes_an_account_is_refused() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    change(chat, bob.participant, OwnName("Bob"))
    actions.rename(chat, bob.participant, "BOB")
    turn.end()
    assert bob.participant.account
    assert bob.participant.name == "Bob"
    assert bob.received[-1].startswith("! Here you are Bob")
    assert alice.received == ["* Bob joined"]
    assert chat.participants.find("Bob") is bob.participant


def test_a_guest_who_has_taken_another_name_meanwhile_stays_a_guest() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    change(chat, bob.participant, OwnName("Bob"))
    actions.rename(chat, bob.participant, "Robert")
    turn.end()
    assert not bob.participant.account
    assert alice.received == ["* Bob joined", "* Bob is now Robert"]


def test_a_respelling_renames_all_devices_and_is_told_once(chat: Chat) -> None:
    account = make_account(chat, "bob")
    alice = RecordingListener(chat, "Alice")
    actions.join(chat, alice.participant, "dev")
    desk = RecordingListener(chat, "bob", account=account)
    phone = RecordingListener(chat, "bob", "dev", account=account)
    roomless = RecordingListener(chat, "bob", None, account=account)
    actions.rename(chat, desk.participant, "Bob")
    assert alice.received[-1] == "* bob is now Bob"
    assert alice.received.count("* bob is now Bob") == 1
    for device in (desk, phone, roomless):
        assert device.received == ["* bob is now Bob"]
        assert device.participant.name == "Bob"
    assert [room.names for room in chat.rooms] == [("Alice", "Bob"), ("Alice", "Bob")]
    assert chat.participants.find("bob") is desk.participant


def test_a_device_without_a_room_reads_nothing_of_a_room_when_it_respells() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    settle(chat, OwnName("bob"))
    turn.end()
    alice = RecordingListener(chat, "Alice")
    RecordingListener(chat, "bob", account=1)
    roomless = RecordingListener(chat, "bob", None, account=1)
    turn.end()
    alice.say("not for everybody")
    actions.rename(chat, roomless.participant, "Bob")
    turn.end()
    assert roomless.received == ["* bob is now Bob"]


def test_a_device_that_joins_while_the_name_is_respelled_has_the_new_spelling() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    settle(chat, OwnName("bob"))
    journal.settle()
    desk = RecordingListener(chat, "bob", account=1)
    change(chat, desk.participant, Respell(1, "Bob"))
    RecordingListener(chat, "bob", account=1)
    journal.settle()
    assert desk.room is not None
    assert desk.room.names == ("Bob",)


def test_a_device_that_leaves_while_the_name_is_respelled_leaves_under_the_new_one() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    settle(chat, OwnName("bob"))
    alice = RecordingListener(chat, "Alice")
    journal.settle()
    desk = JsonListener(chat, "bob", account=1)
    change(chat, desk.participant, Respell(1, "Bob"))
    assert desk.room is not None
    actions.leave(chat, desk.participant, desk.room)
    journal.settle()
    assert alice.received == ["* bob joined", "* bob is now Bob", "* Bob left"]
    assert [one["names"] for one in desk.events if one["type"] == "left"] == [["Bob"]]


@pytest.mark.parametrize(
    ("name", "code"), [("Carl", "not-allowed"), ("Bob", "bad-name"), ("no way", "bad-name")]
)
def test_an_owner_cannot_take_another_name(chat: Chat, name: str, code: str) -> None:
    bob = RecordingListener(chat, "Bob", account=make_account(chat, "Bob"))
    with pytest.raises(RefusedError) as refused:
        actions.rename(chat, bob.participant, name)
    assert refused.value.code == code


def test_a_spelling_that_looks_like_a_guest_is_refused(chat: Chat) -> None:
    ian = RecordingListener(chat, "ian", account=make_account(chat, "ian"))
    RecordingListener(chat, "lan")
    with pytest.raises(RefusedError, match="looks too much like lan"):
        actions.rename(chat, ian.participant, "Ian")


def test_a_spelling_that_is_somebody_elses_name_is_refused(chat: Chat) -> None:
    ian = RecordingListener(chat, "ian", account=make_account(chat, "ian"))
    make_account(chat, "lan")
    actions.rename(chat, ian.participant, "Ian")
    assert ian.received[-1].startswith("! Ian is not a spelling")
    assert ian.participant.name == "ian"


def test_an_owner_is_shown_their_devices(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    desk, phone = (RecordingListener(chat, "Bob", account=account) for _ in range(2))
    shown = list_devices(chat, phone.participant)
    assert [(one.id, one.agent, one.own) for one in shown] == [
        ("1", "test", False),
        ("2", "test", True),
    ]
    actions.leave_chat(chat, phone.participant)
    RecordingListener(chat, "Bob", account=account)
    assert [one.id for one in list_devices(chat, desk.participant)] == ["1", "3"]


def test_an_owner_ends_one_device_or_all_the_others(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    alice = RecordingListener(chat, "Alice")
    one, two, three, four = (RecordingListener(chat, "Bob", account=account) for _ in range(4))
    assert end_sessions(chat, account, CONSOLE, device="2") == 1
    assert [device.closed for device in (one, two, three, four)] == [False, True, False, False]
    assert "ended" in two.received[-1]
    assert end_sessions(chat, account, CONSOLE, device="2") == 0
    assert end_sessions(chat, account, CONSOLE, keep=three.participant) == 2
    assert [device.closed for device in (one, two, three, four)] == [True, True, False, True]
    assert list(chat.participants) == [alice.participant, three.participant]
    assert alice.received == ["* Bob joined"]


def test_a_program_reads_why_its_session_has_ended(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    phone = JsonListener(chat, "Bob", account=account)
    end_sessions(chat, account, CONSOLE)
    closing = phone.events[-1]
    assert (closing["type"], closing["reason"], closing["retry"]) == (
        "closing",
        "session-ended",
        None,
    )


def test_the_removal_of_an_account_ends_all_its_sessions(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    alice = RecordingListener(chat, "Alice")
    devices = [RecordingListener(chat, "Bob", account=account) for _ in range(2)]
    remove_account(chat, "Bob")
    assert all(device.closed for device in devices)
    assert alice.received == ["* Bob joined", "* Bob left"]
    with pytest.raises(RefusedError, match="removed"):
        RecordingListener(chat, "Bob", account=account)
    RecordingListener(chat, "Bob")


def test_the_last_device_of_a_room_that_leaves_drops_it(chat: Chat) -> None:
    account = make_account(chat, "Bob")
    desk, phone = (RecordingListener(chat, "Bob", account=account) for _ in range(2))
    actions.leave_chat(chat, desk.participant)
    assert [room.name for room in chat.rooms] == ["lobby"]
    assert phone.room is not None
    actions.leave(chat, phone.participant, phone.room)
    assert list(chat.rooms) == []
    assert list(chat.participants) == [phone.participant]


def test_what_a_device_says_while_another_catches_up_reaches_that_one_as_its_own() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    settle(chat, OwnName("Bob"))
    journal.settle()
    desk = RecordingListener(chat, "Bob", account=1)
    desk.say("before")
    journal.settle()
    phone = RecordingListener(chat, "Bob", start=Start(newest=5), account=1)
    journal.settle(1)
    desk.say("meanwhile")
    journal.settle()
    desk.say("live")
    journal.settle()
    assert [line.partition("] ")[2] or line for line in phone.received] == [
        "Bob: before",
        "You: meanwhile",
        "You: live",
    ]


def test_a_device_that_fails_takes_no_other_with_it(chat: Chat) -> None:
    class BrokenDialect:
        name = "broken"
        of_programs = False
        render = staticmethod(jsonl.render)
        echo = staticmethod(jsonl.echo)
        of_programs = True

        def on_other_device(self, event: object) -> bytes:
            raise ValueError(event)

    account = make_account(chat, "Bob")
    alice = RecordingListener(chat, "Alice")
    desk = RecordingListener(chat, "Bob", account=account)
    broken = RecordingListener(chat, "Bob", account=account, dialect=BrokenDialect())
    desk.say("hello")
    assert alice.received[-1] == "Bob: hello"
    assert (desk.failed, broken.failed, alice.failed) == (True, False, False)
