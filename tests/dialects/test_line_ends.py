"""Line ends of telnet and of old clients: the same lines as with LF, however they are cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.framing import Framer, TooLong
from netchat.dialects.text.line_ends import LineEnds
from netchat.testing import Network

BOM = b"\xef\xbb\xbf"


def lines_in(chunks: list[bytes]) -> list[bytes]:
    """Return the lines that the server takes from `chunks`, blank ones too."""
    ends, framer = LineEnds(b"{"), Framer(1000, 0)
    lines: list[bytes] = []
    for chunk in chunks:
        for line in framer.feed(ends.translate(chunk)):
            assert not isinstance(line, TooLong)
            lines.append(line)
    return lines


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"Bob\nhi\n", [b"Bob", b"hi"]),
        (b"Bob\r\nhi\r\n", [b"Bob", b"hi"]),
        (b"Bob\r\0hi\r\0", [b"Bob", b"hi"]),
        (b"Bob\rhi\r", [b"Bob", b"hi"]),
        (b"Bob\r\r\nhi\r\r\n", [b"Bob", b"hi"]),
        (b"Bob\r\r\r\n", [b"Bob"]),
        (b"Bob\r\r\0hi\r", [b"Bob", b"hi"]),
        (b"Bob\r\nhi\r\0there\n", [b"Bob", b"hi", b"there"]),
        (b"Bob\r\0hi\nthere\r\n", [b"Bob", b"hi", b"there"]),
        (b"\r\0Bob\r\0", [b"", b"Bob"]),
        (b"\r\0\r\0Bob\r\0", [b"", b"", b"Bob"]),
        (b"\r\nBob\r\n", [b"", b"Bob"]),
        (BOM + b"Bob\rhi\r", [BOM + b"Bob", b"hi"]),
    ],
)
def test_each_line_end_ends_a_line(stream: bytes, lines: list[bytes]) -> None:
    assert lines_in([stream]) == lines
    assert lines_in([bytes([byte]) for byte in stream]) == lines


def test_a_line_is_complete_at_its_bare_cr() -> None:
    assert lines_in([b"Bob\r"]) == [b"Bob"]
    assert lines_in([b"Bob\r", b"hi\r"]) == [b"Bob", b"hi"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n"])
def test_a_bare_cr_is_text_for_a_client_that_ends_its_first_line_otherwise(end: bytes) -> None:
    """It must not be a hidden line break, behind which a command begins."""
    stream = b"Bob" + end + b"10%\r20%\r/nick Eve" + end
    assert lines_in([stream]) == [b"Bob", b"10%\r20%\r/nick Eve"]
    assert lines_in([bytes([byte]) for byte in stream]) == lines_in([stream])


@pytest.mark.parametrize("start", [b"{", BOM + b"{"])
def test_nothing_changes_in_what_a_program_sends(start: bytes) -> None:
    """In JSON, CR is a blank between two tokens."""
    stream = start + b'"type":\r"bye"}\r\n{"a":\r\r\n1}\r\0\n'
    ends = LineEnds(b"{")
    assert ends.translate(stream) == stream
    assert ends.is_verbatim
    ends = LineEnds(b"{")
    assert b"".join(ends.translate(bytes([byte])) for byte in stream) == stream


PIECES = st.sampled_from([b"x", b"{", b"\r", b"\n", b"\0", b"\xef", b"\xbb", b"\xbf"])


@given(st.lists(st.lists(PIECES).map(b"".join)))
def test_the_lines_do_not_depend_on_where_the_stream_is_cut(chunks: list[bytes]) -> None:
    assert lines_in(chunks) == lines_in([b"".join(chunks)])


@given(
    st.lists(st.text("ab é{", min_size=1).filter(lambda text: text[0] != "{"), min_size=1),
    st.sampled_from([b"\n", b"\r\n", b"\r\0", b"\r", b"\r\r\n"]),
    st.data(),
)
def test_a_client_may_end_its_lines_in_any_way(
    texts: list[str], end: bytes, data: st.DataObject
) -> None:
    lines = [text.encode() for text in texts]
    stream = b"".join(line + end for line in lines)
    cut = data.draw(st.integers(0, len(stream)))
    assert lines_in([stream[:cut], stream[cut:]]) == lines


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\0", b"\r", b"\r\r\n"])
@pytest.mark.parametrize("by_byte", [False, True])
def test_a_guest_talks_with_any_line_end(end: bytes, by_byte: bool, network: Network) -> None:
    alice = network.join("Alice")
    bob = network.guest()
    stream = b"Bob" + end + b"hi" + end + b"/names" + end
    for piece in [bytes([byte]) for byte in stream] if by_byte else [stream]:
        bob.send(piece)
    assert alice.heard() == ["* Bob joined", "Bob: hi"]
    assert bob.heard()[-1] == "* In lobby: Alice, Bob"


def test_each_line_of_an_old_client_counts_for_the_rate_limit() -> None:
    network = Network("--rate", "1", "--burst", "2")
    alice = network.join("Alice")
    bob = network.guest()
    bob.send(b"Bob\r")
    bob.send(b"".join(b"%d\r" % number for number in range(5)))
    assert alice.heard() == ["* Bob joined", "Bob: 0", "Bob: 1"]
    network.advance(1)
    assert alice.heard() == ["Bob: 2"]


def test_json_lines_go_on_after_a_line_end_of_any_kind(network: Network) -> None:
    alice = network.join("Alice")
    bot = network.guest()
    hello = json.dumps({"type": "hello", "name": "Bot"}).encode()
    bot.send(hello + b"\r\n" + b'{"type":"say",\r"room":"lobby","text":"a"}\n')
    assert alice.heard() == ["* Bot joined", "Bot: a"]
