"""The line below the prompt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation.interfaces import OpenRoom
from netchat.client.frontends.cells import width_of
from netchat.client.frontends.status_line import Figures, status_line

LOBBY = OpenRoom("lobby", members=14, topic="breakfast", current=True)
DEV = OpenRoom("dev", unread=3, members=5)
OPS = OpenRoom("ops", unread=1, mentions=1, members=2)
BOB = OpenRoom("Bob", "talk", unread=1)
QUIET = OpenRoom("quiet", members=2)


def shown(
    *rooms: OpenRoom, columns: int = 80, online: bool = True, delay: float | None = 0.002
) -> str:
    return "".join(text for _, text in status_line(Figures(rooms, online, delay), columns))


def test_a_wide_terminal_has_the_rooms_the_topic_the_connection_and_the_help() -> None:
    line = shown(LOBBY, DEV, OPS, BOB)
    rooms = "[1:lobby] 14 | 2:dev 3 | 3:ops @1 | 4:Bob 1"
    assert " ".join(line.split()) == f"{rooms} breakfast connected, 2 ms /help"
    assert line.startswith(" [1:lobby]")
    assert len(line) == 80
    line = shown(LOBBY, DEV, OPS, BOB, columns=100)
    rooms = "[1:lobby] 14 here | 2:dev 3 | 3:ops @1 | 4:Bob 1"
    assert " ".join(line.split()) == f"{rooms} breakfast connected, 2 ms /help"


def test_the_current_room_and_the_numbers_for_alt_can_be_told_without_colours() -> None:
    dev, talk = replace(DEV, current=True), replace(BOB, current=True)
    assert shown(LOBBY).startswith(" lobby 14 here ")
    assert shown(QUIET, dev, BOB).startswith(" 1:quiet | [2:dev] 5 here | 3:Bob 1  ")
    assert shown(QUIET, talk).startswith(" 1:quiet | [2:Bob]  ")
    many = [*[replace(QUIET, name=f"r{number}") for number in range(8)], LOBBY, DEV]
    assert shown(*many, columns=120).startswith(" 1:r0 | 2:r1 | ")
    assert "| 8:r7 | [9:lobby] 14 here | dev 3 " in shown(*many, columns=120)


def test_twenty_columns_have_the_room_and_who_mentions_the_user() -> None:
    assert shown(LOBBY, DEV, OPS, BOB, columns=20) == " [lobby] 14 | ops @1"
    assert shown(LOBBY, QUIET, columns=20) == " [lobby] 14 | quiet"
    assert shown(LOBBY, columns=20) == " lobby 14       2 ms"


def test_rooms_stand_in_their_order_whatever_is_left_out() -> None:
    assert shown(QUIET, DEV, OPS, LOBBY, BOB, columns=31) == " ops @1 | [lobby] 14 | Bob 1 +1"
    assert shown(QUIET, DEV, OPS, LOBBY, BOB, columns=39) == " dev 3 | ops @1 | [lobby] 14 | Bob 1"


def test_a_lost_connection_is_told_however_narrow_the_terminal() -> None:
    assert "not connected  /help" in shown(LOBBY, online=False)
    assert shown(LOBBY, DEV, OPS, online=False, columns=20).endswith("offline")


def test_lines_that_do_not_mention_the_user_are_counted_too() -> None:
    assert "ops 7 @2" in shown(LOBBY, replace(OPS, unread=7, mentions=2))


def test_the_current_room_and_the_news_are_not_dim() -> None:
    styles = {
        text: style for style, text in status_line(Figures((LOBBY, DEV, QUIET), True, None), 80)
    }
    assert styles["[1:lobby] 14 here"] == "class:current"
    assert "class:news" in styles["2:dev 3"]
    assert styles["3:quiet"] == "class:status"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0001, "1 ms"), (0.25, "250 ms"), (2.04, "2.0 s"), (None, "connected ")],
)
def test_the_delay_has_a_unit(seconds: float | None, words: str) -> None:
    assert words in shown(LOBBY, delay=seconds)


NAMES = st.text(st.sampled_from("a語עش👨\u200d👩🇩🇪👍🏽é\u0301\u202e\x1b"), min_size=1, max_size=30)
ROOMS = st.builds(
    OpenRoom,
    NAMES,
    st.sampled_from(["room", "talk"]),
    st.integers(0, 2000),
    st.integers(0, 3),
    st.integers(0, 2000),
    NAMES,
)


@given(st.lists(ROOMS, max_size=12), st.integers(1, 200), st.booleans())
def test_it_is_one_row_in_every_width(rooms: list[OpenRoom], columns: int, online: bool) -> None:
    rooms[:1] = [replace(room, current=True) for room in rooms[:1]]
    line = shown(*rooms, columns=columns, online=online)
    assert width_of(line) <= columns
    assert not set(line) & set("\x1b\u202e\u200d")
