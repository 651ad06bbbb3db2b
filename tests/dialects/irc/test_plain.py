"""Many plain lines of IRC are taken together, and anything else one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.message import Message, parse
from netchat.dialects.irc.plain import parse_plain

LINES = st.lists(
    st.sampled_from(["PRIVMSG #a :x y", "PRIVMSG #a :::", "PRIVMSG #b :z", "PRIVMSG #a,b :x",
                     "PRIVMSG #a x", "@a=b PRIVMSG #a :x", "QUIT :PRIVMSG #a :x", "PRIVMSG #a : ",
                     "PRIVMSG #a :", "PRIVMSG Ann :x", "PRIVMSG #a :\x01VERSION\x01", ""]),
    min_size=1,
)  # fmt: skip


@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_what_is_taken_together_is_what_each_line_says(lines: list[str], end: str) -> None:
    taken = parse_plain("".join(f"{line}{end}" for line in lines).encode())
    if taken is not None:
        channel = f"#{taken.room}"
        assert [parse(line.encode()) for line in lines] == [
            Message("PRIVMSG", (channel, text)) for text in taken.texts
        ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_plain_lines_to_one_room_are_taken_together(end: bytes) -> None:
    taken = parse_plain(b"PRIVMSG #dev :one two" + end + b"PRIVMSG #dev ::)" + end)
    assert taken is not None
    assert (taken.room, taken.texts) == ("dev", ("one two", ":)"))
