"""The table of commands: other words for them, near misses, and what `/help` says of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netchat.dialects.text import dialect as text
from netchat.dialects.text.client_commands import CLIENT_COMMANDS, not_here
from netchat.dialects.text.commands import (
    ALL_COMMANDS,
    COMMANDS,
    closest_word,
    find_command,
    find_word,
    unknown_command,
)
from netchat.dialects.text.help import help_texts
from netchat.dialects.text.requests import may_be_private
from netchat.model.answers import Help
from netchat.model.events import Refused
from netchat.model.requests import (
    CURRENT_ROOM,
    Bye,
    ClientCommand,
    GetHelp,
    GetNames,
    GetRooms,
    Join,
    Leave,
    Request,
    Say,
    Tell,
)
from netchat.model.state_requests import AwayRequest, GetWho, IgnoreRequest, Reply


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/part", Leave(CURRENT_ROOM)),
        ("/leave dev", Leave("dev")),
        ("/list", GetRooms()),
        ("/who", GetWho(room="")),
        ("/j dev", Join("dev")),
        ("/bye", Bye()),
        ("/users", GetNames(CURRENT_ROOM)),
        ("/w Bob hi", Tell("Bob", "hi")),
        ("/whisper Bob hi", Tell("Bob", "hi")),
        ("/query Bob hi", Tell("Bob", "hi")),
        ("/query Bob", ClientCommand("go", "Bob")),
        ("/R hi", Reply("hi")),
        ("/block Bob", IgnoreRequest("Bob")),
        ("/afk", AwayRequest()),
        ("/?", GetHelp()),
        ("/help /JOIN", GetHelp("/join")),
        ("/help w", GetHelp("/msg")),
        ("/help account", GetHelp("account")),
        ("/help /account", GetHelp("/account")),
        ("/help exit", GetHelp("/exit")),
        ("/go dev", ClientCommand("go", "dev")),
        ("/set times on", ClientCommand("set", "times on")),
        ("/clear", ClientCommand("clear")),
    ],
)
def test_words_that_people_know_from_elsewhere_are_commands(typed: str, meant: Request) -> None:
    assert text.parse(typed.encode()) == meant


@pytest.mark.parametrize(
    ("typed", "closest"),
    [
        ("jion", "join"),
        ("joinn", "join"),
        ("hist", "history"),
        ("nickk", "nick"),
        ("whoiss", "whois"),
        ("mgs", "msg"),
        ("JOI", "join"),
        ("xyzzy", ""),
        ("", ""),
        ("etc/passwd", ""),
    ],
)
def test_a_near_miss_names_the_closest_command(typed: str, closest: str) -> None:
    assert closest_word(typed) == closest
    refused = text.parse(f"/{typed}".encode())
    assert isinstance(refused, Refused)
    assert refused.code == "unknown-type"
    end = f"did you mean /{closest}?" if closest else "try /help."
    assert refused.message == f"There is no command /{typed}; {end}"


def test_only_the_client_is_asked_about_what_only_it_can_do() -> None:
    assert unknown_command("cleer", in_client=True).endswith("did you mean /clear?")
    assert "/clear" not in unknown_command("cleer")
    assert text.parse(b"/cleer", in_client=True) == Refused(
        "unknown-type", unknown_command("cleer", in_client=True)
    )


@given(st.text(max_size=60))
def test_an_unknown_command_is_refused_in_one_short_sentence(typed: str) -> None:
    word = typed.replace("\t", " ").partition(" ")[0]
    refused = text.parse(f"/{typed}".encode(errors="replace"))
    if find_command(word) is None and not typed.startswith("/"):
        assert isinstance(refused, Refused)
        shown = text.render(refused).decode()
        assert shown.startswith("! There is no command /")
        assert shown.count("\n") == 1
        assert len(shown) < 90


@given(st.sampled_from([*ALL_COMMANDS]), st.text(max_size=80))
def test_whatever_stands_behind_a_command_is_a_request_or_refused(word: str, rest: str) -> None:
    parsed = text.parse(f"/{word} {rest}".encode(errors="replace"))
    assert isinstance(parsed, Request | Refused)
    assert not isinstance(parsed, Say) or word == "me"


@given(st.sampled_from([*ALL_COMMANDS.items()]), st.data())
def test_every_alias_is_its_command_in_any_case(item: tuple[str, object], data: object) -> None:
    word, command = item
    assert find_word(word.upper()) == word
    assert find_command(word) is command
    for alias in ALL_COMMANDS[word].aliases:
        assert alias not in ALL_COMMANDS
        assert find_command(alias.upper()) is command


@pytest.mark.parametrize("word", ALL_COMMANDS)
def test_help_explains_each_command(word: str) -> None:
    asked = text.parse(f"/help {word}".encode())
    asked = GetHelp(f"/{word}") if word == "account" else asked
    assert asked == GetHelp(f"/{word}")
    read = text.render(Help(f"/{word}")).decode().splitlines()
    command = ALL_COMMANDS[word]
    assert read[0] == f"* {command.usage}: {command.purpose}"
    assert all(line.startswith("* ") for line in read)
    assert all(f"/{alias}" in read[-1] for alias in command.aliases)


def test_help_for_no_command_says_so() -> None:
    refused = text.parse(b"/help jion")
    assert refused == Refused("unknown-type", "There is no command /jion; did you mean /join?")


def test_the_client_lists_its_own_commands_and_a_server_does_not() -> None:
    for_client = "\n".join(help_texts("", in_client=True))
    for_others = "\n".join(help_texts(""))
    for command in CLIENT_COMMANDS.values():
        assert command.usage in for_client
        assert command.usage not in for_others


@pytest.mark.parametrize("word", CLIENT_COMMANDS)
def test_what_only_the_client_can_do_is_one_sentence(word: str) -> None:
    assert not_here(word).startswith(f"Only the netchat client has /{word}")
    assert not_here(word).count(".") == 1
    assert word not in COMMANDS


@pytest.mark.parametrize("typed", ["/w Bob psst", "/query Bob psst", "/whisper Bob", "/r psst"])
def test_another_word_for_a_private_command_is_private(typed: str) -> None:
    assert may_be_private(typed)
