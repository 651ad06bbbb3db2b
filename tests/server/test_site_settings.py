"""The options of a server that is one of a site: what they take, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.test_options import parse, refusal


def test_a_server_alone_has_no_log_and_would_keep_it_for_a_week() -> None:
    options = parse()
    assert options["cluster"] is options["cluster-name"] is options["cluster-password-file"] is None
    assert options["cluster-days"] == 7
    assert options["advertise"] == ()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("chat.example:5001", "chat.example:5001"),
        ("Chat.Example:5001", "chat.example:5001"),
        ("192.0.2.7:1", "192.0.2.7:1"),
        ("[2001:db8::1]:65535", "[2001:db8::1]:65535"),
    ],
)
def test_an_address_is_a_host_and_a_port(given: str, read: str) -> None:
    assert parse("--advertise", given)["advertise"] == (read,)


def test_several_addresses_may_be_given() -> None:
    wanted = ("one:1", "two:2")
    assert parse("--advertise=one:1", "--advertise=two:2")["advertise"] == wanted
    assert parse(NETCHAT_ADVERTISE="one:1 two:2")["advertise"] == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("chat.example", "chat.example:", "chat.example:0", "chat:65536", "2001:db8::1", ":5001"),
        *("[2001:db8::1]", "a b:5001", "https://chat.example:5001", "chat:٣"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    sentence = refusal("--advertise", text)
    assert "--advertise wants a host and a port like chat.example:5001, not" in sentence


def test_the_name_of_a_server_is_checked_as_other_names_are() -> None:
    assert parse("--cluster-name", "berlin-1")["cluster-name"] == "berlin-1"
    sentence = refusal("--cluster-name", "berlin 1")
    assert (
        "--cluster-name wants the name of a server, not 'berlin 1': A name has letters" in sentence
    )
    assert "33" not in refusal("--cluster-name", "x" * 33)
    assert "is reserved" in refusal("--cluster-name", "server")


@pytest.mark.parametrize("text", ["0", "-1", "week", "nan", "1e6"])
def test_days_of_the_log_are_more_than_none(text: str) -> None:
    assert "--cluster-days wants" in refusal("--cluster-days", text)


def test_the_path_of_the_password_file_is_absolute(tmp_path: Path) -> None:
    options = parse("--cluster-password-file", "password")
    assert options["cluster-password-file"] == Path.cwd() / "password"
