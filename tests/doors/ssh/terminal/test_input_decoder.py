"""What the keys and pastes of a user become, whatever pieces they arrive in."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.doors.ssh.terminal.input_decoder import Input, InputDecoder, Key, Text
from netchat.doors.ssh.terminal.paste import (
    BEGIN,
    END,
    MAX_PASTE,
    PASTE_SILENCE,
    PASTE_TIME,
    TOO_LATE,
    TOO_LONG,
    Paste,
)

PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [
                BEGIN,
                END,
                b"\x1b",
                b"\x1b[",
                b"\x1b[1;",
                b"\x1bO",
                b"\x1b[A",
                b"\r",
                "é日👨‍👩‍👧".encode(),
            ]
        ),
    ),
    max_size=20,
)


class Terminal:
    """A decoder, and a clock that the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.decoder = InputDecoder(lambda: self.seconds)

    def sends(self, *pieces: bytes) -> list[Input]:
        """Return what the `pieces` are decoded to; neighbouring texts are joined."""
        joined: list[Input] = []
        for piece in pieces:
            for one in self.decoder.feed(piece):
                if isinstance(one, Text) and joined and isinstance(before := joined[-1], Text):
                    joined[-1] = Text(before.text + one.text)
                else:
                    joined.append(one)
        return joined


def one_by_one(data: bytes) -> list[bytes]:
    return [data[place : place + 1] for place in range(len(data))]


@pytest.mark.parametrize(
    ("sent", "names"),
    [
        (b"\x1b[A", ["up"]),
        (b"\x1bOA", ["up"]),
        (b"\x1b[H\x1b[F", ["home", "end"]),
        (b"\x1b[1;5D", ["c-left"]),
        (b"\x1bb\x1b\x7f", ["escape b", "escape c-h"]),
        (b"\x1b[5~", ["pageup"]),
        (b"\x1b1", ["escape 1"]),
        (b"\r", ["c-m"]),
        (b"\x1b\r", ["escape c-m"]),
        (b"\x7f\x08", ["c-h", "c-h"]),
        (b"\x1b[Z", ["s-tab"]),
        (b"\x1b[1;3D", ["escape left"]),
        (b"\x1b[57422u", []),
        (b"\x1b[?1;2c", []),
        (b"\x1b[201~", []),
        (b"\x1b\x1b[A", ["up"]),
        (b"\x1b[<0;1;1M", []),
        ("\x85\x9b".encode(), []),
    ],
)
def test_a_key_is_known_in_one_piece_and_byte_by_byte(sent: bytes, names: list[str]) -> None:
    assert Terminal().sends(sent) == [Key(name) for name in names]
    assert Terminal().sends(*one_by_one(sent)) == [Key(name) for name in names]


def test_letters_may_arrive_byte_by_byte() -> None:
    text = "é日本👨‍👩‍👧e\u0301"
    assert Terminal().sends(*one_by_one(text.encode())) == [Text(text)]


def test_what_is_not_utf_8_is_shown_as_such() -> None:
    assert Terminal().sends(b"a\xff\xe6b") == [Text("a\ufffd\ufffdb")]


@pytest.mark.parametrize("text", ["one", "one\rtwo\r", "\x1b[A\x03 é日\x1b[20", ""])
def test_a_paste_is_split_at_every_byte(text: str) -> None:
    sent = b"a" + BEGIN + text.encode() + END + b"b"
    expected = [Text("a"), Paste(text), Text("b")]
    for cut in range(len(sent)):
        assert Terminal().sends(sent[:cut], sent[cut:]) == expected
    assert Terminal().sends(*one_by_one(sent)) == expected


def test_only_the_beginning_of_a_long_paste_is_there() -> None:
    sent = BEGIN + b"x" * (MAX_PASTE + 10) + END + b"b"
    expected = [Paste("x" * MAX_PASTE, TOO_LONG), Text("b")]
    assert Terminal().sends(sent) == expected
    assert Terminal().sends(*one_by_one(sent)) == expected


def test_a_paste_that_never_ends_costs_linear_and_keeps_little() -> None:
    terminal = Terminal()
    assert terminal.sends(BEGIN, *[b"x" * 1000] * 8000) == []
    assert terminal.decoder.steps < 8000 * 1000 * 1.1
    assert terminal.sends(END) == [Paste("x" * MAX_PASTE, TOO_LONG)]


def test_what_follows_a_late_paste_is_dropped_up_to_its_end() -> None:
    terminal = Terminal()
    assert terminal.sends(BEGIN, b"one\r") == []
    terminal.seconds = PASTE_TIME + 1
    assert terminal.sends(b"two\r") == [Paste("one\r", TOO_LATE)]
    assert terminal.sends(b"three\r", END, b"four") == [Text("four")]


def test_a_late_paste_without_an_end_ends_in_a_silence() -> None:
    terminal = Terminal()
    terminal.sends(BEGIN, b"one")
    terminal.seconds = PASTE_TIME
    assert list(terminal.decoder.paste_timed_out()) == [Paste("one", TOO_LATE)]
    assert list(terminal.decoder.paste_timed_out()) == []
    assert terminal.sends(b"two\r") == []
    terminal.seconds += PASTE_SILENCE
    assert terminal.sends(b"x") == [Text("x")]


def test_a_sequence_that_never_ends_is_dropped_up_to_its_last_character() -> None:
    terminal = Terminal()
    assert terminal.sends(b"\x1b[", *[b"1;" * 500] * 200) == []
    assert terminal.decoder.steps < 200 * 1000 * 3
    assert terminal.sends(b"mx") == [Text("x")]


@given(PIECES)
def test_no_bytes_raise_and_the_pieces_do_not_matter(pieces: list[bytes]) -> None:
    sent = b"".join(pieces)
    terminal = Terminal()
    whole = terminal.sends(sent)
    split = Terminal()
    assert split.sends(*pieces) == whole
    assert Terminal().sends(*one_by_one(sent)) == whole
    for one in whole:
        assert not isinstance(one, Text) or one.text.isprintable() or not one.text.isascii()
    # Each piece may look again at what is not complete.
    bound = list(accumulate(len(piece) for piece in pieces))[-1:] or [0]
    assert split.decoder.steps <= 3 * bound[0] + 40 * len(pieces)
