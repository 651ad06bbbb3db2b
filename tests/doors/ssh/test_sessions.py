"""Sessions without a terminal: lines, commands, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from netchat.doors.ssh.channels import NO_FORWARDING, ONE_SESSION
from netchat.doors.ssh.commands import HELP, NO_SUBSYSTEM
from netchat.testing import Network
from tests.support.ssh_clients import SshClient, connect, make_key, ssh


@pytest.fixture
def network() -> Network:
    return Network()


def test_a_client_without_a_terminal_says_lines_and_hears_those_of_others(network: Network) -> None:
    bob = network.join("Bob")
    alice = ssh(network, "Alice", make_key())
    alice.say("good morning")
    bob.say("hello")
    assert bob.heard() == ["* Alice joined", "Alice: good morning"]
    assert alice.heard[-1] == "Bob: hello"
    alice.end()
    assert (alice.status, alice.channel_closed, alice.online) == (0, True, False)
    assert bob.heard() == ["* Alice left"]


def test_lines_of_a_file_are_all_said_before_the_client_leaves(network: Network) -> None:
    bob = network.join("Bob")
    alice = ssh(network, "Alice", make_key())
    alice.send("".join(f"line {number}\n" for number in range(300)).encode() + b"the last")
    alice.end()
    said = [line for line in bob.heard() if line.startswith("Alice: ")]
    assert said == [*(f"Alice: line {number}" for number in range(300)), "Alice: the last"]
    assert alice.status == 0


def test_a_refusal_goes_to_stderr_and_makes_the_exit_code_1(network: Network) -> None:
    alice = ssh(network, "Alice", make_key())
    alice.say("/nothing")
    alice.end()
    assert alice.status == 1
    assert alice.told[0].startswith("! ")
    assert not any(line.startswith("! ") for line in alice.heard)


def test_say_says_one_line_prints_nothing_and_ends_with_exit_code_0(network: Network) -> None:
    bob = network.join("Bob")
    ci = ssh(network, "ci", make_key(), command="say 'deploy  done'")
    assert (ci.stdout, ci.stderr, ci.status) == (b"", b"", 0)
    assert bob.heard() == ["ci: deploy  done"]


def test_say_without_a_text_says_what_it_reads(network: Network) -> None:
    bob = network.join("Bob")
    ci = ssh(network, "ci", make_key(), command="say")
    assert ci.status is None
    ci.send(b"one\ntwo\nthr")
    ci.end()
    assert ci.status == 0
    assert bob.heard() == ["ci: one", "ci: two", "ci: thr"]


def test_say_in_another_room(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/join ops")
    bob.heard()
    assert ssh(network, "ci", make_key(), command="say --room ops up").status == 0
    assert bob.heard() == ["ci: up"]


def test_say_is_told_why_a_line_is_not_said(network: Network) -> None:
    ci = ssh(network, "ci", make_key(), command="say " + "x" * 5000)
    assert ci.status == 1
    assert len(ci.told) == 1


def test_tail_prints_the_last_lines_and_ends(network: Network) -> None:
    bob = network.join("Bob")
    for number in range(12):
        bob.say(f"line {number}")
    log = ssh(network, "log", make_key(), command="tail")
    assert log.status == 0
    assert [line.split("] ")[1] for line in log.heard] == [f"Bob: line {n}" for n in range(2, 12)]


def test_tail_prints_the_objects_of_the_protocol_with_json(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("one")
    bob.say("two")
    log = ssh(network, "log", make_key(), command="tail --json --after 1")
    assert [json.loads(line)["text"] for line in log.heard] == ["two"]
    assert log.status == 0


def test_tail_follows_until_the_client_hangs_up(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("before")
    log = ssh(network, "log", make_key(), command="tail --last 1 --follow --json")
    bob.say("after")
    assert [json.loads(line)["text"] for line in log.heard] == ["before", "after"]
    assert log.status is None
    log.hang_up()
    assert network.program("log").told()[0]["type"] == "welcome"


@pytest.mark.parametrize("command", ["tail --after", "tail --last 501", "tail --nothing"])
def test_a_wrong_option_is_told_in_one_sentence(network: Network, command: str) -> None:
    log = ssh(network, "log", make_key(), command=command)
    assert (log.status, len(log.told), log.stdout) == (1, 1, b"")


@pytest.mark.parametrize("command", ["rm -rf /", "/bin/sh", "", "scp -t x", "'"])
def test_no_other_command_is_carried_out(network: Network, command: str) -> None:
    client = ssh(network, "Alice", make_key(), command=command)
    assert client.status == 1
    assert len(client.told) == 1
    assert client.told == [HELP] or command == "'"
    assert client.replies == [True]


def test_sftp_is_refused_with_a_sentence(network: Network) -> None:
    client = SshClient("Alice", make_key())
    client.request = (b"subsystem", b"\0\0\0\4sftp")
    connect(network, client)
    assert (client.status, client.told) == (1, [NO_SUBSYSTEM])


@pytest.mark.parametrize("kind", [b"direct-tcpip", b"direct-streamlocal@openssh.com", b"x11"])
def test_nothing_is_forwarded(network: Network, kind: bytes) -> None:
    client = SshClient("Alice", make_key())
    client.channel_type = kind
    connect(network, client)
    assert client.open_failure == NO_FORWARDING


def test_a_connection_has_one_session(network: Network) -> None:
    client = SshClient("Alice", make_key())
    client.sessions = 2
    connect(network, client)
    assert client.open_failure == ONE_SESSION
    assert client.online
    client.hang_up()


def test_a_connection_that_opens_no_session_is_closed_after_a_while(network: Network) -> None:
    client = SshClient("Alice", make_key())
    client.sessions = 0
    connect(network, client)
    network.advance(200)
    assert not client.online
    assert client.ended


def test_whoever_goes_away_leaves_the_chat(network: Network) -> None:
    bob = network.join("Bob")
    ssh(network, "Alice", make_key()).hang_up()
    assert bob.heard() == ["* Alice joined", "* Alice left"]


def test_a_client_that_takes_nothing_is_cut_off_and_the_others_go_on() -> None:
    network = Network("--max-backlog", "10000")
    bob, carol = network.join("Bob"), network.join("Carol")
    client = SshClient("Alice", make_key())
    client.window, client.reads = 2000, False
    connect(network, client)
    for _ in range(20):
        bob.say("x" * 1000)
    network.advance(1)
    assert not client.online
    assert "* Alice left" in carol.heard()
    assert network.service.factory.connections.disconnects["too-slow"] == 1


def test_a_client_whose_window_stays_closed_is_cut_off() -> None:
    network = Network()
    bob = network.join("Bob")
    client = SshClient("Alice", make_key())
    client.window, client.reads = 500, False
    connect(network, client)
    bob.say("x" * 1000)
    for _ in range(6):
        network.advance(8)
    assert not client.online


def test_who_opens_the_window_again_misses_nothing(network: Network) -> None:
    bob = network.join("Bob")
    client = SshClient("Alice", make_key())
    client.window, client.reads = 500, False
    connect(network, client)
    for number in range(100):
        bob.say(f"line {number}")
    assert len(client.stdout) == 500
    client.reads = True
    while len(client.channel.conn.channels) and client.channel.localWindowLeft < 500:
        client.channel.conn.adjustWindow(client.channel, 500)
        network.settle()
    assert client.heard[-100:] == [f"Bob: line {number}" for number in range(100)]
    client.hang_up()


def test_input_waits_while_the_rate_limit_delays_it() -> None:
    network = Network("--rate", "5", "--burst", "20")
    bob = network.join("Bob")
    alice = ssh(network, "Alice", make_key())
    alice.send(b"".join(b"%d\n" % number for number in range(40)))
    alice.end()
    assert len(bob.heard()) == 21
    for _ in range(10):
        network.advance(1)
    assert len(bob.heard()) == 21
    assert alice.status == 0


def test_guests_read_that_the_server_stops(network: Network) -> None:
    alice = ssh(network, "Alice", make_key())
    network.stop()
    assert any("shutting down" in line for line in alice.told)
    assert (alice.status, alice.online) == (1, False)


def test_the_door_of_the_guest_is_told(network: Network) -> None:
    ssh(network, "Alice", make_key())
    guest: Any = next(iter(network.service.factory.connections.open))
    assert guest.door == "ssh"
    assert str(guest.host) == "192.168.1.2"


def test_a_keepalive_of_the_client_is_answered(network: Network) -> None:
    alice = ssh(network, "Alice", make_key())
    answers: list[object] = []
    asked = alice.channel.conn.sendGlobalRequest(b"keepalive@openssh.com", b"", wantReply=1)
    asked.addErrback(answers.append)
    network.settle()
    assert len(answers) == 1
    alice.hang_up()
