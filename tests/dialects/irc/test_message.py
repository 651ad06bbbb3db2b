"""IRC messages: the public test data of ircdocs, limits, and any bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.irc.message import (
    MAX_TAG_BYTES,
    BadMessageError,
    Message,
    format_message,
    parse,
)

DATA = Path(__file__).parent / "data"


def cases(name: str) -> list[dict[str, Any]]:
    """Return the tests in the file `name` of ircdocs."""
    tests: list[dict[str, Any]] = yaml.safe_load((DATA / name).read_text(encoding="utf-8"))["tests"]
    return tests


def message_of(atoms: dict[str, Any]) -> Message:
    """Return the message that a test of ircdocs describes."""
    return Message(
        atoms["verb"].upper(),
        tuple(atoms.get("params", ())),
        atoms.get("source", ""),
        atoms.get("tags", {}),
    )


WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n ;="), min_size=1
).filter(lambda word: word[0] not in ":@")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"))
VALUE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
MESSAGES = st.builds(
    lambda command, middle, last, source, tags: Message(command, (*middle, *last), source, tags),
    st.from_regex("[A-Z]{1,9}|[0-9]{3}", fullmatch=True),
    st.lists(WORD, max_size=14),
    st.lists(TEXT, max_size=1),
    st.just("") | WORD,
    st.dictionaries(WORD, VALUE, max_size=4),
)


@pytest.mark.parametrize("case", cases("msg-split.yaml"), ids=lambda case: case["input"])
def test_a_line_is_parsed_as_ircdocs_says(case: dict[str, Any]) -> None:
    assert parse(case["input"].encode()) == message_of(case["atoms"])


@pytest.mark.parametrize("case", cases("msg-join.yaml"), ids=lambda case: case["desc"])
def test_a_message_is_formatted_as_ircdocs_says(case: dict[str, Any]) -> None:
    message = message_of(case["atoms"])
    lines = [line.replace(case["atoms"]["verb"], message.command) for line in case["matches"]]
    assert format_message(message).decode().removesuffix("\r\n") in lines


@pytest.mark.parametrize("line", [b"", b" ", b":only.a.source", b"@a=b", b"@a=b :s ", b"\r\0"])
def test_a_line_without_a_command_is_no_message(line: bytes) -> None:
    assert parse(line) is None


def test_the_command_is_read_in_any_case() -> None:
    assert parse(b"privmsg #dev :Hello all") == Message("PRIVMSG", ("#dev", "Hello all"))


def test_bytes_that_are_no_utf8_are_told_apart_from_other_faults() -> None:
    with pytest.raises(BadMessageError) as caught:
        parse(b"PRIVMSG #dev :caf\xe9")
    assert caught.value.code == "INVALID_UTF8"


def test_a_client_may_send_4094_bytes_of_tags() -> None:
    block = b"+a=" + b"b" * (MAX_TAG_BYTES - 3)
    message = parse(b"@" + block + b" PING x")
    assert message
    assert message.tags == {"+a": "b" * (MAX_TAG_BYTES - 3)}


@pytest.mark.parametrize("end", ["b", "é"])
def test_one_byte_of_tags_more_is_refused(end: str) -> None:
    block = b"+a=" + b"b" * (MAX_TAG_BYTES - 2 - len(end.encode())) + end.encode()
    with pytest.raises(BadMessageError) as caught:
        parse(b"@" + block + b" PING x")
    assert caught.value.code == "TAGS_TOO_LONG"


def test_a_body_that_is_too_long_is_refused_whatever_tags_it_has() -> None:
    assert parse(b"@a=b PING xy", max_body_bytes=7)
    with pytest.raises(BadMessageError) as caught:
        parse(b"@a=b PING xyz", max_body_bytes=7)
    assert caught.value.code == "BODY_TOO_LONG"


def test_the_fifteenth_parameter_takes_the_rest() -> None:
    letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"]
    message = parse(b"CMD a b c d e f g h i j k l m n o p :q r")
    assert message == Message("CMD", (*letters, "o p q r"))


def test_nothing_in_a_message_can_begin_another_line() -> None:
    message = Message("NOTICE\n", ("b\rob\0", "\n:hi\r\nQUIT :x"), "a\nb", {"k\r": "v\r\n\0"})
    assert format_message(message) == b"@k=v\\r\\n :ab NOTICE bob ::hiQUIT :x\r\n"


@pytest.mark.parametrize("parameter", ["", "two words", ":colon"])
def test_a_parameter_that_cannot_stand_in_the_middle_is_replaced(parameter: str) -> None:
    line = format_message(Message("401", ("ann", parameter, "No such nick")))
    assert line == b"401 ann * :No such nick\r\n"


def test_the_last_parameter_has_a_colon_where_it_is_asked_for() -> None:
    assert format_message(Message("JOIN", ("#dev",))) == b"JOIN #dev\r\n"
    assert format_message(Message("JOIN", ("#dev",)), colon=True) == b"JOIN :#dev\r\n"


@given(MESSAGES)
def test_what_is_formatted_is_parsed_to_the_same(message: Message) -> None:
    line = format_message(message)
    assert parse(line.removesuffix(b"\r\n"), max_tag_bytes=99999) == message
    assert parse(line, max_tag_bytes=99999) == message


@given(st.builds(Message, st.text(), st.lists(st.text()).map(tuple), st.text()), st.booleans())
def test_any_message_is_exactly_one_line(message: Message, colon: bool) -> None:
    line = format_message(message, colon=colon)
    assert line.endswith(b"\r\n")
    assert not set(b"\r\n\0") & set(line[:-2])


@given(st.binary() | st.text(alphabet="@:; =\\aé\r\0").map(str.encode))
def test_any_bytes_are_a_message_or_nothing_or_one_kind_of_error(line: bytes) -> None:
    message = None
    with suppress(BadMessageError):
        message = parse(line)
    assert message is None or len(message.parameters) <= 15
