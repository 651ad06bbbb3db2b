"""Frames become messages, however the stream is cut, and any bytes are read or refused."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN

from netchat.dialects.framing import TooLong
from netchat.doors.web.handshake import Frames
from netchat.doors.web.message_reader import MessageReader
from netchat.model.disconnects import BYE

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 512


def reader() -> MessageReader:
    return MessageReader(Frames(state=OPEN), lambda: 0.0, LIMIT, 4096)


def messages(reading: MessageReader, pieces: Sequence[bytes]) -> list[bytes | TooLong]:
    """Return the messages that are read from a stream cut into `pieces`."""
    return [message for piece in pieces for message in reading.receive(piece)[0]]


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(ends)]


def fragments(text: bytes, places: Sequence[int]) -> list[Frame]:
    """Return the frames of `text`, cut at `places`."""
    parts = cut(text, places) or [b""]
    frames = [Frame(Opcode.CONT, part, fin=False) for part in parts]
    frames[0].opcode, frames[-1].fin = Opcode.TEXT, True
    return frames


PLACES = st.lists(st.integers(0, 10_000), max_size=8)


@given(st.lists(st.tuples(st.text(max_size=700), PLACES), max_size=5), PLACES)
def test_messages_are_the_same_however_they_and_the_stream_are_cut(
    texts: list[tuple[str, list[int]]], places: list[int]
) -> None:
    frames = [frame for text, where in texts for frame in fragments(text.encode(), where)]
    stream = b"".join(frame.serialize(mask=True) for frame in frames)
    reading = reader()
    expected = [text.encode() for text, _ in texts]
    assert messages(reading, cut(stream, places)) == [
        text if len(text) <= LIMIT else TooLong(text[:1]) for text in expected
    ]
    assert reading.closing is None


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_any_bytes_are_read_or_refused_and_nothing_is_read_after_that(pieces: list[bytes]) -> None:
    reading = reader()
    messages(reading, pieces)
    if reading.closing is not None:
        assert reading.close(1000, "")[0] == 0x88
        hello = Frame(Opcode.TEXT, b"{}").serialize(mask=True)
        assert reading.receive(hello) == ((), b"")


def test_a_pong_is_to_be_sent_before_the_message_that_the_ping_interrupts() -> None:
    reading = reader()
    first, last = fragments(b"{}", [1])
    ping = Frame(Opcode.PING, b"x")
    stream = b"".join(frame.serialize(mask=True) for frame in (first, ping))
    assert reading.receive(stream) == ([], Frame(Opcode.PONG, b"x").serialize(mask=False))
    assert reading.receive(last.serialize(mask=True)) == ([b"{}"], b"")


def test_invalid_text_is_found_at_the_end_of_its_frame() -> None:
    reading = reader()
    reading.receive(Frame(Opcode.TEXT, b"\xce\xba\xf4\x90", fin=False).serialize(mask=True))
    assert reading.closing is not None
    assert reading.close(1000, "")[2:4] == (1007).to_bytes(2, "big")


def test_a_close_between_two_fragments_is_answered_with_its_own_code() -> None:
    reading = reader()
    reading.receive(Frame(Opcode.TEXT, b"{", fin=False).serialize(mask=True))
    reading.receive(Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")).serialize(mask=True))
    assert reading.closing is BYE
    assert reading.close(1008, "")[2:4] == (1000).to_bytes(2, "big")


def test_several_lines_in_one_message_are_no_lines() -> None:
    reading = reader()
    assert reading.whole([b"{}", b"{ }"]) == b"{}\n{ }\n"
    assert reading.whole([b"{}\n{}"]) == b""
    assert reading.whole([b"{}", TooLong(b"{")]) == b""
    assert reading.count([b"{}\n{}", b"{}"]) == 2
