"""Owners of a name with a client of IRC: SASL, rooms of their own, and what they have missed."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.integration.irc.conftest import PASSWORD, StartProgram, json_client, own
from tests.integration.irc.test_talk import reads
from tests.support.certificates import identity
from tests.support.irc_programs import found, sees
from tests.support.processes import ANY_PORT, Server

MISSED = ["missed 1", "missed 2", "missed 3"]


def test_an_owner_logs_in_with_sasl_and_removes_somebody_from_their_room(
    start: StartProgram, server: Server
) -> None:
    own(server, "Ivy")
    ivy = start("Ivy", password=PASSWORD)
    sees(ivy, "Ivy", "has joined", "#lobby")
    ivy.enters("/join #dev")
    sees(ivy, "Ivy", "has joined", "#dev")
    with server.guest("Bob") as bob:
        bob.say("/join dev")
        reads(bob, "* You are now in dev")
        sees(ivy, "Bob", "has joined", "#dev")
        ivy.enters("/kick Bob too loud")
        reads(bob, "* Ivy removed Bob: too loud")
        sees(ivy, "kicked", "too loud")


def test_an_owner_logs_in_over_tls_with_the_certificate_pinned(
    start: StartProgram, server: Server, tmp_path: Path
) -> None:
    own(server, "Ivy")
    server.stop()
    its = identity(tmp_path, "127.0.0.1")
    endpoints = ("--listen", its.put(tmp_path / "both.pem"), "--listen", ANY_PORT)
    with Server(*endpoints, cwd=tmp_path) as secure, secure.guest("Bob") as bob:
        port = int(secure.secure_address.rpartition(":")[2])
        ivy = start("Ivy", port, password=PASSWORD, fingerprint=its.fingerprint.hex(":").upper())
        reads(bob, "* Ivy joined")
        bob.say("/whois Ivy")
        assert bob.line().startswith("* Ivy is an owned name")
        bob.say("good morning")
        sees(ivy, "Bob", "good morning")


def test_who_comes_back_after_a_kill_reads_exactly_what_was_missed(
    start: StartProgram, server: Server, tmp_path: Path
) -> None:
    own(server, "Ivy")
    ivy = start("Ivy", password=PASSWORD)
    sees(ivy, "Ivy", "has joined", "#lobby")
    with json_client(server, "Bob") as bob:
        bob.ask(type="say", room="lobby", text="before")
        sees(ivy, "Bob", "before")
        # A client sends a PING each minute or so, and what it had been sent counts as read then.
        ivy.enters("/quote PING now")
        ivy.enters("/topic tea")
        bob.event("topic")
    server.stop(signal.SIGKILL)
    with Server(cwd=tmp_path) as elsewhere, json_client(elsewhere, "Bob") as bob:
        for text in MISSED:
            bob.ask(type="say", room="lobby", text=text)
            bob.event("said")
    listen = f"tcp:{server.ports[0]}:interface=127.0.0.1"
    with Server("--listen", listen, cwd=tmp_path) as again, json_client(again, "Bob") as bob:
        ivy.comes_back()
        while "Ivy" not in bob.event("joined")["names"]:
            pass
        bob.ask(type="say", room="lobby", text="after")
        sees(ivy, "Bob", "after")
        assert found(ivy, "before|missed [0-9]|after") == ["before", *MISSED, "after"]
