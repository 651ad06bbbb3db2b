"""Guests on WebSockets, in memory: the conversation, the limits, and who may open one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from websockets.frames import Frame, Opcode

from netchat.dialects.framing import ENDLESS_FACTOR
from netchat.doors.web.message_reader import CONTROL_BURST, CONTROL_RATE
from netchat.doors.web.websocket import PIECE
from netchat.testing import Network
from tests.support.metrics import ENDPOINT, Scraped
from tests.support.web import WebProgram, browser, continuation, text, web_program

if TYPE_CHECKING:
    from twisted.logger import LogEvent

PING = Frame(Opcode.PING, b"are you there")
REQUEST = Frame(Opcode.TEXT, b'{"type":"ping"}').serialize(mask=True)
HELLO = b'{"type":"hello","name":"bob"}'


@pytest.fixture
def network() -> Network:
    return Network()


def types(program: WebProgram) -> list[str]:
    return [event["type"] for event in program.told()]


def test_guests_of_all_doors_talk_in_one_room(network: Network) -> None:
    alice, ci = network.join("Alice"), network.program("ci")
    web = web_program(network, "web")
    assert web.frames.subprotocol == "v1.json.netchat"
    assert [event["type"] for event in web.told()] == ["welcome", "entered"]
    assert alice.heard() == ["* ci joined", "* web joined"]
    web.ask("say", room="lobby", text="hello", nonce="1")
    alice.say("good morning")
    ci.ask("say", room="lobby", text="build done")
    told = web.told()
    assert [(event["id"], event["from"], event.get("nonce")) for event in told] == [
        (1, "web", "1"),
        (2, "Alice", None),
        (3, "ci", None),
    ]
    assert alice.heard() == ["web: hello", "ci: build done"]
    web.frames.send_close(1000)
    web.send(b"".join(web.frames.data_to_send()))
    assert web.code == 1000
    assert not web.online
    assert alice.heard() == ["* web left"]


def test_who_tells_through_which_door_each_guest_has_come(network: Network) -> None:
    network.join("Alice")
    web = web_program(network, "web")
    web.told()
    web.ask("who", room="lobby")
    (who,) = web.told()
    assert {one["name"]: one["door"] for one in who["guests"]} == {"Alice": "tcp", "web": "web"}


def test_what_is_said_in_one_turn_is_a_frame_for_each_line(network: Network) -> None:
    alice, web = network.join("Alice"), web_program(network, "web")
    web.told()
    alice.send(b"one\ntwo\nthree\n")
    assert [event["text"] for event in web.told()] == ["one", "two", "three"]


def test_several_lines_in_one_read_are_said_in_their_order(network: Network) -> None:
    alice, web = network.join("Alice"), web_program(network, "web")
    alice.heard()
    web.send_frames(
        *(text(b'{"type":"say","room":"lobby","text":"%d"}' % number) for number in range(100))
    )
    assert alice.heard() == [f"web: {number}" for number in range(100)]


def test_a_client_resumes_behind_the_last_id_that_it_has(network: Network) -> None:
    alice = network.join("Alice")
    for number in range(1200):
        alice.say(str(number))
    web = web_program(network)
    web.ask("hello", name="web", after={"lobby": 100})
    assert [event["id"] for event in web.told() if event["type"] == "said"] == [*range(101, 1201)]


def test_frames_that_come_with_the_handshake_are_not_lost(network: Network) -> None:
    class Eager(WebProgram):
        def connectionMade(self) -> None:
            self.transport.write(self.handshake() + text(HELLO).serialize(mask=True))

    eager = Eager()
    eager.network = network
    network.connect(eager)
    assert types(eager) == ["welcome", "entered"]


def test_a_text_frame_may_come_byte_by_byte(network: Network) -> None:
    web = web_program(network)
    for byte in text(HELLO).serialize(mask=True):
        web.send(bytes([byte]))
    assert types(web) == ["welcome", "entered"]


def test_a_ping_within_a_message_is_answered(network: Network) -> None:
    web = web_program(network)
    web.send_frames(text(HELLO[:9], fin=False), PING, continuation(HELLO[9:], fin=True))
    assert web.pongs == 1
    assert types(web) == ["welcome", "entered"]


def test_a_line_before_a_close_counts(network: Network) -> None:
    alice, web = network.join("Alice"), web_program(network, "web")
    alice.heard()
    web.send_frames(
        text(b'{"type":"say","room":"lobby","text":"bye"}'), Frame(Opcode.CLOSE, b"\x03\xe8")
    )
    assert alice.heard() == ["web: bye", "* web left"]
    assert web.code == 1000


@pytest.mark.parametrize("payload", [b"", b"x"])
def test_a_message_in_65_fragments_is_closed_at_the_65th(network: Network, payload: bytes) -> None:
    web = web_program(network, "web")
    web.send_frames(text(payload, fin=False), *[continuation(payload)] * 63)
    assert web.online
    web.send_frames(continuation(payload))
    assert web.code == 1008
    assert not web.online
    assert web.told()[-1]["reason"] == "bad-frame"


def test_a_message_of_64_fragments_is_a_line(network: Network) -> None:
    web = web_program(network)
    hello = HELLO.ljust(64)
    frames = [continuation(hello[at : at + 1]) for at in range(64)]
    frames[0].opcode, frames[-1].fin = Opcode.TEXT, True
    web.send_frames(*frames)
    assert types(web) == ["welcome", "entered"]


def test_61_megabytes_are_refused_at_the_header(network: Network) -> None:
    web = web_program(network, "web")
    frame = text(bytes(61_000_000)).serialize(mask=True)
    web.send(frame[:10])
    assert web.code == 1009
    assert web.told()[-1]["reason"] == "line-too-long"


def test_fragments_count_together_for_the_size_of_a_message(network: Network) -> None:
    web = web_program(network, "web")
    half = bytes(ENDLESS_FACTOR * 4096 // 2)
    web.send_frames(text(half, fin=False), continuation(half))
    assert web.online
    web.send_frames(continuation(b"x"))
    assert web.code == 1009


@pytest.mark.parametrize("size", [513, 4096, 60_000])
def test_a_message_over_the_limit_is_refused_and_the_guest_stays(
    network: Network, size: int
) -> None:
    alice = network.join("Alice")
    web = web_program(network)
    web.send_frames(text(HELLO.ljust(size)))
    assert web.told()[-1]["code"] == "line-too-long"
    web.ask("hello", name="bob")
    web.ask("say", room="lobby", text="\u00e9" * 3000)
    web.ask("say", room="lobby", text="x" * 4097)
    assert [event.get("code") for event in web.told()[2:]] == ["line-too-long"] * 2
    assert alice.heard() == ["* bob joined"]


@pytest.mark.parametrize("frame", [PING, Frame(Opcode.PONG, b"")])
def test_control_frames_have_a_rate(network: Network, frame: Frame) -> None:
    web = web_program(network, "web")
    web.send_frames(*[frame] * CONTROL_BURST)
    assert web.online
    network.advance(1)
    web.send_frames(*[frame] * CONTROL_RATE)
    assert web.online
    web.send_frames(frame)
    assert web.code == 1008
    assert not web.online


@pytest.mark.parametrize("before", [0, 3, PIECE // len(REQUEST), 2000])
@pytest.mark.parametrize("after", [0, 1, PIECE, 10 * PIECE])
def test_a_breach_is_found_wherever_it_is_in_a_read(
    network: Network, before: int, after: int
) -> None:
    web = web_program(network, "web")
    web.told()
    web.send(REQUEST * before + b"\x82\x80\x00\x00\x00\x00" + b"\x81" * after)
    assert web.code == 1003
    assert not web.online
    assert [event["type"] for event in web.told()] == ["pong"] * before + ["closing"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x82\x81\x00\x00\x00\x00x", 1003),
        (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
        (b"\x81\x01{", 1002),
        (b"\x80\x81\x00\x00\x00\x00x", 1002),
        (b"\xf1\x80\x00\x00\x00\x00", 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (b"\x89\xfe\x00\x7e" + bytes(4 + 126), 1002),
        (b"\x88\x81\x00\x00\x00\x00\x01", 1002),
    ],
    ids=lambda value: value[:8].hex() if isinstance(value, bytes) else str(value),
)
def test_a_breach_of_the_protocol_closes_with_its_code(
    network: Network, data: bytes, code: int
) -> None:
    alice, web = network.join("Alice"), web_program(network, "web")
    alice.heard()
    web.send(data + text(b'{"type":"say","room":"lobby","text":"after"}').serialize(mask=True))
    assert web.code == code
    assert not web.online
    assert alice.heard() == ["* web left"]


def test_an_empty_message_is_no_json(network: Network) -> None:
    web = web_program(network, "web")
    web.told()
    web.send_frames(text(b""))
    assert web.told()[-1]["code"] == "bad-json"


def test_lines_beyond_the_rate_limit_wait_and_a_flood_is_closed() -> None:
    network = Network("--rate", "5", "--burst", "20", "--flood-timeout", "10")
    alice, web = network.join("Alice"), web_program(network, "web")
    alice.heard()
    say = text(b'{"type":"say","room":"lobby","text":"x"}')
    web.send_frames(*[say] * 30)
    assert len(alice.heard()) == 20
    network.advance(1)
    assert len(alice.heard()) == 5
    for _ in range(12):
        web.send_frames(*[say] * 100)
        network.advance(1)
    assert web.told()[-1]["reason"] == "flood"
    assert web.code == 1008


def test_empty_messages_are_rate_limited_too() -> None:
    network = Network("--rate", "5", "--burst", "20")
    web = web_program(network, "web")
    web.told()
    web.send_frames(*[text(b"")] * 1000)
    assert len(web.told()) == 20


def test_a_client_that_gives_no_name_in_time_is_closed(network: Network) -> None:
    web = web_program(network)
    network.advance(15)
    assert web.told()[-1]["reason"] == "login-timeout"
    assert web.code == 1008


def test_a_silent_client_is_pinged_and_dropped_if_it_does_not_answer() -> None:
    network = Network("--ping-after", "60", "--gone-after", "120")
    alice, web = network.join("Alice"), web_program(network, "web")
    for _ in range(20):
        network.advance(20)
    assert web.online
    assert 10 <= web.pings <= 20
    web.frames.receive_data = lambda data: None  # type: ignore[method-assign]
    alice.heard()
    for _ in range(5):
        network.advance(20)
    assert web.online
    for _ in range(3):
        network.advance(20)
    assert not web.online
    assert alice.heard() == ["* web left"]


def test_no_ping_is_sent_if_the_operator_wants_none() -> None:
    network = Network("--ping-after", "0")
    web = web_program(network, "web")
    network.advance(1000)
    assert web.pings == 0
    assert web.online


def test_a_shutdown_is_told_and_closes_with_1012(network: Network) -> None:
    web = web_program(network, "web")
    stopped = network.stop()
    assert web.told()[-1]["reason"] == "shutdown"
    assert web.code == 1012
    assert stopped.called


def test_a_name_that_is_taken_may_be_tried_again(network: Network) -> None:
    network.join("Alice")
    web = web_program(network, "alice")
    assert web.told()[-1]["code"] == "name-taken"
    web.ask("hello", name="bob")
    assert types(web) == ["welcome", "entered"]


def test_the_limits_are_told_in_the_conversation_when_there_is_no_room() -> None:
    network = Network("--max-per-address", "1")
    web_program(network, "one", "203.0.113.9")
    other = web_program(network, "", "203.0.113.9")
    assert other.told() == [
        {
            "type": "closing",
            "reason": "too-many",
            "message": "Too many connections come from your address; close one, or come later.",
            "retry": 30,
        }
    ]
    assert other.code == 1013
    assert not other.online
    assert not network.service.factory.connections.http


def test_a_websocket_counts_as_a_guest_and_as_nameless() -> None:
    network = Network("--max-guests", "2", "--max-nameless", "1")
    first = web_program(network)
    connections = network.service.factory.connections
    assert (connections.policy.connections, connections.pending_logins.count) == (1, 1)
    network.advance(1)
    second = web_program(network, "two")
    assert first.told()[-1]["reason"] == "server-full"
    assert first.code == 1013
    assert second.online
    web_program(network, "three")
    fourth = web_program(network)
    assert fourth.told()[-1]["reason"] == "server-full"


def test_a_page_of_another_site_may_open_no_websocket(network: Network) -> None:
    ours = web_program(network, "ours", origin="http://192.168.1.1:5001")
    assert types(ours) == ["welcome", "entered"]
    foreign = web_program(network, origin="http://evil.example")
    assert foreign.received.startswith(b"HTTP/1.1 403 ")
    assert b"--web-origin" in foreign.received


def test_the_operator_names_further_hosts_and_origins() -> None:
    network = Network("--web-host", "chat.example", "--web-origin", "https://intranet.example")
    assert browser(network).ask("/", host="chat.example").status == 200
    web = web_program(network, "web", origin="https://intranet.example")
    assert types(web) == ["welcome", "entered"]


def test_behind_a_web_proxy_the_client_counts_for_its_own_address() -> None:
    network = Network(
        "--web-proxy", "10.0.0.0/8", "--web-host", "chat.example", "--deny", "203.0.113.13",
        "--max-per-address", "1",
    )  # fmt: skip
    told = {"x_forwarded_proto": "https", "x_forwarded_host": "chat.example"}
    first = web_program(
        network, "one", "10.0.0.1", origin="https://chat.example", x_forwarded_for="203.0.113.7",
        **told,
    )  # fmt: skip
    assert types(first) == ["welcome", "entered"]
    assert network.door(first).addr.host == "203.0.113.7"
    second = web_program(network, "two", "10.0.0.1", x_forwarded_for="203.0.113.8", **told)
    assert second.online
    for address, reason in [("203.0.113.7", "too-many"), ("203.0.113.13", "denied")]:
        third = web_program(network, "", "10.0.0.1", x_forwarded_for=address, **told)
        assert third.told()[-1]["reason"] == reason
        page = browser(network, "10.0.0.1").ask(x_forwarded_for=address, **told)
        assert page.status == (403 if reason == "denied" else 200)
    plain = web_program(
        network, origin="http://chat.example", host="10.0.0.1", x_forwarded_for="203.0.113.9",
        **told,
    )  # fmt: skip
    assert plain.received.startswith(b"HTTP/1.1 403 ")


def test_nobody_else_is_believed_about_addresses() -> None:
    network = Network("--max-per-address", "1")
    web_program(network, "one", "203.0.113.9", x_forwarded_for="192.0.2.1")
    other = web_program(network, "", "203.0.113.9", x_forwarded_for="192.0.2.2")
    assert other.told()[-1]["reason"] == "too-many"


@pytest.mark.parametrize("offer", ["", "v1.json.netchat", "chat, v1.json.netchat"])
def test_a_program_may_offer_the_subprotocol_or_none(network: Network, offer: str) -> None:
    web = web_program(network, "web", offer=offer)
    assert types(web) == ["welcome", "entered"]
    assert web.frames.subprotocol == ((offer and "v1.json.netchat") or None)


def test_another_subprotocol_is_refused_with_the_right_one(network: Network) -> None:
    web = web_program(network, offer="v2.json.netchat")
    assert web.received.startswith(b"HTTP/1.1 400 ")
    assert b"v1.json.netchat" in web.received


def test_no_frame_is_compressed(network: Network) -> None:
    web = web_program(network, "web", sec_websocket_extensions="permessage-deflate")
    assert b"xtensions" not in web.received
    assert web.frames.extensions == []


def test_metrics_count_a_guest_of_the_web_door() -> None:
    network = Network(*ENDPOINT)
    web_program(network, "web")
    web_program(network)
    figures = Scraped(network)
    assert figures["netchat_guests", "door=web", "dialect=jsonl"] == 1
    assert figures["netchat_connections_nameless"] == 1


def test_new_limits_apply_to_open_websockets(network: Network, tmp_path: Any) -> None:
    options = tmp_path / "netchat.toml"
    options.write_text("max-line = 4096\n", encoding="utf-8")
    network = Network("--options-file", str(options))
    web = web_program(network, "web")
    options.write_text("max-line = 10\nping-after = 3\n", encoding="utf-8")
    network.reload()
    web.told()
    web.ask("say", room="lobby", text="x" * 11)
    assert web.told()[-1]["code"] == "line-too-long"
    for _ in range(4):
        network.advance(1)
    assert web.pings > 0
    web.send_frames(text(b"x" * 161))
    assert web.code == 1009


def test_a_bug_in_a_session_ends_its_websocket_only(
    network: Network, bugs: list[LogEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    from netchat.session.session import Session

    web, other = web_program(network, "web"), web_program(network, "other")
    monkeypatch.setattr(Session, "receive_line", lambda self, line: 1 // 0)
    web.send_frames(text(b'{"type":"names","room":"lobby"}'))
    assert not web.online
    assert other.online
    assert bugs.pop()["log_failure"].check(ZeroDivisionError)
