"""The text dialect: requests from typed lines, and lines from events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.dialects.text import telnet
from netchat.dialects.text.client_commands import CLIENT_COMMANDS
from netchat.dialects.text.commands import COMMANDS, TOPICS
from netchat.model import answers, events, notices, person_news, requests
from netchat.model.answers import Help, Names, Pong, Rooms, Topic
from netchat.model.events import (
    Closing,
    Entered,
    Event,
    Gap,
    Joined,
    Left,
    Past,
    Refused,
    Renamed,
    Said,
    Told,
    TopicSet,
    Welcome,
)
from netchat.model.requests import (
    CURRENT_ROOM,
    Bye,
    GetHelp,
    GetHistory,
    GetNames,
    GetRooms,
    GetTopic,
    Hello,
    Join,
    MoreHistory,
    MoreMatches,
    Rename,
    Request,
    Say,
    SayLines,
    Search,
    SetTopic,
    Tell,
)
from netchat.model.state_requests import Auth, ReadRequest


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("hello", Say(CURRENT_ROOM, "hello")),
        ("  hello  ", Say(CURRENT_ROOM, "  hello  ")),
        ("exit", Bye()),
        ("exit ", Bye()),
        (" Exit", Bye()),
        ("/exit", Bye()),
        ("exit now", Say(CURRENT_ROOM, "exit now")),
        (" /names", GetNames(CURRENT_ROOM)),
        ("/msg\tBob\thow are you?", Tell("Bob", "how are you?")),
        ("/msg B\u202eob hi", Tell("B\u202eob", "hi")),
        ("/topic -", SetTopic(CURRENT_ROOM, "")),
        ("\u200b", None),
        ("//etc/passwd", Say(CURRENT_ROOM, "/etc/passwd")),
        ("//", Say(CURRENT_ROOM, "/")),
        ("/quit", Bye()),
        ("/QUIT", Bye()),
        ("/help", GetHelp()),
        ("/names", GetNames(CURRENT_ROOM)),
        ("/rooms", GetRooms()),
        ("/topic", GetTopic()),
        ("/topic  on the table ", SetTopic(CURRENT_ROOM, "on the table")),
        ("/join dev", Join("dev")),
        ("/nick Bobby", Rename("Bobby")),
        ("/msg Bob  how are you?", Tell("Bob", "how are you?")),
        ("/me waves", Say(CURRENT_ROOM, "waves", action=True)),
        ("/history", GetHistory(CURRENT_ROOM)),
        ("/history 7", GetHistory(CURRENT_ROOM, limit=7)),
        ("/history 500", GetHistory(CURRENT_ROOM, limit=500)),
        ("/history more", MoreHistory()),
        ("/history  MORE ", MoreHistory()),
        ("/search more", MoreMatches()),
        ("/search more fish", Search(CURRENT_ROOM, "more fish")),
        *(
            (f"x{char}/nick Evil", Say(CURRENT_ROOM, "x /nick Evil"))
            for char in "\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
        ),
        *(
            (f"{char}/nick Evil", Say(CURRENT_ROOM, " /nick Evil"))
            for char in "\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"
        ),
        ("", None),
        ("   ", None),
        ("\x00\x1b", None),
        ("tab\there", Say(CURRENT_ROOM, "tab here")),
        ("\x1b[31mred", Say(CURRENT_ROOM, "[31mred")),
    ],
)
def test_a_line_is_parsed_as_docs_protocol_says(line: str, asked: Request | None) -> None:
    assert text.parse(line.encode()) == asked


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"/foo", "unknown-type", "/foo"),
        (b"/", "unknown-type", "/help"),
        (b"/me", "bad-request", "/me TEXT"),
        (b"/msg Bob", "bad-request", "/msg NAME TEXT"),
        (b"/msg Bob  ", "bad-request", "/msg NAME TEXT"),
        (b"/join", "bad-request", "/join ROOM"),
        (b"/nick", "bad-request", "/nick NAME"),
        (b"/history 0", "bad-request", "/history [N]"),
        (b"/history 501", "bad-request", "/history [N]"),
        (b"/history " + b"9" * 4000, "bad-request", "/history [N]"),
        (b"/history \xd9\xa3", "bad-request", "/history [N]"),
        (b"caf\xe9", "bad-utf8", "UTF-8"),
        (b"\xed\xa0\x80", "bad-utf8", "UTF-8"),
    ],
)
def test_an_invalid_line_is_refused_with_what_to_do(line: bytes, code: str, words: str) -> None:
    refused = text.parse(line)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert words in refused.message
    assert text.render(refused) == f"! {refused.message}\n".encode()


@pytest.mark.parametrize("line", ["\x00/quit", "\u200f/quit", "\x7fexit", "/\x00quit"])
def test_no_invisible_byte_makes_a_command_of_a_text(line: str) -> None:
    assert text.parse(line.encode()) != Bye()


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("Bob", Hello("Bob")),
        (" Bob ", Hello("Bob")),
        ("exit", Bye()),
        ("/quit", Bye()),
        ("/names", Hello("/names")),
    ],
)
def test_the_first_line_is_a_name(line: str, asked: Request) -> None:
    assert text.parse_hello(line.encode()) == asked


def test_a_name_must_be_utf_8() -> None:
    assert isinstance(text.parse_hello(b"\xe9"), Refused)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b"\xff\xfd\x03\xff\xfb\x18Alice", b"Alice"),
        (b"Al\xff\xfa\x18\x00xterm\xff\xf0ice", b"Alice"),
        (b"Alice\xff\xf1\xff\xec", b"Alice"),
        (b"plain", b"plain"),
        (b"\xff\xff", b"\xff\xff"),
        (b"\xff\xfe", b"\xff\xfe"),
        (b"\xff\xfa\x18 cut short", b"\xff\xfa\x18 cut short"),
    ],
)
def test_telnet_negotiation_is_removed_unless_it_is_cut_short(line: bytes, left: bytes) -> None:
    assert telnet.strip_negotiation(line) == left


SAID = Said("lobby", "Bob", "hi", 0.0, id=1)
WAVED = Said("lobby", "Bob", "waves", 60.0, action=True, id=2)


@pytest.mark.parametrize(
    ("event", "read"),
    [
        (SAID, "Bob: hi\n"),
        (WAVED, "* Bob waves\n"),
        (Told("Bob", "Alice", "psst", 0.0), "[Bob -> you] psst\n"),
        (Joined("lobby", ("Ann",)), "* Ann joined\n"),
        (Joined("lobby", ("Ann", "Bob")), "* Ann and Bob joined\n"),
        (Joined("lobby", ("Ann", "Bob", "Carl")), "* Ann, Bob and Carl joined\n"),
        (Left("lobby", tuple("ABCDEFG")), "* A, B and 5 others left\n"),
        (Renamed("Carol", "Caz"), "* Carol is now Caz\n"),
        (TopicSet("lobby", "fish", "Bob"), "* Bob changed the topic to: fish\n"),
        (Topic("lobby", "fish"), "* Topic: fish\n"),
        (Topic("lobby", ""), "* lobby has no topic\n"),
        (
            Welcome("Bob", ("Be", "kind")),
            "Welcome to chat room. Enter 'exit' anytime to exit\n* Be\n* kind\n",
        ),
        (Entered("lobby", "", ("Bob",), 0, True), ""),
        (Entered("dev", "fish", ("Bob",), 0, False), "* You are now in dev\n* Topic: fish\n"),
        (Past("lobby", (), False), ""),
        (Past("lobby", (), True), "* Nothing has been said in lobby yet\n"),
        (
            Past("lobby", (Gap("lobby", 1, 9),), True),
            "* Nothing is kept of what was said in lobby\n",
        ),
        (Names("lobby", ("Ann", "Bob")), "* In lobby: Ann, Bob\n"),
        (Rooms((("dev", 1), ("lobby", 3))), "* Rooms: dev (1), lobby (3)\n"),
        (Closing("bye"), "DISCONNECTED!!\n"),
        (Closing("shutdown", "Come back later."), "! Come back later.\n"),
    ],
)
def test_an_event_is_rendered_as_docs_protocol_says(event: Event, read: str) -> None:
    assert text.render(event).decode() == read


def test_earlier_lines_have_the_servers_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    past = text.TextDialect(lambda: 79_200.0 - 1).render(Past("lobby", (SAID, WAVED), True))
    old = text.TextDialect(lambda: 79_200.0).render(Past("lobby", (SAID, WAVED), True))
    undated = text.render(Past("lobby", (SAID,), True))
    monkeypatch.undo()
    time.tzset()
    assert past == b"[02:00] Bob: hi\n[02:01] * Bob waves\n"
    assert old.decode() == (
        "* -- Thursday, 1970-01-01 --\n"
        "[1970-01-01 02:00] Bob: hi\n"
        "[1970-01-01 02:01] * Bob waves\n"
        "* -- Friday, 1970-01-02 --\n"
    )
    assert undated == b"[1970-01-01 02:00] Bob: hi\n"


def test_a_speaker_reads_no_copy_but_sees_the_recipient_of_a_private_line() -> None:
    assert text.echo(SAID) == text.echo(WAVED) == b""
    assert text.echo(Told("Bob", "Alice", "psst", 0.0)) == b"[you -> Alice] psst\n"
    assert text.echo(Renamed("A", "B")) == text.render(Renamed("A", "B"))


def test_the_other_devices_of_a_speaker_read_that_it_was_them() -> None:
    assert text.on_other_device(SAID) == b"You: hi\n"
    assert text.on_other_device(WAVED) == text.render(WAVED)
    told = Told("Bob", "Alice", "psst", 0.0)
    assert text.on_other_device(told) == text.echo(told)
    assert text.on_other_device(Renamed("A", "B")) == text.render(Renamed("A", "B"))


def test_a_long_list_continues_in_another_line() -> None:
    names = tuple(f"guest-with-a-long-name-{number}" for number in range(1000))
    lines = text.render(Names("lobby", names)).decode().splitlines()
    assert max(len(line.encode()) for line in lines) < 4096
    assert all(line.startswith("* In lobby: ") for line in lines)
    assert [name for line in lines for name in line[12:].split(", ")] == list(names)


def test_help_names_every_command() -> None:
    read = "".join(text.render(Help(topic)).decode() for topic in TOPICS)
    assert all(f"* {command.usage}" in read for command in COMMANDS.values())
    assert "/help moderation" in text.render(Help()).decode()
    assert all(line.startswith("* ") for line in read.splitlines())


def test_every_event_can_be_rendered_and_every_request_can_be_typed() -> None:
    for_programs = {events.Event, events.Repeated, Pong}
    assert set(map(str, text._RENDERERS)) == {
        str(kind)
        for module in (answers, events, notices, person_news)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, events.Event) and kind not in for_programs
    }
    typed = {type(command.request("1 2")) for command in COMMANDS.values()}
    typed |= {type(command.request("")) for command in COMMANDS.values()}
    typed |= {type(command.request("more")) for command in COMMANDS.values()}
    typed |= {type(command.request("1")) for command in COMMANDS.values()}
    every = set(Request.__subclasses__())
    typed |= {type(command.request("x")) for command in CLIENT_COMMANDS.values()}
    assert every - typed == {requests.Hello, requests.Ping, Auth, ReadRequest}


WORDS = st.sampled_from(
    [b"hello", b"/quit", b" a", b"a b", b"Exit", b"\r", b"\xc3\xa9", b"\x1b[1m", b""]
)


@given(st.lists(st.lists(WORDS, max_size=2).map(b"".join), min_size=1, max_size=4))
def test_plain_lines_parsed_together_equal_lines_parsed_one_by_one(lines: list[bytes]) -> None:
    said = text.parse_plain(b"".join(line + b"\n" for line in lines))
    parsed = [text.parse(line) for line in lines]
    assert said is None or [Say(CURRENT_ROOM, x) for x in said.texts] == parsed
    if all(line in (b"hello", b"a b", b"helloa b") for line in lines):
        assert said == SayLines(CURRENT_ROOM, tuple(line.decode() for line in lines))


def test_lines_said_together_are_rendered_like_single_lines() -> None:
    together = events.SaidLines("lobby", "Bob", ("one", "two"), 0.0, first=1)
    for dialect in (text, jsonl):
        assert dialect.render(together) == b"".join(map(dialect.render, together.each()))
        together_elsewhere = b"".join(map(dialect.on_other_device, together.each()))
        assert dialect.on_other_device(together) == together_elsewhere
    assert text.echo(together) == b""


@given(st.binary())
def test_any_bytes_are_a_request_or_a_refusal_without_control_characters(line: bytes) -> None:
    for asked in (text.parse(line), text.parse_hello(line)):
        assert asked is None or isinstance(asked, Request | Refused)
        if isinstance(asked, Say):
            shown = text.render(Said("lobby", "Bob", asked.text, 0.0)).decode()
            assert shown.endswith("\n")
            assert shown[:-1].isprintable() or not any(
                ord(char) < 32 or 127 <= ord(char) < 160 for char in shown[:-1]
            )
            assert len(shown.splitlines()) == 1
