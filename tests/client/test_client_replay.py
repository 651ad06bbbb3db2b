"""What of a room's past was missed during a cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netchat.client.heard import Came, Heard, Notice, Past, Said
from netchat.client.lines import parse
from netchat.client.replay import Memory

OWN = {"Alice", "Alicia"}


def past(*lines: str) -> list[Heard]:
    return [parse(f"[14:02] {line}") for line in lines]


def sifted(memory: Memory, entry: list[Heard], room: str = "lobby") -> list[str]:
    return [heard.text for heard, _ in memory.sift(room, entry)]


def seen(*lines: str) -> Memory:
    """A memory that came into an empty lobby, and heard `lines` there."""
    memory = Memory(OWN)
    assert sifted(memory, []) == []
    for line in lines:
        memory.note("lobby", parse(line))
    return memory


def test_on_the_first_visit_all_of_the_past_is_told_and_none_of_it_was_missed() -> None:
    entry = [Notice("* Topic: x"), *past("Bob: one", "Alice: two")]
    assert list(Memory(OWN).sift("lobby", entry)) == [(heard, False) for heard in entry]


def test_after_a_cut_only_what_was_missed_is_told() -> None:
    memory = seen("Bob: one", "Bob: two")
    assert sifted(memory, past("Bob: one", "Bob: two", "Bob: three")) == ["[14:02] Bob: three"]


def test_what_was_missed_is_told_as_missed() -> None:
    memory = seen("Bob: one")
    ((heard, missed),) = memory.sift("lobby", past("Bob: one", "Bob: two"))
    assert isinstance(heard, Past)
    assert missed


def test_nothing_is_told_if_nothing_was_missed() -> None:
    memory = seen("Bob: one", "Bob: two")
    assert sifted(memory, past("Bob: one", "Bob: two")) == []


def test_a_second_cut_does_not_tell_again_what_the_first_missed() -> None:
    memory = seen("Bob: one")
    sifted(memory, past("Bob: one", "Bob: two"))
    assert sifted(memory, past("Bob: one", "Bob: two")) == []


def test_the_same_words_said_again_are_new() -> None:
    memory = seen("Bob: ok")
    assert sifted(memory, past("Bob: ok", "Bob: ok")) == ["[14:02] Bob: ok"]


def test_who_came_and_went_between_is_no_gap_in_the_past() -> None:
    memory = seen("Bob: one", "* Carol joined", "* Bob waves", "* Carol left", "Bob: two")
    told_again = past("Bob: one", "* Bob waves", "Bob: two", "* Bob sleeps")
    assert sifted(memory, told_again) == ["[14:02] * Bob sleeps"]


def test_own_lines_are_on_the_screen_already_under_whatever_name() -> None:
    memory = seen("Bob: one", "Bob: two")
    told_again = past("Bob: one", "Alice: hi", "Bob: two", "Alicia: bye", "* Alice waves")
    assert sifted(memory, told_again) == []


def test_a_past_that_does_not_reach_back_to_what_was_seen_may_have_a_gap_and_says_so() -> None:
    memory = seen("Bob: one")
    hint, *told = sifted(memory, past("Bob: eight", "Bob: nine"))
    assert hint == "* More may have been said meanwhile; /history 500 shows more of it."
    assert told == ["[14:02] Bob: eight", "[14:02] Bob: nine"]


def test_what_was_told_on_the_first_visit_is_missed_in_a_past_that_does_not_reach_back() -> None:
    memory = Memory(OWN)
    sifted(memory, past("Bob: one"))
    told = list(memory.sift("lobby", past("Bob: nine")))
    assert [missed for _, missed in told] == [True, True]
    assert told[0][0].text.startswith("* More may have been said")


def test_a_room_that_was_silent_has_no_gap() -> None:
    assert sifted(seen("* Bob joined"), past("Bob: one")) == ["[14:02] Bob: one"]


def test_a_past_that_reaches_back_further_than_before_tells_only_the_end() -> None:
    memory = Memory(OWN)
    sifted(memory, past("Bob: two"))
    assert sifted(memory, past("Bob: one", "Bob: two", "Bob: three")) == ["[14:02] Bob: three"]


def test_each_room_has_its_own_past() -> None:
    memory = seen("Bob: one")
    assert sifted(memory, past("Bob: one"), room="dev") == ["[14:02] Bob: one"]


def test_what_is_said_while_entering_is_told_and_remembered() -> None:
    memory = seen("Bob: one")
    live = [Said("Bob: two", "Bob"), Came("* Carol joined", ("Carol",))]
    assert sifted(memory, [*past("Bob: one"), *live]) == ["Bob: two", "* Carol joined"]
    assert sifted(memory, past("Bob: one", "Bob: two")) == []


def test_a_server_cannot_make_us_remember_rooms_without_end() -> None:
    memory = seen("Bob: one")
    for number in range(100):
        sifted(memory, [], room=f"room{number}")
    assert sifted(memory, past("Bob: one")) == ["[14:02] Bob: one"]


@given(
    before=st.integers(0, 30), during=st.integers(0, 30), limit=st.integers(1, 50), data=st.data()
)
def test_however_long_the_cut_nothing_that_the_server_still_tells_is_lost_or_doubled(
    before: int, during: int, limit: int, data: st.DataObject
) -> None:
    """Every line is different here; notices come in between at random."""
    lines = [f"Bob: {number}" for number in range(before + during)]
    memory = seen()
    for line in lines[:before]:
        if data.draw(st.booleans()):
            memory.note("lobby", parse("* Carol joined"))
        memory.note("lobby", parse(line))
    told = sifted(memory, past(*lines[-limit:]))
    expected = [f"[14:02] {line}" for line in lines[before:][-limit:]]
    assert [line for line in told if not line.startswith("*")] == expected
    assert len(told) == len(expected) + (before > 0 and during >= limit)
