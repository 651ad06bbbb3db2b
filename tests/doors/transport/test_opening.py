"""What a connection begins with: an HTTP request line, or a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.doors.transport.opening import MAX_REQUEST_LINE, Opening, recognize


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.0\n",
        b"HEAD /app.js?x=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /hook/TOKEN HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"CONNECT chat.example:443 HTTP/1.1\r\n",
    ],
)
def test_a_request_line_of_http_1_is_recognized_however_it_is_cut(line: bytes) -> None:
    end = line.index(b"\n") + 1
    for cut in range(1, end):
        assert recognize(line[:cut]) is Opening.UNDECIDED
    assert recognize(line) is Opening.HTTP


@pytest.mark.parametrize(
    "line",
    [
        b"GET\n",
        b"GET \n",
        b"GET / HTTP/2.0\r\n",
        b"GET / \r\n",
        b"GET /\n",
        b"get / HTTP/1.1\r\n",
        b"GET  / HTTP/1.1\r\n",
        b"GET /a b HTTP/1.1\r\n",
        b"PRI * HTTP/2.0\r\n",
        b"\r\nGET / HTTP/1.1\r\n",
        b'{"type":"hello","name":"GET / HTTP/1.1"}\n',
        b"Alice\nGET / HTTP/1.1\r\n",
        b"GET /" + b"x" * MAX_REQUEST_LINE,
    ],
)
def test_anything_else_is_a_line(line: bytes) -> None:
    assert recognize(line) is Opening.LINE


@pytest.mark.parametrize(
    "name", [b"A", b"Bob", b"GETTY", b"Getter", b"{", b"\xff\xfb\x01", b"GET\r"]
)
def test_the_beginning_of_a_name_is_not_waited_for(name: bytes) -> None:
    assert recognize(name) is Opening.LINE


@given(st.binary(min_size=1), st.binary())
def test_what_is_decided_stays_decided_when_more_arrives(data: bytes, more: bytes) -> None:
    opening = recognize(data)
    if opening is not Opening.UNDECIDED:
        assert recognize(data + more) is opening
