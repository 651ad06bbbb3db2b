"""A WebSocket without I/O: the library's server is the other end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from netchat.client.connection.address import Credentials, WebAddress
from netchat.client.connection.errors import TemporaryError, UserFacingError
from netchat.client.connection.websocket import WebSocket
from netchat.dialects.jsonl.websocket import SUBPROTOCOL
from netchat.dialects.text.dialect import PROMPT

CHAT = WebAddress("chat.test", 5001, path="/x/ws?y=1")


def accepting(websocket: WebSocket, subprotocol: str | None = SUBPROTOCOL) -> ServerProtocol:
    """Return a server that has accepted `websocket`; its answer is not sent yet."""
    chosen = Subprotocol(subprotocol) if subprotocol else None
    server = ServerProtocol(subprotocols=[SUBPROTOCOL], select_subprotocol=lambda *_: chosen)
    server.receive_data(websocket.take_output())
    (request,) = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    return server


def sent(server: ServerProtocol) -> bytes:
    return b"".join(server.data_to_send())


def opened() -> tuple[WebSocket, ServerProtocol]:
    """Return both ends of an open WebSocket."""
    websocket = WebSocket(CHAT)
    server = accepting(websocket)
    assert websocket.feed(sent(server)) == []
    return websocket, server


def test_the_request_says_where_and_what() -> None:
    secure = WebAddress("fe80::1%eth0", 443, secure=True, credentials=Credentials("me", "pä:"))
    lines = WebSocket(secure).take_output().decode().split("\r\n")
    assert lines[:2] == ["GET /ws HTTP/1.1", "Host: [fe80::1]"]
    assert "Authorization: Basic bWU6cMOkOg==" in lines
    lines = WebSocket(CHAT).take_output().decode().split("\r\n")
    assert lines[:2] == ["GET /x/ws?y=1 HTTP/1.1", "Host: chat.test:5001"]
    assert "Sec-WebSocket-Protocol: v1.json.netchat" in lines


@given(st.lists(st.integers(1, 200)), st.lists(st.text()))
def test_lines_arrive_however_the_bytes_are_split(cuts: list[int], texts: list[str]) -> None:
    """Also those that come with the answer to the handshake."""
    websocket = WebSocket(CHAT)
    server = accepting(websocket)
    for text in texts:
        for place, letter in enumerate(text):
            end = place == len(text) - 1
            data = letter.encode(errors="surrogatepass")
            server.send_text(data, end) if place == 0 else server.send_continuation(data, end)
        if not text:
            server.send_text(b"")
    data = sent(server)
    received: list[bytes] = []
    for cut in cuts:
        received += websocket.feed(data[:cut])
        data = data[cut:]
    received += websocket.feed(data)
    assert received == [text.encode(errors="surrogatepass") + b"\n" for text in texts]


def test_a_line_is_sent_as_one_masked_text_frame() -> None:
    websocket, server = opened()
    websocket.send_line(b'{"type":"bye"}')
    data = websocket.take_output()
    assert data[:2] == b"\x81\x8e"
    server.receive_data(data)
    assert server.events_received() == [Frame(Opcode.TEXT, b'{"type":"bye"}')]


def test_a_ping_is_answered_with_the_same_bytes() -> None:
    websocket, server = opened()
    server.send_ping(b"abc")
    assert websocket.feed(sent(server)) == []
    server.receive_data(websocket.take_output())
    assert server.events_received() == [Frame(Opcode.PONG, b"abc")]


def test_a_sign_of_life_is_asked_for_with_a_ping() -> None:
    websocket, server = opened()
    websocket.ping()
    server.receive_data(websocket.take_output())
    assert websocket.feed(sent(server)) == []
    assert [event.opcode for event in server.events_received()] == [Opcode.PING]  # type: ignore[union-attr]


@given(st.integers(1, 30))
def test_a_question_for_a_name_may_be_gone_at_the_next_attempt(size: int) -> None:
    client = WebSocket(CHAT)
    said = PROMPT + b"HTTP/1.1 400 Bad Request\r\n\r\n"

    def feed_all() -> None:
        for start in range(0, len(said), size):
            client.feed(said[start : start + size])

    with pytest.raises(TemporaryError, match="asked for a name before the WebSocket began; try"):
        feed_all()


@pytest.mark.parametrize("subprotocol", [None, "v2.other"])
def test_a_server_that_does_not_speak_json_lines_is_not_netchat(subprotocol: str | None) -> None:
    websocket = WebSocket(CHAT)
    server = accepting(websocket, subprotocol)
    with pytest.raises(UserFacingError, match="does not answer as a netchat server does"):
        websocket.feed(sent(server))


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (Frame(Opcode.BINARY, b"x").serialize(mask=False), 1003),
        (Frame(Opcode.CONT, b"x").serialize(mask=False), 1002),
        (Frame(Opcode.TEXT, b"x").serialize(mask=True), 1002),
        (b"\xc1\x00", 1002),
        (b"\x81\x7f" + (4 * 1024 * 1024 + 1).to_bytes(8), 1009),
    ],
    ids=["binary", "no beginning", "masked", "compressed", "too long"],
)
def test_a_frame_that_is_not_allowed_ends_the_websocket(frames: bytes, code: int) -> None:
    websocket, server = opened()
    assert websocket.feed(frames) == []
    assert websocket.is_closing
    assert str(websocket.problem()).startswith(f"{CHAT} does not answer as a netchat server does")
    server.receive_data(websocket.take_output())
    assert server.close_rcvd is not None
    assert server.close_rcvd.code == code


def test_empty_fragments_take_no_memory() -> None:
    websocket, server = opened()
    server.send_text(b"a", fin=False)
    for _ in range(1000):
        server.send_continuation(b"", fin=False)
    assert websocket.feed(sent(server)) == []
    assert websocket._fragments == [b"a"]
    server.send_continuation(b"b", fin=True)
    assert websocket.feed(sent(server)) == [b"ab\n"]


@pytest.mark.parametrize(
    ("code", "reason", "sentence"),
    [
        (1000, "bye", None),
        (1001, "", None),
        (1008, "too many\x9b fragments", "closed the connection (1008 too many fragments); try"),
        (1013, "", f"{CHAT} closed the connection (1013); try again later."),
    ],
)
def test_the_servers_reason_for_closing_is_told_unless_it_is_a_normal_end(
    code: int, reason: str, sentence: str | None
) -> None:
    websocket, server = opened()
    server.send_text(b"last")
    server.send_close(code, reason)
    assert websocket.feed(sent(server)) == [b"last\n"]
    problem = websocket.problem()
    assert (sentence is None) == (problem is None)
    assert (sentence or "") in str(problem)
    server.receive_data(websocket.take_output())
    assert server.close_rcvd is not None
    assert server.close_rcvd.code == code


def test_after_closing_nothing_is_sent_and_nothing_raises() -> None:
    websocket, _ = opened()
    websocket.close()
    websocket.take_output()
    websocket.send_line(b"x")
    websocket.ping()
    websocket.close()
    assert websocket.take_output() == b""


@pytest.mark.parametrize(
    ("status", "temporary"),
    [(400, False), (403, False), (404, False), (421, False), (426, False), (429, True)],
)
def test_only_a_refusal_that_may_pass_is_temporary(status: int, temporary: bool) -> None:
    with pytest.raises(UserFacingError) as refused:
        WebSocket(CHAT).feed(b"HTTP/1.1 %d \r\nContent-Length: 0\r\n\r\n" % status)
    assert isinstance(refused.value, TemporaryError) == temporary


@given(st.binary(), st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 101 x\r\n"]), st.booleans())
def test_any_answer_is_a_websocket_or_an_error_in_one_sentence(
    data: bytes, before: bytes, ends: bool
) -> None:
    websocket, problem = WebSocket(CHAT), ""
    try:
        websocket.feed(before + data)
        if ends:
            websocket.feed_end()
    except UserFacingError as error:
        problem = str(error)
    assert problem.isprintable()


@given(st.binary())
def test_any_frames_are_lines_or_end_the_websocket(data: bytes) -> None:
    websocket, _ = opened()
    for line in websocket.feed(data):
        assert line.endswith(b"\n")
