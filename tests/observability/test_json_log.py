"""The log as JSON: every event is one valid object on one line."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from netchat.model.sanitize import sanitize
from netchat.observability.json_log import json_line, json_observer

values = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.binary(), st.just(object())
)


def written(format: str, **fields: Any) -> dict[str, Any]:
    """Return the object that is written for this event."""
    file = io.StringIO()
    Logger(namespace="netchat.test", observer=json_observer(file)).info(format, **fields)
    (line,) = file.getvalue().splitlines()
    logged: dict[str, Any] = msgspec.json.decode(line)
    return logged


def test_an_event_has_its_time_level_message_and_fields() -> None:
    logged = written("Client {peer} connected  [ {name} ]", peer="(::1, 5)", name="Bob", count=3)
    moment = logged.pop("time")
    assert datetime.fromisoformat(moment.replace("Z", "+00:00")).tzinfo is not None
    assert moment[-5] == "."
    assert logged == {
        "level": "info",
        "namespace": "netchat.test",
        "message": "Client (::1, 5) connected  [ Bob ]",
        "peer": "(::1, 5)",
        "name": "Bob",
        "count": 3,
    }


def test_a_failure_has_its_traceback_in_one_field() -> None:
    file = io.StringIO()
    log = Logger(namespace="netchat.test", observer=json_observer(file))
    try:
        raise ValueError("no\nway")
    except ValueError:
        log.failure("An error ended the connection of {peer}", peer="(::1, 5)")
    (line,) = file.getvalue().splitlines()
    logged = msgspec.json.decode(line)
    assert logged["level"] == "critical"
    assert logged["message"] == "An error ended the connection of (::1, 5)"
    assert "ValueError: no\nway" in logged["traceback"]


class MuteError(Exception):
    """An error whose text cannot be produced."""

    def __str__(self) -> str:
        raise RuntimeError


def test_an_error_without_a_text_is_logged_all_the_same() -> None:
    event: Any = {"log_level": LogLevel.critical, "log_failure": Failure(MuteError())}
    assert msgspec.json.decode(json_line(event))["traceback"]


@given(st.text(), st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_every_event_is_one_valid_object_on_one_line(format: str, fields: dict[str, Any]) -> None:
    event = {
        "log_level": LogLevel.info,
        "log_time": 1e9,
        "log_namespace": "x",
        "log_format": format,
    }
    line = json_line({**fields, **event})
    assert line.endswith("\n")
    assert sanitize(line[:-1]) == line[:-1]
    logged = msgspec.json.decode(line)
    assert list(logged)[:4] == ["time", "level", "namespace", "message"]


@given(st.text(), st.text(st.characters(categories=["Cs"]), max_size=3))
def test_a_field_is_unchanged_and_a_lone_surrogate_does_no_harm(name: str, half: str) -> None:
    assert written("{name}", name=name)["name"] == name
    assert written("{name}", name=half)["name"] is not None


def test_a_hostile_name_neither_ends_the_line_nor_reverses_its_direction() -> None:
    line = json_line({"log_format": "{name}", "name": '"},\n{"x\u202e\x1b\u2028\x7f'})
    assert line.count("\n") == 1
    assert "\\u202e" in line
    assert msgspec.json.decode(line)["name"] == '"},\n{"x\u202e\x1b\u2028\x7f'
