"""From a server's bytes to its events."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation.decoder import (
    MAX_LINE_BYTES,
    Decoder,
    ProtocolViolation,
    Received,
    history_lines,
)
from netchat.dialects.jsonl import events as wire

PROMPT = b"Enter username: "
SAID = b'{"type":"said","room":"lobby","id":1,"time":"t","from":"Bob","text":"hi"}'
PONG = b'{"type":"pong"}'


def decoded(data: bytes) -> list[object]:
    """Return the events in `data`."""
    return [x.event if isinstance(x, Received) else x for x in Decoder().feed(data)]


def test_each_line_is_one_event_and_comes_with_its_bytes() -> None:
    first, second = Decoder().feed(SAID + b"\r\n" + PONG + b"\n")
    assert isinstance(first, Received)
    assert first.event == wire.Said("lobby", 1, "t", "Bob", "hi")
    assert first.raw == SAID
    assert isinstance(second, Received)
    assert second.event == wire.Pong()


@pytest.mark.parametrize("prompt", [b"", PROMPT, PROMPT * 3, b"\n" + PROMPT, PROMPT + b"\n"])
def test_a_server_may_prompt_for_a_name_before_it_detects_the_dialect(prompt: bytes) -> None:
    assert decoded(prompt + PONG + b"\n") == [wire.Pong()]


@pytest.mark.parametrize("prompt", [b"", b"\n", PROMPT + b"\n"])
def test_a_server_that_closes_before_it_detects_the_dialect_is_understood(prompt: bytes) -> None:
    (last,) = decoded(prompt + b"! The server is \x1b[1mshutting down.\n")
    assert last == wire.Closing("closed", "The server is [1mshutting down.", 0)


@pytest.mark.parametrize(
    "line",
    [
        *(
            b"220 mail ready",
            b"SSH-2.0-OpenSSH_9.6",
            b"Welcome to chat room.",
            b"[]",
            b"1",
            b"\xff",
        ),
        *(b'{"type":"said"}', b'{"type":"said","room":1}', b"{", b'{"type":"\xff"}', b"{" * 9999),
        *(
            b'{"type":["said"]}',
            b'{"type":{}}',
            b'{"type":"gap","room":"\\n","from":' + b"9" * 99 + b"}",
        ),
        PROMPT + b"! A name has 1 to 32 characters; choose another one.",
    ],
)
def test_another_service_and_an_old_server_are_protocol_violations(line: bytes) -> None:
    decoder = Decoder()
    (last,) = decoder.feed(line + b"\n" + PONG + b"\n")
    assert isinstance(last, ProtocolViolation)
    assert list(decoder.feed(PONG + b"\n")) == []


@pytest.mark.parametrize(
    ("data", "foreign"),
    [
        *((b"", False), (PROMPT, False), (b"\n" + PROMPT, False), (PONG + b"\n{", False)),
        *((b"\x15\x03\x01\x00\x02\x02\x46", True), (PROMPT + b"x", True)),
    ],
)
def test_a_connection_that_ends_with_foreign_bytes_is_foreign(data: bytes, foreign: bool) -> None:
    decoder = Decoder()
    list(decoder.feed(data))
    assert decoder.is_foreign is foreign


def test_events_of_a_later_version_are_ignored() -> None:
    assert decoded(b'{"type":"reaction","id":1}\n{"no":"type"}\n' + PONG + b"\n") == [wire.Pong()]
    (said,) = decoded(SAID[:-1] + b',"colour":"red"}\n')
    assert said == wire.Said("lobby", 1, "t", "Bob", "hi")


def test_no_control_character_is_left_in_any_text() -> None:
    hostile = "\x1b[2J\x1b]0;title\x07 \x9b5A\rYou: \x08 \u202eevil\x7f\nx"
    line = json.dumps({"type": "topic", "room": hostile, "text": hostile, "by": hostile})
    (topic,) = decoded(line.encode() + b"\n")
    clean = "[2J]0;title 5A You:  evil x"
    assert topic == wire.Topic(clean, clean, clean)
    joined = json.dumps({"type": "joined", "room": "r", "names": [hostile]})
    assert decoded(joined.encode() + b"\n") == [wire.Joined("r", (clean,))]


def test_the_bytes_of_a_line_have_their_controls_as_json_escapes() -> None:
    line = '{"type":\t"topic","room":"\x9b2J\u202e","text":"\x7f","by":"é"}'
    (topic,) = Decoder().feed(line.encode() + b"\n")
    assert isinstance(topic, Received)
    assert topic.raw.decode() == (
        '{"type": "topic","room":"\\u009b2J\\u202e","text":"\\u007f","by":"é"}'
    )
    assert json.loads(topic.raw) == json.loads(line)


def test_the_lines_of_a_history_are_found_in_it_as_received() -> None:
    odd = SAID.replace(b'":', b'" : ')
    history = b'{"type":"history","room":"r","lines":[' + SAID + b", " + odd + b'],"more":false}'
    assert list(history_lines(history)) == [SAID, odd]


def test_a_line_without_an_end_is_a_protocol_violation() -> None:
    decoder = Decoder()
    assert list(decoder.feed(b"{" + b" " * (MAX_LINE_BYTES - 1))) == []
    (last,) = decoder.feed(b"  ")
    assert isinstance(last, ProtocolViolation)


EVENTS = st.sampled_from([SAID, PONG, b'{"type":"left","room":"r","names":["x"]}'])
PIECES = st.lists(
    st.sampled_from([PROMPT, b"\n", b"\r\n", b"! no\n", b'{"type":"new"}\n', b"{}\n"])
    | EVENTS.map(lambda event: event + b"\n")
    | st.binary(max_size=20)
)


@given(PIECES, st.data())
def test_the_same_events_are_decoded_however_the_bytes_are_split(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    decoder = Decoder()
    split = [
        decoded
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for decoded in decoder.feed(stream[start:end])
    ]
    whole = list(Decoder().feed(stream))
    assert [x for x in split if isinstance(x, Received)] == [
        x for x in whole if isinstance(x, Received)
    ]
    assert len(split) == len(whole)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_accepted_and_every_event_is_safe_to_print(data: bytes) -> None:
    for decoded in Decoder().feed(b"{" + data + b"\n" + data + b"\n"):
        if isinstance(decoded, Received):
            assert decoded.raw.decode().isprintable() or not decoded.raw.isascii()


@given(st.text(), st.text())
def test_any_text_is_cleaned_and_any_line_stays_the_same_json(name: str, text: str) -> None:
    line = msgspec.json.encode({"type": "topic", "room": name, "text": text, "by": name})
    (decoded,) = Decoder().feed(line + b"\n")
    assert isinstance(decoded, Received)
    assert msgspec.json.decode(decoded.raw) == msgspec.json.decode(line)
    for shown in (decoded.event.room, decoded.event.text, decoded.raw.decode()):
        assert not set(shown) & {chr(code) for code in (*range(32), *range(127, 160))}
