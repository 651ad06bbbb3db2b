"""Deleted texts are taken out of what waits to be sent: lines, pages, matches and tails."""

from __future__ import annotations

from netchat.chat.changes import change_as
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.delivery.deletions import without_texts
from netchat.chat.delivery.tail import Tail
from netchat.model.answers import Found
from netchat.model.events import Gap, Past, Renamed, Repeated, Said, SaidLines
from netchat.state.changes import CONSOLE, DeleteLines
from tests.support.listeners import JsonListener, ManualTurn, RecordingListener, SlowJournal


def line(id: int, text: str = "secret") -> Said:
    return Said("lobby", "Carol", text, 0, id=id)


GONE = Said("lobby", "Carol", "", 0, id=2, deleted=True)


def test_the_text_goes_from_every_event_that_has_it() -> None:
    gap = Gap("lobby", 3, 4)
    lines = SaidLines("lobby", "Carol", ("one", "two", "three"), 0, first=1)
    assert without_texts(line(2), "lobby", {2}) == GONE
    assert without_texts(Repeated(line(2)), "lobby", {2}) == Repeated(GONE)
    assert without_texts(Past("lobby", (line(1), line(2), gap), False), "lobby", {2}) == Past(
        "lobby", (line(1), GONE, gap), False
    )
    found = without_texts(Found("lobby", "secret", (line(1), line(2))), "lobby", {2})
    assert found == Found("lobby", "secret", (line(1),))
    without = without_texts(lines, "lobby", {2, 9})
    assert isinstance(without, SaidLines)
    assert [(said.text, said.deleted) for said in without.each()] == [
        ("one", False),
        ("", True),
        ("three", False),
    ]


def test_other_events_rooms_and_lines_stay_as_they_are() -> None:
    for event in (line(2), Renamed("Carol", "Caz"), Repeated(line(3))):
        assert without_texts(event, "other", {2}) is event or event == without_texts(
            event, "other", {2}
        )
    assert without_texts(line(1), "lobby", {2}) is not GONE


def test_a_tail_keeps_its_numbers_without_the_text() -> None:
    tail = Tail(0)
    for id in (1, 2, 3):
        tail.add(line(id))
    tail.delete("lobby", {2})
    assert [getattr(event, "text", None) for event in tail.since(0)] == ["secret", "", "secret"]
    assert tail.end == 3


def test_a_page_that_was_read_before_the_deletion_comes_without_the_text() -> None:
    journal, turn = SlowJournal(), ManualTurn()
    chat = Chat(journal, later=turn.later, now=lambda: 0.0)

    def settle() -> None:
        while turn.pending or journal.waiting:
            turn.end()
            journal.settle()

    bob = RecordingListener(chat, "Bob")
    settle()
    bob.say("secret")
    settle()
    late = JsonListener(chat, "Dave", start=Start(after=0))
    turn.end()
    journal.settle(1)  # The join is settled, and the page is asked for.
    read = journal.waiting.pop()
    found: list[object] = []
    # The journal reads the page now, and the answer comes after the deletion.
    held = journal._memory.read

    def hold(room: str, span: object, reply: object) -> None:
        held(room, span, found.append)  # type: ignore[arg-type]
        found.append(reply)

    journal._memory.read = hold  # type: ignore[method-assign, assignment]
    read()
    journal._memory.read = held  # type: ignore[method-assign]
    page, reply = found
    change_as(chat, CONSOLE, DeleteLines("lobby", (1,)), lambda _: None)
    settle()
    assert callable(reply)
    reply(page)
    settle()
    assert b"secret" not in b"".join(str(event).encode() for event in late.events)
    assert [event.get("deleted") for event in late.events if event["type"] == "said"] == [True]
    assert late.types[-1] == "deleted"
