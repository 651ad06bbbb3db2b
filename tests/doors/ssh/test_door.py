"""How SSH clients find the door: on the one port, on a port of its own, or not at all."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from twisted.conch.ssh.keys import Key

from netchat.doors.ssh.host_key import NAME, HostKeyError, fingerprint, load_host_key
from netchat.doors.ssh.rejection import VERSION, ssh_rejection
from netchat.model.disconnects import SERVER_FULL
from netchat.server.start_error import StartError
from netchat.testing import Network
from tests.doors.ssh.test_hostile_clients import Raw, raw
from tests.support.ssh_clients import SshClient, connect, make_key, ssh


def test_the_host_key_stays_the_same_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    first, second = load_host_key(tmp_path), load_host_key(tmp_path)
    assert first == second
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert fingerprint(first).startswith("SHA256:")
    assert load_host_key(None) != load_host_key(None)


def test_a_host_key_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("x", encoding="utf-8")
    with pytest.raises(HostKeyError, match="remove it"):
        load_host_key(tmp_path)
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    with pytest.raises(HostKeyError, match="cannot be used"):
        load_host_key(tmp_path)


def test_a_server_shows_the_same_key_after_a_restart(tmp_path: Path) -> None:
    def host_key() -> bytes:
        network = Network("--data", str(tmp_path))
        client = ssh(network, "Alice", command="say hello")
        network.stop()
        network.advance(5)
        assert client.status == 0
        return client.host_key

    assert host_key() == host_key()
    assert Key.fromString(host_key()).sshType() == b"ssh-ed25519"


def test_a_client_that_is_slow_to_speak_is_served_all_the_same() -> None:
    network = Network()

    class Slow(SshClient):
        def connectionMade(self) -> None:
            network.clock.callLater(0.5, super().connectionMade)

    client = Slow("Alice", make_key(), command="say hello")
    connect(network, client)
    for _ in range(5):
        network.advance(0.2)
    assert client.status == 0


def test_the_version_may_come_in_pieces() -> None:
    client = raw(Network(), b"S", b"SH-", b"2.0-x", b"\r\n")
    assert client.received.startswith(VERSION)


def test_a_name_may_begin_like_the_version() -> None:
    network = Network()
    bob = network.join("SSH")
    carol = network.join("S")
    bob.say("hello")
    assert carol.heard() == ["SSH: hello"]


def test_no_ssh_closes_the_door_on_the_one_port() -> None:
    client = raw(Network("--no-ssh"), b"SSH-2.0-x\r\n")
    assert not client.received.startswith(b"SSH-")


def test_whoever_is_not_admitted_is_told_why_in_ssh() -> None:
    network = Network("--deny", "203.0.113.0/24")
    client = SshClient("Alice")
    client.network = network
    network.connect(client, "203.0.113.9")
    network.advance(1)
    assert client.ended == "This server takes no connections from your address."


def test_a_rejection_is_a_whole_number_of_blocks() -> None:
    for length in range(40):
        packet = ssh_rejection(SERVER_FULL.__class__("full", "x" * length))
        assert len(packet.partition(b"\r\n")[2]) % 8 == 0


def test_a_client_that_gives_no_name_is_closed_after_the_time_of_a_login() -> None:
    network = Network()
    client = raw(network, b"SSH-2.0-x\r\n")
    network.advance(14)
    assert client.online
    network.advance(2)
    network.advance(5)
    assert not client.online
    assert b"took too long" in client.received


def test_without_the_extra_the_server_runs_and_says_so_if_ssh_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "netchat.doors.ssh.factory", None)
    network = Network()
    assert network.join("Bob").heard() == []
    with pytest.raises(StartError, match="its extra `ssh`"):
        Network("--ssh", "tcp:5022")


def test_connections_of_ssh_count_as_those_of_others() -> None:
    network = Network("--max-per-address", "2")
    network.connect(Raw(), "203.0.113.9")
    ssh(network, "Alice", make_key(), host="203.0.113.9")
    third = SshClient("Carol")
    third.network = network
    network.connect(third, "203.0.113.9")
    network.advance(1)
    assert "Too many connections come from your address" in third.ended


def test_the_client_is_known_by_the_address_that_a_proxy_tells() -> None:
    network = Network()
    door: Any = network.service.factory.doors
    from netchat.doors.transport.opening import Opening

    made = door[Opening.SSH](None)
    assert made.address_key == b""
