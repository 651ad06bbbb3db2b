"""Saved servers on the command line: `netchat save`, `netchat forget`, and their names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netchat import command
from netchat.client.cli.health import parse as parse_health
from netchat.client.cli.options import parse_options, parse_say, parse_tail
from netchat.client.connection.address import Address, WebAddress

DIGEST = "ab" * 32


@pytest.fixture
def config() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "netchat" / "client.toml"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run netchat with `arguments`; return what it prints on stdout or stderr."""
    try:
        ended: object = command.main(arguments)
    except SystemExit as left:
        ended = left.code
    assert ended == code
    out, errors = capsys.readouterr()
    assert not (out and errors)
    return out + errors


def test_a_saved_name_stands_for_the_server_and_how_to_reach_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "word").write_text("secret\n")
    options = ["--ca", "ca.pem", "--name", "Ann", "--room", "a", "--room", "b"]
    saved = printed(capsys, "save", "class", "host", "6001", *options, "--password-file", "word")
    assert saved == "Saved: `netchat class` connects to host:6001 with TLS as Ann in a, b.\n"
    monkeypatch.chdir("/")
    got = parse_options(["Class"])
    assert (got.address, got.tls, got.ca) == (Address("host", 6001), True, tmp_path / "ca.pem")
    assert (got.name, got.rooms, got.password) == ("Ann", ("a", "b"), "secret")
    for other in (parse_say(["class", "hi"]), parse_tail(["class"])):
        assert (other.address, other.name, other.rooms[0]) == (got.address, "Ann", "a")
    assert parse_health(["class"]).address == got.address
    assert parse_health(["class"]).trust is not None


def test_what_is_given_comes_before_what_is_saved(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "save", "class", "host", "--fingerprint", DIGEST, "--name", "A", "--room", "a")
    got = parse_options(["class", "--name", "Bob", "--room", "dev", "--tls"])
    assert (got.name, got.rooms, got.tls, got.fingerprint) == ("Bob", ("dev",), True, None)


def test_a_port_or_a_full_name_is_always_a_host(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "save", "class", "chat.example.org", "--tls")
    for arguments in (["class:5001"], ["class", "5001"]):
        got = parse_options(arguments)
        assert (got.address, got.tls) == (Address("class"), False)
    assert parse_options(["class.example.org"]).address == Address("class.example.org")


def test_a_websocket_and_an_ipv6_address_can_be_saved(capsys: pytest.CaptureFixture[str]) -> None:
    assert "wss://host:443/ws." in printed(capsys, "save", "web", "wss://ann:secret@host/")
    got = parse_options(["web"]).address
    assert isinstance(got, WebAddress)
    assert got.credentials == ("ann", "secret")
    assert "secret" not in printed(capsys, code=2)
    printed(capsys, "save", "six", "::1", "6001")
    assert parse_options(["six"]).address == Address("::1", 6001)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["say", "host"], "`netchat say` is a command of its own; choose another name for the"),
        (["help", "host"], "`netchat help` is a command of its own"),
        (["a.b", "host"], "'a.b' cannot be a name for a server; take a letter, and then"),
        (["localhost", "host"], "'localhost' cannot be a name for a server"),
        (["class"], "the following arguments are required: HOST[:PORT]; netchat save --help"),
        (["class", "ho st"], "'ho st' is not an address; write HOST"),
        (["class", "host", "0"], "'0' is not a port"),
        (["class", "host", "--name", "a b"], "'a b' is not a name; use letters"),
        (["class", "host", "--room", ""], "'' is not a room; use letters"),
        (["class", "host", "--fingerprint", "abc"], "'abc' is not a SHA-256; give its"),
        (["class", "ws://host", "--tls"], "ws://host:80/ws has no TLS; write wss://"),
        (["class", "host", "--invite", "word"], "unrecognized arguments: --invite word"),
    ],
)
def test_what_cannot_be_saved_is_refused_in_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    shown = printed(capsys, "save", *arguments, code=2)
    assert shown.startswith(f"netchat: {sentence}")
    assert shown.count("\n") == 1
    assert not config.exists()


def test_saving_it_again_says_what_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "save", "class", "old")
    assert printed(capsys, "save", "class", "new") == (
        "Saved: `netchat class` connects to new:5001; it was old:5001.\n"
    )


def test_without_arguments_the_saved_servers_are_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "no server is saved yet." in printed(capsys, code=2)
    printed(capsys, "save", "class", "chat.example.org", "--tls", "--name", "Ann")
    printed(capsys, "save", "ops", "ops.example.org")
    assert printed(capsys, code=2).splitlines()[:3] == [
        "Saved servers:",
        "  netchat class  chat.example.org:5001 with TLS as Ann",
        "  netchat ops    ops.example.org:5001",
    ]
    assert printed(capsys, "forget", "CLASS") == ""
    assert "class" not in printed(capsys, code=2)
    assert printed(capsys, "forget", "class", code=2) == (
        "netchat: No server is saved as 'class'; `netchat` lists those that are.\n"
    )


def test_a_broken_file_stops_what_needs_it_and_nothing_else(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    config.parent.mkdir(parents=True)
    config.write_text("bell on\n")
    problem = (
        f"netchat: {config}, line 1, is not TOML: expected '=' after a key in a key/value pair"
    )
    assert printed(capsys, code=2) == f"{problem}; correct that.\n"
    assert printed(capsys, "save", "class", "host", code=2) == f"{problem}; correct that.\n"
    assert printed(capsys, "forget", "class", code=2) == f"{problem}; correct that.\n"
    with pytest.raises(SystemExit):
        parse_options(["class"])
    assert capsys.readouterr().err == (
        f"{problem}; correct that, or give the server as HOST:PORT.\n"
    )
    for host in ("class:5001", "chat.example.org", "10.0.0.1", "localhost", "wss://class"):
        parse_options([host])


def test_several_rooms_are_for_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    rooms = ["--room", "a", "--room", "b"]
    assert parse_options(["host", *rooms]).rooms == ("a", "b")
    for parse in (parse_say, parse_tail):
        with pytest.raises(SystemExit):
            parse(["host", "--name", "ci", *rooms])
        assert "--room goes with one room here" in capsys.readouterr().err
