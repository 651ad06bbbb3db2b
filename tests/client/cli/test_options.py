"""The command lines of `netchat`, `netchat say` and `netchat tail`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netchat import __version__
from netchat.client.cli.command import main
from netchat.client.cli.health import parse as parse_health
from netchat.client.cli.options import parse_options, parse_say, parse_tail
from netchat.client.connection.address import Address

DIGEST = "ab" * 32
WITH_COLONS = ":".join(["AB"] * 32)


def test_an_address_is_enough() -> None:
    options = parse_options(["host"])
    assert options.address == Address("host")
    assert (options.name, options.rooms, options.tls, options.plain) == ("", (), False, False)


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["host", "6001"], Address("host", 6001)),
        (["--name", "ci", "host", "6001"], Address("host", 6001)),
        (["host", "--name", "ci", "6001"], Address("host", 6001)),
        (["::1", "6001"], Address("::1", 6001)),
        (["[::1]", "6001"], Address("::1", 6001)),
        (["fe80::5%eth0", "6001"], Address("fe80::5%eth0", 6001)),
        (["10.0.0.1", "6001", "--tls"], Address("10.0.0.1", 6001)),
    ],
)
def test_the_port_can_follow_the_host_as_with_nc(arguments: list[str], address: Address) -> None:
    assert parse_options(arguments).address == address
    named = arguments if "--name" in arguments else [*arguments, "--name", "ci"]
    assert parse_tail(named).address == address
    assert parse_health([text for text in named if text not in ("--name", "ci")]).address == address


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["host:7", "6001"], "'host:7:6001' is not an address; write HOST, HOST:PORT, "),
        (["ws://host", "80"], "The port of a URL is a part of it; write it as ws://HOST:80."),
        (["wss://host/ws", "6001"], "The port of a URL is a part of it; write it as wss://HOST:"),
        (["http://host", "80"], "'http://' is not an address of netchat's; write ws://."),
        (["ws://ho st", "80"], "'ho st' is not an address; write HOST, HOST:PORT, [IPV6]:"),
        (["host", "0"], "'0' is not a port; give a number from 1 to 65535."),
        (["host", "65536"], "'65536' is not a port; give a number from 1 to 65535."),
        (["host", "6001", "6002"], "unrecognized arguments: 6001 6002; netchat --help shows"),
        (["host", "other"], "unrecognized arguments: other; netchat --help shows"),
        (["6001", "host"], "unrecognized arguments: host; netchat --help shows"),
    ],
)
def test_a_wrong_port_after_the_host_is_refused(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert sentence in capsys.readouterr().err


def test_numbers_after_the_host_are_text_for_say() -> None:
    options = parse_say(["host", "--name", "ci", "5", "left"])
    assert (options.address, options.text) == (Address("host"), "5 left")


def test_name_and_room_are_taken_as_they_are() -> None:
    options = parse_options(["host:7", "--name", "Zoë", "--room", "dev"])
    assert (options.name, options.rooms) == ("Zoë", ("dev",))


@pytest.mark.parametrize(
    "arguments",
    [["--tls"], ["--ca", "ca.pem"], ["--fingerprint", DIGEST], ["--fingerprint", WITH_COLONS]],
)
def test_an_option_that_says_what_to_trust_turns_tls_on(arguments: list[str]) -> None:
    assert parse_options(["host", *arguments]).tls


def test_a_fingerprint_is_32_bytes_and_a_ca_is_a_file() -> None:
    options = parse_options(["host", "--fingerprint", WITH_COLONS, "--ca", "ca.pem"])
    assert options.fingerprint == bytes([0xAB]) * 32
    assert options.ca == Path("ca.pem")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: HOST[:PORT]; netchat --help shows"),
        (["host", "--nam", "x"], "unrecognized arguments: --nam x; netchat --help shows"),
        (["host", "--name"], "argument --name: expected one argument; netchat --help shows"),
        (["host:x"], "'x' is not a port; give a number from 1 to 65535."),
        (["a b"], "'a b' is not an address; write HOST, HOST:PORT, [IPV6]:PORT or ws://HOST."),
        (["host", "--name", ""], "'' is not a name; use letters, digits and _ . - only."),
        (["host", "--name", "\udcff"], "is not a name; use letters, digits and _ . - only."),
        (["host", "--name", "a\nb"], "'a\\nb' is not a name; use letters"),
        (["host", "--room", "x\n/quit"], "'x\\n/quit' is not a room; use letters"),
        (["host", "--fingerprint", "abc"], "'abc' is not a SHA-256; give its 64 hex digits"),
        (["host", "--fingerprint", "zz" * 32], "is not a SHA-256; give its 64 hex digits"),
    ],
)
def test_a_wrong_command_line_is_reported_in_one_line_and_exits_with_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        parse_options(arguments)
    reported = capsys.readouterr().err
    assert exited.value.code == 2
    assert reported.startswith("netchat: ")
    assert sentence in reported
    assert reported.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["host", "--name", "ci", "deploy", "done"], "deploy done"),
        (["host", "deploy", "done", "--name", "ci"], "deploy done"),
        (["--name", "ci", "host", "deploy done"], "deploy done"),
        (["host", "--name", "ci", "one\ntwo"], "one\ntwo"),
        (["host", "--name", "ci", "--", "-1", "degree"], "-1 degree"),
        (["host", "--name", "ci", "/quit"], "/quit"),
        (["host", "--name", "ci", "-"], None),
        (["host", "--name", "ci"], None),
    ],
)
def test_the_text_to_say_is_all_the_words_or_else_stdin(
    arguments: list[str], text: str | None
) -> None:
    options = parse_say(arguments)
    assert options.text == text
    assert (options.address, options.name) == (Address("host"), "ci")
    assert options.timeout == 30


def test_say_and_tail_have_the_clients_options_for_the_connection() -> None:
    way = ["host:7", "--name", "ci", "--room", "dev", "--ca", "ca.pem"]
    for options in (parse_say([*way, "--timeout", "2.5"]), parse_tail(way)):
        assert (options.address, options.rooms) == (Address("host", 7), ("dev",))
        assert (options.tls, options.ca) == (True, Path("ca.pem"))


@pytest.mark.parametrize(
    ("arguments", "last", "after", "follow", "in_json"),
    [
        ([], 10, None, False, False),
        (["--last", "0", "--follow"], 0, None, True, False),
        (["--last", "500", "--json"], 500, None, False, True),
        (["--after", "0"], 10, 0, False, False),
    ],
)
def test_tail_shows_the_last_ten_lines_unless_told_otherwise(
    arguments: list[str], last: int, after: int | None, follow: bool, in_json: bool
) -> None:
    options = parse_tail(["host", "--name", "log", *arguments])
    assert (options.last, options.after) == (last, after)
    assert (options.follow, options.json) == (follow, in_json)


@pytest.mark.parametrize(
    ("parse", "arguments", "sentence"),
    [
        (parse_say, ["host", "hi"], "a name must be given with --name NAME; netchat say --help"),
        (parse_say, ["host", "--name", "ci", " "], "there is nothing to say; netchat say --help"),
        (parse_say, ["host", "--name", "ci", "--timeout", "0"], "--timeout must be more than 0 s"),
        (parse_say, ["host", "--name", "ci", "--timeout", "nan"], "--timeout must be more than 0"),
        (parse_say, ["--name", "ci"], "the following arguments are required: HOST[:PORT]"),
        (parse_tail, ["host"], "a name must be given with --name NAME; netchat tail --help"),
        (parse_tail, ["host", "--name", "x", "--last", "501"], "--last takes 0 to 500; --after"),
        (parse_tail, ["host", "--name", "x", "--last", "-1"], "--last takes 0 to 500; --after"),
        (parse_tail, ["host", "--name", "x", "--after", "-1"], "--after takes the id"),
        (parse_tail, ["host", "--name", "x", "--after", "1", "--last", "2"], "not allowed with"),
        (parse_tail, ["host", "--name", "x", "more"], "unrecognized arguments: more"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_of_say_or_tail_is_reported_in_one_line_too(
    parse: Callable[[list[str]], object],
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exited:
        parse(arguments)
    reported = capsys.readouterr().err
    assert exited.value.code == 2
    assert reported.startswith(f"netchat: {sentence}") or sentence in reported
    assert reported.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("say", ["--timeout SECONDS", "netchat say chat.example.org --name ci deploy done"]),
        ("tail", ["--last N", "--after ID", "--follow", "--json", "the last 10 lines"]),
    ],
)
def test_the_help_of_say_and_tail_names_every_option_and_shows_examples(
    command: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        main([command, "--help"])
    assert exited.value.code == 0
    shown = capsys.readouterr().out
    for word in (f"usage: netchat {command}", "--name", "--room", "--tls", "--ca", *words):
        assert word in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"netchat {__version__}\n"


def test_the_help_names_every_option_and_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    for word in ("--name", "--room", "--tls", "--ca", "--fingerprint", "--plain", "--follow"):
        assert word in shown
    assert "| netchat HOST --name ci" in shown
    assert max(map(len, shown.splitlines())) <= 100
