"""Framing: the same lines, however the stream of bytes is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.framing import EndlessLineError, Framer, TooLong


def framed(chunks: list[bytes], limit: int = 8, longest: int = 2) -> list[bytes | str]:
    """Return the lines in `chunks`, with "too long" and "endless" in place of such lines."""
    framer = Framer(limit, longest)
    lines: list[bytes | str] = []
    try:
        for part in (*map(framer.feed, chunks), framer.rest()):
            for line in part:
                lines.append("too long" if isinstance(line, TooLong) else line)
    except EndlessLineError:
        lines.append("endless")
    return lines


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"one\ntwo\r\n\n", [b"one", b"two", b""]),
        (b"no end", [b"no end"]),
        (b"12345678\n", [b"12345678"]),
        (b"12345678\r\n", [b"12345678"]),
        (b"123456789\nnext\n", ["too long", b"next"]),
        (b"1234567890123\n\nnext", ["too long", b"", b"next"]),
        (b"a\rb\n", [b"a\rb"]),
        (b"12345678901", ["too long"]),
        (b"x" * 31 + b"\nnext\n", ["too long", b"next"]),
        (b"next\n" + b"x" * 32, [b"next", "endless"]),
        (b"next\n" + b"x" * 32 + b"\nnext\n", [b"next", "endless"]),
    ],
)
def test_lines_are_the_same_whole_and_byte_by_byte(stream: bytes, lines: list[bytes | str]) -> None:
    assert framed([stream]) == lines
    assert framed([bytes([byte]) for byte in stream]) == lines


@given(st.lists(st.lists(st.sampled_from([b"x", b"\r", b"\n", b"y" * 9])).map(b"".join)))
def test_the_lines_do_not_depend_on_where_the_stream_is_cut(chunks: list[bytes]) -> None:
    assert framed([b"".join(chunks)]) == framed(chunks)


def test_a_long_line_without_an_end_is_not_stored() -> None:
    framer = Framer(8, 0)
    for _ in range(100):
        assert list(framer.feed(b"x" * 1000)) == []
    assert framer.overlong
    assert framer._tail == b""
    assert [type(line) for line in framer.feed(b"\nnext\n")] == [TooLong, bytes]
    assert not framer.overlong


def test_the_first_line_can_change_the_limit_of_the_second() -> None:
    framer = Framer(3, 0)
    lines = framer.feed(b"abc\nabcdefgh\n")
    assert next(lines) == b"abc"
    framer.limit = 8
    assert list(lines) == [b"abcdefgh"]


def test_blank_lines_are_skipped_if_they_have_no_meaning() -> None:
    framer = Framer(8, 2)
    framer.yield_blanks = False
    assert list(framer.feed(b"\n\r\none\n\n\ntwo\r\n\n")) == [b"one", b"two"]


def test_an_endless_line_is_given_up_even_without_a_limit() -> None:
    assert framed([b"x" * 31, b"\n", b"x" * 31, b"x"], limit=0) == [b"x" * 31, "endless"]


def test_a_limit_of_0_means_no_limit() -> None:
    assert framed([b"x" * 100_000 + b"\n"], limit=0, longest=0) == [b"x" * 100_000]
