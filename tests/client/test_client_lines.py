"""From a server's bytes to what is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.heard import (
    Came,
    Goodbye,
    Heard,
    Moved,
    Notice,
    Past,
    Present,
    Refusal,
    Renamed,
    RoomList,
    Said,
    Welcome,
    Went,
    Whispered,
)
from netchat.client.lines import (
    LONGEST_HEARD,
    EndlessLineError,
    Inbox,
    Prompt,
    command_of,
    is_leaving,
    is_wire_name,
    parse,
)


@pytest.mark.parametrize(
    ("line", "kind", "fields"),
    [
        ("Bob: Je suis bob", Said, {"name": "Bob"}),
        ("Bob: a: b", Said, {"name": "Bob"}),
        ("Bob: ", Said, {"name": "Bob"}),
        ("日本.x_-: [14:02] hi", Said, {"name": "日本.x_-"}),
        ("[Bob -> you] text", Whispered, {"name": "Bob", "mine": False}),
        ("[you -> Bob] text", Whispered, {"name": "Bob", "mine": True}),
        ("[14:02] Bob: hi", Past, {"name": "Bob", "what": "Bob: hi", "when": "14:02"}),
        ("[14:02] * Bob waves", Past, {"name": "Bob", "what": "* Bob waves", "when": "14:02"}),
        ("[14:02] ", Past, {"name": "", "what": ""}),
        ("! Nobody here is called X.", Refusal, {}),
        ("Welcome to chat room. Enter 'exit' anytime to exit", Welcome, {}),
        ("DISCONNECTED!!", Goodbye, {}),
        ("* Carol is now Caz", Renamed, {"name": "Carol", "to": "Caz"}),
        ("* You are now in dev", Moved, {"room": "dev"}),
        ("* In lobby: Alice, Bob", Present, {"room": "lobby", "names": ("Alice", "Bob")}),
        ("* Rooms: dev (1), lobby (3)", RoomList, {"rooms": ("dev", "lobby")}),
        ("* Carol joined", Came, {"names": ("Carol",)}),
        ("* Ann and Bob joined", Came, {"names": ("Ann", "Bob")}),
        ("* Ann, Bob and 14 others left", Went, {"names": ("Ann", "Bob")}),
        ("* Bob waves", Notice, {}),
        ("* Alice says that Bob left", Went, {"names": ()}),
        ("* ", Notice, {}),
        ("Server: not: really", Said, {"name": "Server"}),
        ("whatever a server says", Notice, {}),
    ],
)
def test_each_line_of_the_protocol_is_told_apart(
    line: str, kind: type[Heard], fields: dict[str, object]
) -> None:
    heard = parse(line)
    assert type(heard) is kind
    assert heard.text == line
    assert {name: getattr(heard, name) for name in fields} == fields


def test_the_prompt_is_heard_without_a_line_end_and_before_the_name_is_refused_again() -> None:
    inbox = Inbox()
    assert [type(heard) for heard in inbox.feed(b"Enter username: ")] == [Prompt]
    again = list(inbox.feed(b"! Bob is taken; choose another name.\nEnter username: "))
    assert [type(heard) for heard in again] == [Refusal, Prompt]


def test_nothing_that_moves_the_cursor_rings_or_hides_is_left_in_a_line() -> None:
    hostile = "Bob: \x1b[2J\x1b]0;title\x07 \x9b5A\rYou: \x08 \u202eevil\x7f\n"
    (heard,) = Inbox().feed(hostile.encode())
    assert heard.text == "Bob: [2J]0;title 5A You:  evil"


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    (heard,) = Inbox().feed(b"Bob: \xff\xfe\r\n")
    assert heard.text == "Bob: \ufffd\ufffd"


def test_a_line_without_an_end_is_given_up() -> None:
    inbox = Inbox()
    assert list(inbox.feed(b"x" * LONGEST_HEARD)) == []
    with pytest.raises(EndlessLineError):
        list(inbox.feed(b"x"))


LINES = st.lists(
    st.sampled_from(
        [
            b"Enter username: ",
            b"Bob: hi\n",
            b"! no\r\n",
            b"\n",
            b"\xe6\x97\xa5\n",
            b"[14:02] Bob: x\n",
        ]
    )
    | st.binary(max_size=20)
)


@given(LINES, st.data())
def test_however_the_bytes_are_split_the_same_is_heard(
    pieces: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    inbox = Inbox()
    split = [
        heard
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for heard in inbox.feed(stream[start:end])
    ]
    assert split == list(Inbox().feed(stream))


@given(st.binary())
def test_any_bytes_are_heard_as_lines_that_are_safe_to_print(data: bytes) -> None:
    for heard in Inbox().feed(data + b"\n"):
        assert not set(heard.text) & {chr(code) for code in (*range(32), *range(127, 160))}


@given(st.text())
def test_any_text_is_parsed_and_kept_whole(text: str) -> None:
    assert parse(text).text == text


@pytest.mark.parametrize(
    ("text", "command"),
    [("/JOIN dev", "join"), ("/quit", "quit"), ("//join", ""), ("join", ""), ("/", ""), ("", "")],
)
def test_a_command_is_known_by_its_slash(text: str, command: str) -> None:
    assert command_of(text) == command


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("exit", True),
        ("/quit", True),
        ("/QUIT now", True),
        (" Exit ", True),
        ("/exit", True),
        ("exit now", False),
        ("//quit", False),
    ],
)
def test_exit_and_quit_leave(text: str, leaves: bool) -> None:
    assert is_leaving(text) is leaves


@pytest.mark.parametrize("name", ["Alice", "日本", "a.b", "a:b", "é"])
def test_one_word_can_be_sent_as_a_name(name: str) -> None:
    assert is_wire_name(name)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\nb", "a\x1b", "{}", " a", "a\u202eb"])
def test_what_is_two_lines_two_words_or_another_dialect_is_not_sent_as_a_name(name: str) -> None:
    assert not is_wire_name(name)
