"""Lines whose text a moderator has deleted."""

from __future__ import annotations

import time

import msgspec

from netchat.client.conversation.display_lines import DisplayLine, SaidLine
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl.state_events import Deleted
from tests.support.conversations import NOON, ConversationHarness, inside, said

TOLD = "* Mo deleted line 2 of Bob"
GONE = "* A line of Bob was deleted"


def test_a_line_that_waits_for_the_history_loses_its_text() -> None:
    harness = ConversationHarness(history=50)
    shown: list[DisplayLine] = []
    show = harness.frontend.show

    def record(line: DisplayLine) -> None:
        shown.append(line)
        show(line)

    harness.frontend.show = record  # type: ignore[method-assign]  # it is the one that is called
    harness.log_in(last=1)
    assert harness.receive(said(2, "Bob", "secret"), Deleted("lobby", 2, "Mo", "Bob")) == []
    history = wire.History("lobby", (said(1, "Bob", "one"),), more=False)
    assert harness.receive(history)[1:] == [GONE, TOLD]
    (line,) = (line for line in shown if isinstance(line, SaidLine))
    assert msgspec.json.decode(line.raw)["deleted"] is True
    assert b"secret" not in line.raw


def test_a_deleted_line_is_told_in_the_current_room_only() -> None:
    harness = inside()
    assert harness.receive(Deleted("lobby", 2, "Mo", "Bob")) == [TOLD]
    assert harness.receive(Deleted("dev", 2, "Mo", "Bob")) == []
    assert harness.receive(Deleted("lobby", 3, "Bob", "Bob")) == ["* Bob deleted their line 3"]


def test_a_deleted_line_of_the_history_keeps_its_place() -> None:
    harness = inside()
    harness.say("/history")
    deleted = msgspec.structs.replace(said(1, "Bob", ""), deleted=True)
    page = wire.History("lobby", (deleted, said(2, "Bob", "two")), more=False)
    noon = time.strftime("%H:%M", time.localtime(NOON))
    assert harness.receive(page) == [f"[{noon}] {GONE}", f"[{noon}] Bob: two"]
