"""A client can call each line by its msgid or by its time."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netchat.dialects.irc.message import Message, format_message, parse
from netchat.dialects.irc.names import room_of
from netchat.dialects.irc.references import (
    MsgId,
    epoch_of,
    parse_msgid,
    parse_reference,
    parse_server_time,
    server_time,
)

EPOCH = "9f3c2a1b"
IDS = st.integers(1, 10**17)
ROOMS = st.text("ab1-._éカ\u0301", min_size=1, max_size=8).filter(
    lambda room: room_of(f"#{room}") == room
)
MSGIDS = st.builds(MsgId, st.just(EPOCH), ROOMS, IDS, part=st.integers(1, 9999)) | st.builds(
    MsgId, st.just(EPOCH), st.just(""), IDS, IDS, st.integers(1, 9999)
)


@given(MSGIDS)
def test_a_msgid_names_its_line_and_part(msgid: MsgId) -> None:
    assert parse_msgid(str(msgid)) == msgid
    assert parse_reference(f"msgid={msgid}", EPOCH) == msgid


@given(MSGIDS, MSGIDS)
def test_two_lines_never_have_one_msgid(one: MsgId, other: MsgId) -> None:
    assume(one != other)
    assert str(one) != str(other)


@given(MSGIDS)
def test_a_msgid_is_one_word_in_a_tag_and_as_a_parameter(msgid: MsgId) -> None:
    message = Message("REDACT", ("#dev", str(msgid), "x"), tags={"msgid": str(msgid)})
    line = format_message(message)
    assert line.startswith(f"@msgid={msgid} ".encode())
    assert parse(line) == message


def test_msgids_are_short_and_readable() -> None:
    assert str(MsgId(EPOCH, "dev", 17)) == "9f3c2a1b-dev-17"
    assert str(MsgId(EPOCH, "dev", 17, part=2)) == "9f3c2a1b-dev-17.2"
    assert str(MsgId(EPOCH, "", 17, sent=1764380000123)) == "9f3c2a1b-@1764380000123-17"
    assert epoch_of("9f3c2a1b00112233") == EPOCH


def test_a_msgid_of_another_journal_is_unknown() -> None:
    assert parse_msgid("0000000a-dev-17", EPOCH) is None
    assert parse_msgid("0000000a-dev-17") == MsgId("0000000a", "dev", 17)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9f3c2a1b",
        "9f3c2a1b-17",
        "9f3c2a1b--17",
        "9f3c2a1b-dev-",
        "9f3c2a1b-dev-x",
        "9f3c2a1b-dev-0",
        "9f3c2a1b-dev-017",
        "9f3c2a1b-dev-١٧",
        "9f3c2a1b-dev-17.1",
        "9f3c2a1b-dev-17.02",
        "9f3c2a1b-dev-17.",
        "9f3c2a1b-@x-17",
        "9f3c2a1b-@0-17",
        "9f3c2a1b-a b-17",
        "9f3c2a1b-dev-17\n",
        "9f3c2a1b-dev-" + "9" * 40,
        "63E1033A051D4B41B1AB1FA3CF4B243E",
    ],
)
def test_what_is_no_msgid_of_ours_is_unknown(text: str) -> None:
    assert parse_msgid(text) is None


@given(st.text(), st.text("-@.0123456789abT:Z=", max_size=40))
def test_any_text_is_a_reference_or_unknown(text: str, more: str) -> None:
    for kind in ("", "msgid=", "timestamp="):
        for reference in (parse_reference(kind + text), parse_reference(kind + more)):
            assert reference is None or isinstance(reference, MsgId | float)


def test_a_time_is_written_as_server_time_has_it() -> None:
    assert server_time(1551382201.727) == "2019-02-28T19:30:01.727Z"
    assert server_time(0) == "1970-01-01T00:00:00.000Z"


@given(st.integers(0, 4_000_000_000_000))
def test_a_time_to_the_millisecond_is_read_as_it_was_written(milliseconds: int) -> None:
    assert parse_server_time(server_time(milliseconds / 1000)) == milliseconds / 1000


def test_a_leap_second_is_in_the_next_minute() -> None:
    assert parse_server_time("2012-06-30T23:59:60.419Z") == parse_server_time(
        "2012-07-01T00:00:00.419Z"
    )


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-28",
        "2019-02-28T19:30:01.727",
        "2019-02-30T19:30:01.727Z",
        "2019-02-28T19:30:61.727Z",
        "0000-02-28T19:30:01.727Z",
        "9999-12-31T23:59:60.000Z",
        "2019-02-28T19:30:01.727Z\n",
        "٢٠١٩-02-28T19:30:01.727Z",
    ],
)
def test_what_is_no_time_is_unknown(text: str) -> None:
    assert parse_reference(f"timestamp={text}") is None
