"""The lines of an input, as they are buffered until they can be sent."""

from __future__ import annotations

import pytest

from netchat.client.frontends.input_buffer import InputBuffer


def lines_in(*reads: bytes) -> list[object]:
    buffer = InputBuffer(lambda: None)
    for read in reads:
        buffer.feed(read)
    buffer.end()
    lines: list[object] = []
    while (line := buffer.next()) is not None:
        lines.append(line)
    return lines


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_before_the_first_line_is_ignored(mark: bytes, end: bytes) -> None:
    stream = mark + b"/names" + end + b"\xef\xbb\xbfhi" + end
    lines = [b"/names", b"\xef\xbb\xbfhi"]
    assert lines_in(stream) == lines
    assert lines_in(*(bytes([byte]) for byte in stream)) == lines
    assert lines_in(mark + b"hi") == [b"hi"]
