"""The exercise: one server, and guests who reach it by every kind of Docker network."""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.docker.containers import (
    Client,
    CommandError,
    Container,
    docker,
    inspect,
    run,
)
from tests.integration.docker.terminals import Terminal
from tests.support.checkout import CHECKOUT
from tests.support.processes import Guest

CLIENT = "docker run --interactive --tty --rm --network chat netchat netchat chat_serveur"
LISTENING = " 00000000:1389 00000000:0000 0A "
"""Port 5001 of any address, and LISTEN, as proc(5) writes it."""


def test_the_network_has_the_addresses_of_the_exercise(chat: str) -> None:
    network = inspect("network", chat)
    assert network["IPAM"]["Config"] == [
        {"Subnet": "192.168.1.0/24", "Gateway": "192.168.1.254", "IPRange": "192.168.1.0/28"}
    ]
    assert network["Options"] == {"com.docker.network.bridge.name": "chat0"}
    assert " inet 192.168.1.254/24 " in run("ip", "address", "show", "chat0")


def test_the_script_prints_its_commands_and_removes_what_it_created() -> None:
    created = run("docker/network", "create").splitlines()[0]
    assert created == (
        "docker network create --subnet 192.168.1.0/24 --gateway 192.168.1.254 "
        "--ip-range 192.168.1.0/28 -o com.docker.network.bridge.name=chat0 chat"
    )
    assert run("docker/network", "remove") == "docker network rm chat\nchat"


def test_an_error_of_the_script_is_one_sentence(chat: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"1\ndocker/network: say create or remove\.\n$"):
        run("docker/network")
    with pytest.raises(CommandError, match=r"chat\n.*network with name chat already exists\n.*$"):
        run("docker/network", "create")
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "")
    with pytest.raises(CommandError, match=r"1\ndocker/network: there is no docker here; .*\n$"):
        run("/bin/sh", "docker/network", "create", PATH=str(tmp_path))


def test_the_addresses_of_the_network_are_in_one_file() -> None:
    number = re.compile(r"192\.168\.1\.|chat0")
    places = (CHECKOUT / "docker" / name for name in (".env", "network", "docker-compose.yml"))
    with_numbers = [path.name for path in places if number.search(path.read_text(encoding="utf-8"))]
    assert with_numbers == [".env"]


def test_14_guests_get_addresses_and_talk_and_the_16th_container_is_refused(
    chat_serveur: Container, chat: str
) -> None:
    assert chat_serveur.address == "192.168.1.1"
    with ExitStack() as party:
        guests = []
        for number in range(14):
            guests.append(party.enter_context(Client(f"Guest{number}", "--network", chat)))
            chat_serveur.wait_for_log(f"connected  [ Guest{number} ]")
        assert [guest.address for guest in guests] == [f"192.168.1.{n}" for n in range(2, 16)]
        with pytest.raises(CommandError, match="no available IPv4 addresses on this network"):
            docker("run", "--network", chat, "netchat")
        for number, guest in enumerate(guests):
            guest.says(f"hello from {number}")
            for others in guests[:number] + guests[number + 1 :]:
                others.hears(f"Guest{number}: hello from {number}")


def test_a_guest_reaches_the_server_by_its_name_and_by_an_alias(chat: str) -> None:
    names = ("--name", "chat_serveur", "--network", chat, "--network-alias", "salon")
    with Container(*names, "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        with (
            Client("Alice", "--network", chat) as alice,
            Client("Bob", "--network", chat, server="salon") as bob,
        ):
            server.wait_for_log("connected  [ Alice ]")
            server.wait_for_log("connected  [ Bob ]")
            bob.says("here")
            assert alice.hears("Bob: ") == "Bob: here"


def test_a_container_in_the_servers_network_namespace_can_connect_to_it(
    chat_serveur: Container,
) -> None:
    inside = ("--network", "container:chat_serveur")
    assert LISTENING in docker("run", "--rm", *inside, "netchat", "cat", "/proc/net/tcp")
    with Client("Inside", *inside, server="127.0.0.1") as guest:
        connected = chat_serveur.wait_for_log("connected  [ Inside ]")
        guest.says("/names")
        guest.hears("* In lobby: Inside")
    assert "Client (127.0.0.1, " in connected


def test_a_link_on_the_default_network_defines_a_name_for_the_server() -> None:
    with Container("--name", "mon-serveur", "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        link = ("--link", "mon-serveur:server")
        hosts = docker("run", "--rm", *link, "netchat", "cat", "/etc/hosts")
        line = f"{server.address}\tserver {server.id[:12]} mon-serveur"
        assert line in hosts.splitlines()
        with Client("Alice", *link, server="server") as alice:
            server.wait_for_log("connected  [ Alice ]")
            alice.says("/names")
            alice.hears("* In lobby: Alice")


def test_a_guest_on_the_host_talks_through_a_published_port_to_one_in_a_container(
    chat: str,
) -> None:
    published = ("--name", "chat_serveur", "--network", chat, "--publish", "8080:5001")
    with Container(*published, "netchat") as server:
        server.wait_for_log("SERVER WORKING")
        with (
            Client("Alice", "--network", chat) as alice,
            Guest(socket.create_connection(("127.0.0.1", 8080))) as host,
        ):
            server.wait_for_log("connected  [ Alice ]")
            host.say("Host")
            host.read_until(b"exit\n")
            host.say("from outside")
            assert alice.hears("Host: ") == "Host: from outside"
            alice.says("from a container")
            assert host.line() == "Alice: from a container"


def test_alice_and_bob_talk_at_terminals_in_their_own_containers(chat_serveur: Container) -> None:
    alice, bob = Terminal(CLIENT), Terminal(CLIENT)
    try:
        for terminal, name in ((alice, "Alice"), (bob, "Bob")):
            terminal.sees([" CREATING NEW ID:", " Enter username:"])
            terminal.types(name)
            terminal.waits(lambda screen: screen[-1] == "You:")
        alice.waits(lambda screen: screen[-2:] == ["* Bob joined", "You:"])
        alice.types("Je suis Alice")
        bob.waits(lambda screen: screen[-2:] == ["Alice: Je suis Alice", "You:"])
        bob.types("Je suis bob")
        alice.waits(lambda screen: screen[-2:] == ["Bob: Je suis bob", "You:"])
        for terminal in (alice, bob):
            terminal.types("exit")
            terminal.waits(lambda screen: screen[-1] == "DISCONNECTED!!")
            assert terminal.leaves() == 0
    finally:
        alice.is_gone()
        bob.is_gone()
    gone = [f"[ {name} ]" for name in ("Alice", "Bob")]
    assert all(chat_serveur.wait_for_log(f"is offline  {name}") for name in gone)
