"""The JSON lines dialect: requests from bytes, and bytes from events."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.jsonl import events as json_events
from netchat.dialects.jsonl.dialect import echo, parse, render, rfc3339
from netchat.model import answers, events, notices, person_news, requests
from netchat.model.answers import Help
from netchat.model.events import Gap, Past, Refused, Repeated, Said, Told
from netchat.model.requests import Request, Say, SayLines
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import Reply, StateRequest
from netchat.testing import Network, Program

SAID = Said("lobby", "Bob", "hi", 1_767_268_800.0, id=7, nonce="n", client="c")


def read(data: bytes) -> list[Any]:
    return [msgspec.json.decode(line, type=json_events.AnyEvent) for line in data.splitlines()]


def test_only_the_speaker_gets_the_nonce_and_no_client_gets_a_client_id() -> None:
    assert json.loads(render(SAID)) == {
        "type": "said", "room": "lobby", "id": 7, "time": "2026-01-01T12:00:00.000Z",
        "from": "Bob", "text": "hi", "action": False,
    }  # fmt: skip
    assert json.loads(echo(SAID)) == {**json.loads(render(SAID)), "nonce": "n"}
    assert echo(Repeated(SAID)) == echo(SAID)
    told = Told("Bob", "Al", "psst", 0.0, "n")
    assert json.loads(echo(told)) == {**json.loads(render(told)), "nonce": "n"}


def test_earlier_lines_come_one_by_one_on_a_resume_and_in_one_object_on_request() -> None:
    lines = (SAID, Gap("lobby", 8, 9, damaged=True), replace(SAID, id=10))
    come_back = read(render(Past("lobby", lines, asked=False)))
    assert [getattr(line, "id", "gap") for line in come_back] == [7, "gap", 10]
    gap, history = read(render(Past("lobby", lines, asked=True, more=True)))
    assert gap == json_events.Gap("lobby", 8, 9, True)
    assert [line.id for line in history.lines] == [7, 10]
    assert history.more


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_767_268_800.123, "2026-01-01T12:00:00.123Z"),
        (1_767_268_800.9995, "2026-01-01T12:00:00.999Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(time: float, written: str) -> None:
    assert rfc3339(time) == written


def test_every_event_can_be_rendered() -> None:
    for_people = {events.Event, Help, answers.Topic}
    assert set(map(str, jsonl._RENDERERS)) == {
        str(kind)
        for module in (answers, events, notices, person_news)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, events.Event) and kind not in for_people
    }


def test_an_unknown_field_is_ignored() -> None:
    line = b'{"type":"say","room":"dev","text":"x","mood":["good"]}'
    assert parse(line) == requests.Say("dev", "x")


def test_a_reply_is_a_request_without_control_characters_in_its_text() -> None:
    line = b'{"type":"reply","text":"a\\u001b[mb\\nc","nonce":"1"}'
    assert parse(line) == Reply(sanitize("a\x1b[mb\nc"), nonce="1")
    assert parse(b'{"type":"reply","text":"x","to":"Bob"}') == Reply("x", "Bob")
    blank = parse(b'{"type":"reply","text":" ","nonce":"1"}')
    assert isinstance(blank, Refused)
    assert (blank.code, blank.nonce) == ("bad-request", "1")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    max_leaves=5,
)
FIELDS = ["room", "text", "nonce", "name", "rooms", "after", "client", "to", "limit", "words",
          "reason", "label", "duration", "who", "id", "method", "password", "role"]  # fmt: skip
types_of_state = [kind.__struct_config__.tag for kind in get_args(StateRequest)]
KINDS = ["hello", "say", "tell", "join", "leave", "rename", "topic", "names", "rooms", "history",
         "search", "ping", "bye", "fly", *types_of_state]  # fmt: skip
NEARLY = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS)},
    optional={field: st.text() | ANYTHING for field in FIELDS},
).map(lambda request: json.dumps(request).encode())


@given(st.binary() | NEARLY | st.text().map(str.encode))
def test_any_bytes_are_a_request_or_a_refusal_without_control_characters(line: bytes) -> None:
    asked = parse(line)
    assert isinstance(asked, Request | Refused)
    read(render(asked) if isinstance(asked, Refused) else b"")
    shown = ("text", "words", "reason", "label") if not isinstance(asked, Refused) else ()
    for text in (getattr(asked, field, None) or "" for field in shown):
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text)
        assert len(text.splitlines()) <= 1


SAYING = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["say", "say", "say", "say", "tell"]),
        "room": st.sampled_from(["dev", "dev", "dev", "lobby"]),
        "text": st.sampled_from(["hi", " a b ", "/quit", " ", "", "\u00e9", "a\nb", "\x1b[m"]),
    },
    optional={
        "nonce": st.sampled_from(["1", "2", ""]),
        "action": st.booleans(),
        "to": st.just("Eve"),
    },
).map(msgspec.json.encode)


@given(st.lists(SAYING | NEARLY, min_size=1, max_size=4))
def test_plain_lines_parsed_together_equal_lines_parsed_one_by_one(lines: list[bytes]) -> None:
    said = jsonl.parse_plain(b"".join(line + b"\n" for line in lines))
    if said is not None:
        nonces = said.nonces or [None] * len(said.texts)
        one_by_one = [
            Say(said.room, text, nonce=nonce)
            for text, nonce in zip(said.texts, nonces, strict=True)
        ]
        assert one_by_one == [parse(line) for some in lines for line in some.split(b"\n")]


@pytest.mark.parametrize("nonces", [("1", "2"), ()])
def test_plain_lines_are_parsed_together(nonces: tuple[str, ...]) -> None:
    says = [Say("dev", text) for text in "ab"]
    says = [replace(say, nonce=nonce) for say, nonce in zip(says, nonces, strict=False)] or says
    lines = map(msgspec.json.encode, says)
    said = jsonl.parse_plain(b"\r\n".join([*lines, b""]))
    assert said == SayLines("dev", ("a", "b"), nonces)


@given(st.text(min_size=1), st.booleans(), st.text(min_size=1, max_size=20))
def test_a_rendered_line_is_one_line_and_can_be_read_back(
    text: str, action: bool, nonce: str
) -> None:
    said = replace(SAID, text=text, action=action, nonce=nonce)
    (line,) = echo(said).split(b"\n")[:-1]
    read_back = msgspec.json.decode(line, type=json_events.Said)
    assert (read_back.text, read_back.action, read_back.nonce) == (text, action, nonce)


CONVERSATION = b"""\
{"type":"ping","nonce":"0"}
{"type":"hello","name":"ci","rooms":["lobby","dev"]}
{"type":"say","room":"lobby","text":"\xc3\xa9\\u00e9","nonce":"1"}
broken
{"type":"say","room":"nowhere","text":"x","nonce":"2"}
{"type":"history","room":"lobby"}
{"type":"leave","room":"dev"}
{"type":"bye"}
not said
"""


def converse(parts: list[bytes]) -> bytes:
    network = Network()
    network.join("Bob").say("hello")
    program = network.connect(Program())
    program.network = network
    for part in parts:
        program.send(part)
    # Each network has a journal of its own.
    return re.sub(rb'"journal":"\w+"', b"", program.received)


@cache
def uncut() -> bytes:
    """Return what is received of the conversation in one piece."""
    return converse([CONVERSATION])


@given(st.lists(st.integers(0, len(CONVERSATION)), max_size=6))
def test_the_conversation_does_not_depend_on_how_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(CONVERSATION)]
    parts = [CONVERSATION[start:end] for start, end in itertools.pairwise(edges)]
    assert converse(parts) == uncut()
