"""Quiet participants in rooms: guests, and the devices of an account."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.quiet import quiet_names
from netchat.dialects.jsonl import dialect as jsonl
from netchat.journal.memory.journal import MemoryJournal
from netchat.state.changes import OwnName
from tests.support.accounts import make_account, settle
from tests.support.listeners import JsonListener, ManualTurn, RecordingListener, immediate_chat


def test_an_account_is_quiet_where_all_its_devices_are() -> None:
    chat = immediate_chat()
    account = make_account(chat, "Bob")
    alice, ci = RecordingListener(chat, "Alice"), JsonListener(chat, "ci")
    room = alice.room
    assert room is not None
    ci.writes.clear()
    tail = RecordingListener(chat, "Bob", account=account, quiet=True, dialect=jsonl)
    assert quiet_names(room) == ("Bob",)
    desk = RecordingListener(chat, "Bob", account=account)
    second = RecordingListener(chat, "Bob", account=account)
    assert quiet_names(room) == ()
    actions.leave_chat(chat, desk.participant)
    assert quiet_names(room) == ()
    actions.leave_chat(chat, second.participant)
    assert quiet_names(room) == ("Bob",)
    actions.leave_chat(chat, tail.participant)
    assert quiet_names(room) == ()
    assert alice.received == ["* ci joined", "* Bob joined", "* Bob left"]
    assert [(event["type"], event.get("quiet", False)) for event in ci.events] == [
        ("joined", True),
        ("joined", False),
        ("joined", True),
        ("left", True),
    ]


def test_joins_in_one_turn_are_merged_apart_from_the_quiet_ones() -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    alice, ci = RecordingListener(chat, "Alice"), JsonListener(chat, "ci")
    turn.end()
    for guest in (alice, ci):
        guest.writes.clear()
    for number in range(4):
        RecordingListener(chat, f"Guest{number}", quiet=number % 2 == 1)
    turn.end()
    assert alice.received == ["* Guest0 and Guest2 joined"]
    assert [(event["names"], event.get("quiet")) for event in ci.events] == [
        (["Guest0", "Guest2"], None),
        (["Guest1", "Guest3"], True),
    ]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["Ann", "Bob", "Own", "Own"]),
        st.sampled_from(["come", "come quietly", "leave first", "leave last"]),
        st.booleans(),
    ),
    max_size=24,
)


@given(STEPS)
def test_who_reads_all_joins_and_leaves_knows_who_is_quiet(
    steps: list[tuple[str, str, bool]],
) -> None:
    turn = ManualTurn()
    chat = Chat(MemoryJournal(), later=turn.later, now=lambda: 0.0)
    settle(chat, OwnName("Own"))
    turn.end()
    watcher = JsonListener(chat, "watcher")
    turn.end()
    here: dict[str, list[RecordingListener]] = {"Ann": [], "Bob": [], "Own": []}
    for name, step, ends_turn in steps:
        guests = here[name]
        if step.startswith("leave"):
            if guests:
                leaving = guests.pop(0 if step == "leave first" else -1)
                actions.leave_chat(chat, leaving.participant)
        elif len(guests) < (3 if name == "Own" else 1):
            quiet, account = step == "come quietly", int(name == "Own")
            guests.append(
                RecordingListener(chat, name, account=account, quiet=quiet, dialect=jsonl)
            )
        if ends_turn:
            turn.end()
    turn.end()
    known: dict[str, bool] = {"watcher": False}
    for event in watcher.events[1:]:
        for name in event.get("names", ()):
            if event["type"] == "joined":
                known[name] = event.get("quiet", False)
            elif event["type"] == "left":
                del known[name]
    room = watcher.room
    assert room is not None
    assert set(known) == set(room.names)
    assert {name for name, quiet in known.items() if quiet} == set(quiet_names(room))
