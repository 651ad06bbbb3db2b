"""A name of a saved server that was mistyped."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from netchat.client.cli import mistyped
from netchat.client.cli.mistyped import check_not_mistyped
from netchat.client.cli.options import parse_options, parse_tail
from netchat.client.connection.address import Address
from netchat.client.settings.saved_servers import SavedServers
from netchat.client.settings.settings_file import SettingsFile

SAVED = ("class", "Ops")
Network = Callable[[Callable[[str], Any]], list[str]]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Have hosts looked up by a function; return the names that were."""

    monkeypatch.setattr(mistyped, "PATIENCE", 60)

    def use(answer: Callable[[str], Any]) -> list[str]:
        asked: list[str] = []

        def look_up(name: str, port: object) -> Any:
            asked.append(name)
            return answer(name)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return use


def no_host(name: str) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def no_network(name: str) -> Any:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def test_a_word_that_is_no_host_and_nearly_a_saved_name_is_refused_with_the_name(
    network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    network(no_host)
    SavedServers(SettingsFile.of_user()).save("class", {"address": "chat.example.org"})
    for parse in (parse_options, parse_tail):
        for name in ([], ["--name", "Ann"]):
            with pytest.raises(SystemExit) as left:
                parse(["clas", *name])
            assert left.value.code == 2
            assert capsys.readouterr().err == (
                "netchat: There is no server saved as 'clas', and no host of that name; "
                "did you mean 'class'?\n"
            )
    with pytest.raises(ValueError, match="did you mean 'Ops'"):
        check_not_mistyped("opd", SAVED)


def test_no_other_word_is_looked_up(network: Network) -> None:
    asked = network(no_host)
    assert parse_options(["clas"]).address == Address("clas")
    SavedServers(SettingsFile.of_user()).save("class", {"address": "chat.example.org"})
    for word in ("class", "lab", "clas.example.org", "clas:5001", "localhost", "ws://clas"):
        parse_options([word])
    parse_options(["clas", "5001"])
    assert asked == []


def test_a_host_is_reached_though_its_name_is_nearly_a_saved_one(network: Network) -> None:
    asked = network(lambda name: [name])
    check_not_mistyped("clas", SAVED)
    network(no_network)
    check_not_mistyped("clas", SAVED)
    assert asked == ["clas"]


def test_a_slow_look_up_stops_nobody(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistyped, "PATIENCE", 0.01)
    answered = threading.Event()
    network(lambda _: answered.wait(60))
    check_not_mistyped("clas", SAVED)
    assert not answered.is_set()
    answered.set()
