"""The servers that the user has saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.client.settings.saved_servers import (
    BadSavedNameError,
    SavedServers,
    can_be_saved,
    check_saved_name,
)
from netchat.client.settings.settings import Settings
from netchat.client.settings.settings_file import SettingsFile, SettingsFileError

CLASS = {"address": "chat.example.org:5001", "tls": True, "name": "Ann", "rooms": ["a", "b"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "client.toml"


def servers_at(path: Path) -> SavedServers:
    """Return the servers that a client reads which starts now."""
    return SavedServers(SettingsFile(path))


def test_a_saved_server_is_found_by_its_name_in_any_case(path: Path) -> None:
    assert servers_at(path).find("class") is None
    assert servers_at(path).save("Class", {**CLASS, "ca": None, "fingerprint": ""}) is None
    assert servers_at(path).find("class") == servers_at(path).find("CLASS") == CLASS
    assert servers_at(path).all() == {"class": CLASS}
    assert path.read_text().endswith(
        '\n[servers.class]\naddress = "chat.example.org:5001"\ntls = true\n'
        'name = "Ann"\nrooms = ["a", "b"]\n'
    )


def test_saving_it_again_replaces_it_and_keeps_comments(path: Path) -> None:
    path.write_text(
        "bell = 'off' # at night\n[servers.one]\naddress = '1'\n"
        "[servers.Class]\n# room 12\naddress = 'host' # old\ntls = true\n"
        "[servers.two]\naddress='2'\n"
    )
    assert servers_at(path).save("class", {"address": "other:1", "ca": Path("/ca.pem")}) == {
        "address": "host",
        "tls": True,
    }
    assert path.read_text() == (
        "bell = 'off' # at night\n[servers.one]\naddress = '1'\n"
        '[servers.Class]\n# room 12\naddress = "other:1" # old\nca = "/ca.pem"\n'
        "[servers.two]\naddress='2'\n"
    )
    assert list(servers_at(path).all()) == ["one", "Class", "two"]


def test_a_server_can_be_forgotten_and_the_settings_stay(path: Path) -> None:
    Settings(SettingsFile(path)).set("times", "on")
    servers_at(path).save("class", CLASS)
    servers_at(path).save("ops", {"address": "ops:1"})
    assert servers_at(path).forget("CLASS")
    assert not servers_at(path).forget("class")
    assert servers_at(path).all() == {"ops": {"address": "ops:1"}}
    settings = Settings(SettingsFile(path))
    assert (settings.current.times, settings.problems) == ("on", [])
    assert settings.set("bell", "off").startswith("*")
    assert servers_at(path).all() == {"ops": {"address": "ops:1"}}


@pytest.mark.parametrize("name", ["class", "Class-2", "my_server", "école", "x"])
def test_a_word_can_be_a_name(name: str) -> None:
    assert can_be_saved(name)
    check_saved_name(name, ("say", "tail"))


@pytest.mark.parametrize(
    "name",
    ["", "chat.example.org", "10.0.0.1", "::1", "host:1", "ws://host", "localhost", "6001",
     "-x", "a b", "LocalHost", "x" * 33, "a\n"],
)  # fmt: skip
def test_what_may_be_an_address_cannot_be_a_name(name: str, path: Path) -> None:
    assert not can_be_saved(name)
    with pytest.raises(BadSavedNameError, match="so that no host is called like that"):
        check_saved_name(name, ())
    path.write_text("broken")
    assert servers_at(path).find(name) is None


def test_a_command_cannot_be_a_name() -> None:
    with pytest.raises(BadSavedNameError, match=r"^`netchat Say` is a command"):
        check_saved_name("Say", ("say", "tail"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("servers = 7", "line 1: servers is not a table"),
        ("[servers]\nclass = 'host'", "line 2: class has no address"),
        ("[servers.class]\ntls = true", "line 1: class has no address"),
        ("[servers.class]\naddress = 'host'\ntls = 'yes'", "line 3: tls takes true or false"),
        ("[servers.class]\naddress = 'host'\nrooms = 'a'", "line 3: rooms takes a list of texts"),
        ("[servers.class]\naddress = 'host'\nrooms = [1]", "line 3: rooms takes a list of texts"),
        ("[servers.class]\nport = 6\naddress = 'host'", "line 2: a server has no port, but addr"),
        ("[servers.class\n", "line 1, is not TOML: "),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(path: Path, text: str, problem: str) -> None:
    path.write_text(text)
    for call in (lambda: servers_at(path).find("class"), lambda: servers_at(path).all()):
        with pytest.raises(SettingsFileError) as raised:
            call()
        assert str(raised.value).startswith(f"{path}, {problem}")
