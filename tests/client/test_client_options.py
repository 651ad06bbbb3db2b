"""What can be written on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat import __version__
from netchat.client.address import Address
from netchat.client.command import main
from netchat.client.options import parse_options

DIGEST = "ab" * 32
WITH_COLONS = ":".join(["AB"] * 32)


def test_an_address_is_enough() -> None:
    options = parse_options(["host"])
    assert options.address == Address("host")
    assert (options.name, options.room, options.tls, options.plain) == ("", "", False, False)


def test_name_and_room_are_taken_as_they_are() -> None:
    options = parse_options(["host:7", "--name", "Zoë", "--room", "dev"])
    assert (options.name, options.room) == ("Zoë", "dev")


@pytest.mark.parametrize(
    "arguments",
    [["--tls"], ["--ca", "ca.pem"], ["--fingerprint", DIGEST], ["--fingerprint", WITH_COLONS]],
)
def test_whoever_names_what_to_trust_means_tls(arguments: list[str]) -> None:
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
        (["host:x"], "'x' is no port; give a number from 1 to 65535."),
        (["a b"], "'a b' is no address; write HOST, HOST:PORT or [IPV6]:PORT."),
        (["host", "--name", ""], "'' is no name; use letters, digits and _ . - only."),
        (["host", "--name", "a\nb"], "'a\\nb' is no name; use letters"),
        (["host", "--room", "x\n/quit"], "'x\\n/quit' is no room; use letters"),
        (["host", "--fingerprint", "abc"], "'abc' is no SHA-256; give its 64 hex digits"),
        (["host", "--fingerprint", "zz" * 32], "is no SHA-256; give its 64 hex digits"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line_and_exits_with_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        parse_options(arguments)
    told = capsys.readouterr().err
    assert exited.value.code == 2
    assert told.startswith("netchat: ")
    assert sentence in told
    assert told.count("\n") == 1


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
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
