"""The room: one order, heard by everybody, whatever the journal and the turns are like."""

from __future__ import annotations

import pytest

from netchat.chat import actions
from netchat.chat.actions import RefusedError
from netchat.chat.chat import Chat
from netchat.dialects.text import dialect as text
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Closing, Event, Topic, TopicSet
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal, immediate_chat


def test_what_one_says_the_others_hear_and_he_gets_no_copy() -> None:
    chat = immediate_chat()
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    bob.say("good morning")
    assert alice.received == ["* Bob joined", "* Carol joined", "Bob: good morning"]
    assert bob.received == ["* Carol joined"]
    assert carol.received == ["Bob: good morning"]


def test_rooms_do_not_hear_each_other() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    alice.say("cold here")
    bob.say("warm here")
    assert alice.received == bob.received == []


def test_a_guest_cannot_say_where_he_is_not() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    assert alice.room is not None
    with pytest.raises(RefusedError, match="not in north") as refused:
        actions.say(bob.chat, bob.participant, alice.room, "let me in")
    assert refused.value.code == "not-in-room"


def test_a_room_is_one_room_in_whatever_case_it_is_named() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "Dev"), RecordingListener(chat, "Bob", "dev")
    assert alice.room is bob.room
    assert [room.name for room in chat.rooms] == ["Dev"]


def test_a_room_that_nobody_spoke_in_is_gone_with_its_last_guest() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    bob.say("remember this")
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    assert [room.name for room in chat.rooms] == ["south"]


def test_a_room_is_there_until_all_who_leave_it_at_once_have_left() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice", "dev"), RecordingListener(chat, "Bob", "dev")
    turn.end()
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    turn.end()
    assert list(chat.rooms) == []
    assert not alice.failed
    assert not bob.failed


def test_a_topic_is_heard_and_outlives_the_guests() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    assert bob.room is not None
    actions.set_topic(bob.chat, bob.participant, bob.room, "fish")
    assert alice.received[-1] == bob.received[-1] == "* Bob changed the topic to: fish"
    actions.leave_chat(alice.chat, alice.participant)
    actions.leave_chat(bob.chat, bob.participant)
    assert RecordingListener(chat, "Carol").room is bob.room


def test_a_private_line_is_heard_by_two() -> None:
    chat = immediate_chat()
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    actions.tell(carol.chat, carol.participant, "alice", "psst")
    assert alice.received[-1] == "[Carol -> you] psst"
    assert carol.received == ["[you -> Alice] psst"]
    assert bob.received == ["* Carol joined"]


@pytest.mark.parametrize(("to", "code"), [("Nobody", "no-such-user"), ("alice", "bad-request")])
def test_a_private_line_needs_somebody_else_who_is_there(to: str, code: str) -> None:
    alice = RecordingListener(immediate_chat(), "Alice")
    with pytest.raises(RefusedError) as refused:
        actions.tell(alice.chat, alice.participant, to, "psst")
    assert refused.value.code == code


def test_a_new_name_is_heard_by_all_and_the_old_one_is_free() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    actions.rename(bob.chat, bob.participant, "Robert")
    bob.say("it is me")
    assert alice.received[-2:] == ["* Bob is now Robert", "Robert: it is me"]
    assert bob.received == ["* Bob is now Robert"]
    assert RecordingListener(chat, "Bob").participant.name == "Bob"


def test_a_guest_may_write_his_own_name_in_another_case() -> None:
    alice = RecordingListener(immediate_chat(), "alice")
    actions.rename(alice.chat, alice.participant, "Alice")
    assert alice.participant.name == "Alice"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("Ian", "name-taken", "Ian is taken"),
        ("IAN", "name-taken", "looks too much like Ian"),
        ("lan", "name-taken", "looks too much like Ian"),
        ("no way", "bad-name", "letters, digits"),
    ],
)
def test_nobody_gets_a_name_that_is_no_name_or_anothers(name: str, code: str, words: str) -> None:
    chat = immediate_chat()
    RecordingListener(chat, "Ian")
    with pytest.raises(RefusedError, match=words) as refused:
        RecordingListener(chat, name)
    assert refused.value.code == code
    assert len(chat.participants) == 1


def test_nobody_gets_a_name_that_is_his_own_and_anothers_too() -> None:
    chat = immediate_chat()
    ian, lan = RecordingListener(chat, "ian"), RecordingListener(chat, "lan")
    with pytest.raises(RefusedError, match="looks too much like lan"):
        actions.rename(ian.chat, ian.participant, "Ian")
    actions.leave_chat(lan.chat, lan.participant)
    actions.rename(ian.chat, ian.participant, "Ian")
    actions.leave_chat(ian.chat, ian.participant)
    assert len(chat.participants) == 0


def test_a_name_is_free_as_soon_as_its_guest_is_gone() -> None:
    chat = immediate_chat()
    actions.leave_chat(chat, RecordingListener(chat, "Alice").participant)
    assert RecordingListener(chat, "Alice").participant.name == "Alice"


def test_all_that_is_heard_in_a_turn_comes_in_one_write() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    turn.end()
    carol.writes.clear()
    alice.say("one")
    bob.say("two")
    actions.tell(bob.chat, bob.participant, "Carol", "three")
    alice.say("four")
    assert carol.writes == []
    turn.end()
    assert carol.writes == [["Alice: one", "Bob: two", "[Bob -> you] three", "Alice: four"]]
    assert alice.writes[-1] == ["Bob: two"]
    assert bob.writes[-1] == ["Alice: one", "[you -> Carol] three", "Alice: four"]


def test_a_crowd_that_comes_in_one_turn_is_told_in_one_line() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice = RecordingListener(chat, "Alice")
    turn.end()
    crowd = [RecordingListener(chat, f"Guest{number}") for number in range(16)]
    turn.end()
    assert alice.received == ["* Guest0, Guest1 and 14 others joined"]
    assert crowd[0].received == ["* Guest1, Guest2 and 13 others joined"]
    assert crowd[14].received == ["* Guest15 joined"]
    assert crowd[15].received == []
    for guest in crowd:
        guest.participant.detached = True
        actions.leave_chat(guest.chat, guest.participant)
    turn.end()
    assert alice.received[1:] == ["* Guest0, Guest1 and 14 others left"]


def test_of_very_much_the_rest_is_heard_in_another_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netchat.chat.sequencer.MAX_EVENTS_PER_DRAIN", 3)
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    alice.writes.clear()
    for number in range(7):
        bob.say(f"line {number}")
    turn.end()
    assert [len(lines) for lines in alice.writes] == [3, 3, 1]
    assert alice.received == [f"Bob: line {number}" for number in range(7)]


def test_who_hears_the_same_of_several_rooms_is_given_the_same_bytes() -> None:
    class Keeper(RecordingListener):
        def deliver(self, data: bytes) -> None:
            kept[self.participant.name] = data

    kept: dict[str, bytes] = {}
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    ears = [Keeper(chat, name, "north") for name in ("Alice", "Bob", "Carol", "Dave")]
    for ear in ears[:3]:
        actions.join(ear.chat, ear.participant, "south")
    turn.end()
    ears[3].say("cold")
    actions.say(chat, ears[0].participant, ears[0].participant.requested_rooms[1], "warm")
    turn.end()
    assert kept["Bob"] == b"Dave: cold\nAlice: warm\n"
    assert kept["Bob"] is kept["Carol"]
    assert kept["Alice"] == b"Dave: cold\n"


def test_the_list_of_rooms_is_made_anew_only_when_somebody_has_come_or_gone() -> None:
    chat = immediate_chat()
    alice, bob = RecordingListener(chat, "Alice", "north"), RecordingListener(chat, "Bob", "south")
    alice.say("cold here")
    listed = chat.list_rooms()
    assert listed.rooms == (("north", 1), ("south", 1))
    assert chat.list_rooms() is listed
    actions.leave_chat(alice.chat, alice.participant)
    carol = RecordingListener(chat, "Carol", "south")
    assert chat.list_rooms().rooms == (("south", 2),)
    for ear in (bob, carol):
        actions.leave_chat(ear.chat, ear.participant)
    assert chat.list_rooms().rooms == ()


def test_a_crowd_never_overtakes_what_was_said_nor_its_own_leaving() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice = RecordingListener(chat, "Alice")
    turn.end()
    bob = RecordingListener(chat, "Bob")
    bob.say("hello")
    actions.leave_chat(bob.chat, bob.participant)
    actions.leave_chat(chat, RecordingListener(chat, "Bob").participant)
    RecordingListener(chat, "Carol")
    turn.end()
    assert alice.received == [
        "* Bob joined",
        "Bob: hello",
        "* Bob left",
        "* Bob joined",
        "* Bob left",
        "* Carol joined",
    ]


def test_whoever_moves_within_a_turn_hears_the_old_room_before_and_the_new_one_after() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    north, south, alice = (
        RecordingListener(chat, "Nora", "n"),
        RecordingListener(chat, "Sara", "s"),
        RecordingListener(chat, "Alice", "n"),
    )
    turn.end()
    alice.writes.clear()
    north.say("before")
    south.say("too early")
    actions.join(alice.chat, alice.participant, "s")
    assert alice.room is not None
    actions.leave(alice.chat, alice.participant, alice.room)
    north.say("too late")
    south.say("after")
    turn.end()
    assert alice.writes == [["Nora: before", "Sara: after"]]


def test_who_sits_in_several_rooms_hears_them_in_one_order_and_nothing_twice() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice = RecordingListener(chat, "Alice", "n")
    actions.join(alice.chat, alice.participant, "s")
    north, south = RecordingListener(chat, "Nora", "n"), RecordingListener(chat, "Sara", "s")
    turn.end()
    alice.writes.clear()
    south.say("one")
    north.say("two")
    actions.join(north.chat, north.participant, "s")
    actions.rename(north.chat, north.participant, "Norah")
    south.say("three")
    turn.end()
    assert alice.received == [
        "Sara: one",
        "Nora: two",
        "* Nora joined",
        "* Nora is now Norah",
        "Sara: three",
    ]


def test_an_answer_does_not_overtake_what_was_asked_before() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    turn.end()
    bob.writes.clear()
    assert bob.room is not None
    room = bob.room
    actions.set_topic(alice.chat, alice.participant, room, "old")
    actions.set_topic(bob.chat, bob.participant, room, "new")
    bob.chat.ask(bob.participant, lambda: Topic(room.name, room.topic))
    actions.set_topic(alice.chat, alice.participant, room, "newest")
    turn.end()
    assert bob.received == [
        "* Alice changed the topic to: old",
        "* Bob changed the topic to: new",
        "* Topic: new",
        "* Alice changed the topic to: newest",
    ]


def test_nothing_is_heard_before_the_journal_has_settled_it() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    journal.settle()
    bob.say("one")
    alice.say("two")
    assert alice.received == ["* Bob joined"]
    journal.settle(1)
    assert alice.received[1:] == ["Bob: one"]
    assert bob.received == []
    journal.settle()
    assert bob.received == ["Alice: two"]


def test_what_is_still_on_its_way_when_a_guest_renames_and_leaves_keeps_its_order() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    bob.say("bye")
    actions.rename(bob.chat, bob.participant, "Rob")
    actions.leave_chat(bob.chat, bob.participant)
    bob = RecordingListener(chat, "Rob")
    journal.settle()
    assert alice.received == [
        "* Bob joined",
        "Bob: bye",
        "* Bob is now Rob",
        "* Rob left",
        "* Rob joined",
    ]


def test_a_room_that_somebody_is_on_his_way_into_stays_when_its_last_member_leaves() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice = RecordingListener(chat, "Alice", "dev")
    actions.leave_chat(alice.chat, alice.participant)
    bob = RecordingListener(chat, "Bob", "DEV")
    journal.settle()
    assert bob.room is not None
    assert bob.room.name == "dev"
    assert list(chat.rooms) == [bob.room]
    assert bob.room.names == ("Bob",)


def test_what_was_said_before_comes_first_however_long_it_takes_to_find() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    bob.say("one")
    journal.settle()
    bob.say("two")
    assert alice.room is not None
    alice.writes.clear()
    alice.recall(10)
    bob.say("three")
    alice.recall(1)
    bob.say("four")
    journal.settle()
    shown = [line.partition("] ")[2] or line for line in alice.received]
    assert shown == ["Bob: two", "Bob: one", "Bob: two", "Bob: three", "Bob: three", "Bob: four"]
    assert bob.received == []


def test_a_guest_who_waits_for_history_does_not_make_the_others_wait() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    journal.settle()
    alice.writes.clear()
    assert alice.room is not None
    alice.recall(10)
    journal.settle(1)
    read = journal.waiting.popleft()
    bob.say("hello")
    journal.settle()
    assert carol.received == ["Bob: hello"]
    assert alice.received == []
    read()
    assert alice.received == ["* Nothing has been said in lobby yet", "Bob: hello"]


def test_the_last_word_comes_behind_what_was_asked_and_then_the_guest_is_dismissed() -> None:
    journal = SlowJournal()
    chat = immediate_chat(journal)
    alice, bob = RecordingListener(chat, "Alice"), RecordingListener(chat, "Bob")
    journal.settle()
    assert bob.room is not None
    bob.recall(10)
    actions.disconnect(bob.chat, bob.participant, Closing("bye"))
    actions.leave_chat(bob.chat, bob.participant)
    alice.say("still there?")
    while journal.waiting:
        assert not bob.closed
        journal.settle(1)
    assert bob.received == ["* Nothing has been said in lobby yet", "DISCONNECTED!!"]
    assert bob.closed
    assert alice.received == ["* Bob joined", "* Bob left"]


def test_who_has_heard_his_last_hears_nothing_more() -> None:
    turn, journal = ManualTurn(), SlowJournal()
    chat = Chat(journal, later=turn.later, now=lambda: 0.0)
    alice, bob, carol = (RecordingListener(chat, name) for name in ("Alice", "Bob", "Carol"))
    turn.end()
    journal.settle()
    bob.writes.clear()
    assert carol.room is not None
    carol.recall(1)
    for ear in (bob, carol):
        actions.disconnect(ear.chat, ear.participant, Closing("shutdown", "Bye."))
    for words in ("in the same turn", "in the next turn"):
        alice.say(words)
        turn.end()
        journal.settle(1)
    journal.settle()
    alice.say("anybody?")
    turn.end()
    journal.settle()
    assert bob.received == ["! Bye."]
    assert carol.received == ["* Nothing has been said in lobby yet", "! Bye."]
    assert bob.closed
    assert carol.closed


class Dying(RecordingListener):
    """A listener whose connection dies while a greeting is written to it."""

    def deliver(self, data: bytes) -> None:
        if b"hello" in data:
            self.participant.detached = True
            actions.leave_chat(self.chat, self.participant)
        super().deliver(data)


def test_a_guest_who_dies_inside_a_write_is_not_seen_to_leave_before_what_killed_him() -> None:
    chat = immediate_chat()
    speaker, before, _, after = (
        ear(chat, name)
        for ear, name in (
            (RecordingListener, "Bob"),
            (RecordingListener, "Ann"),
            (Dying, "Dora"),
            (RecordingListener, "Zoe"),
        )
    )
    speaker.say("hello")
    assert before.received[-2:] == after.received[-2:] == ["Bob: hello", "* Dora left"]
    assert speaker.received[-1] == "* Dora left"


class Broken(RecordingListener):
    """A listener with a bug."""

    def deliver(self, data: bytes) -> None:
        raise ZeroDivisionError

    def entered(self, room: object, last: int) -> None:
        raise ZeroDivisionError


def test_a_bug_ends_the_guest_whom_it_meets_and_nobody_else() -> None:
    chat = immediate_chat()
    ann, broken, zoe = (
        RecordingListener(chat, "Ann"),
        Broken(chat, "Bug"),
        RecordingListener(chat, "Zoe"),
    )
    assert broken.failed
    broken.failed = False
    ann.say("hello")
    assert zoe.received == ["Ann: hello"]
    assert broken.failed


class Poisoned:
    """A dialect with a bug: it cannot tell of a topic."""

    def render(self, event: Event) -> bytes:
        return b"%d" % (1 // 0) if isinstance(event, TopicSet) else text.render(event)

    echo = staticmethod(text.echo)


def test_an_event_that_cannot_be_told_ends_who_caused_it_and_the_others_talk_on() -> None:
    chat = immediate_chat()
    ann, bob = RecordingListener(chat, "Ann"), RecordingListener(chat, "Bob")
    zoe = RecordingListener(chat, "Zoe", dialect=Poisoned())
    assert bob.room is not None
    actions.set_topic(bob.chat, bob.participant, bob.room, "fish")
    assert bob.failed
    ann.say("hello")
    assert zoe.received == bob.received[-1:] == ["Ann: hello"]


def test_a_question_that_cannot_be_answered_ends_only_who_asked() -> None:
    chat = immediate_chat()
    ann, zoe = RecordingListener(chat, "Ann"), RecordingListener(chat, "Zoe")
    ann.chat.ask(ann.participant, lambda: Topic("", str(1 // 0)))
    ann.say("hello")
    assert ann.failed
    assert zoe.received == ["Ann: hello"]


def test_who_leaves_two_rooms_in_a_turn_hears_once_what_happened_in_both() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    ann, zoe = RecordingListener(chat, "Ann"), RecordingListener(chat, "Zoe")
    for ear in (ann, zoe):
        actions.join(ear.chat, ear.participant, "dev")
    turn.end()
    actions.rename(ann.chat, ann.participant, "Anna")
    actions.leave_chat(zoe.chat, zoe.participant)
    turn.end()
    assert zoe.received.count("* Ann is now Anna") == 1
