"""What a client of IRC asks the server, and which capabilities it takes later."""

from __future__ import annotations

from pathlib import Path

import pytest

from netchat.testing import Network
from tests.support.irc import register


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("LUSERS", ["251", "254", "255", "265", "266"]),
        ("VERSION", ["351", "005", "005"]),
        ("TIME", ["391"]),
        ("ADMIN", ["256", "257", "258"]),
        ("INFO", ["371", "371", "374"]),
        ("LINKS", ["365"]),
        ("STATS u", ["219"]),
        ("STATS", ["461"]),
        ("USERS", ["446"]),
        ("MOTD", ["422"]),
        ("MOTD elsewhere.example", ["402"]),
        ("VERSION elsewhere.example", ["402"]),
        ("TIME Ann", ["391"]),
        ("HELP", ["704", "705", "705", "706"]),
        ("HELPOP privmsg", ["704", "706"]),
        ("HELP nothing", ["524"]),
        ("OPER Ann", ["461"]),
        ("OPER Ann secret", ["491"]),
        ("PING", ["461"]),
        ("PING :", ["409"]),
        ("CAP", ["461"]),
        ("USER ann 0 * :Ann", ["462"]),
        ("AUTHENTICATE PLAIN", ["904"]),
        ("NOSUCHCOMMAND", ["421"]),
    ],
)
def test_a_client_gets_the_replies_that_belong_to_what_it_has_asked(
    network: Network, line: str, numbers: list[str]
) -> None:
    ann = register(network, "Ann")
    assert [answer.split()[1] for answer in ann.ask(line)] == numbers


def test_the_number_of_those_here_and_the_highest_one_are_shown(network: Network) -> None:
    ann, bob = register(network, "Ann"), register(network, "Bob")
    bob.ask("QUIT")
    assert ann.ask("LUSERS")[-1] == ":server 266 Ann 1 2 :Current global users 1, max 2"


def test_a_client_takes_and_gives_back_a_capability_while_it_talks(network: Network) -> None:
    ann, bob = register(network, "Ann"), register(network, "Bob")
    assert ann.ask("CAP REQ :away-notify")[0].endswith("CAP Ann ACK away-notify")
    bob.ask("AWAY :at lunch")
    assert ann.read() == [":Bob!~Bob@guest AWAY :at lunch"]
    assert ann.ask("CAP LIST")[0].endswith("CAP Ann LIST :away-notify cap-notify")
    ann.ask("CAP REQ :-away-notify")
    bob.ask("AWAY")
    assert ann.read() == []
    assert ann.ask("CAP REQ :nothing")[0].endswith("CAP Ann NAK nothing")
    assert ann.ask("CAP END") == []


def test_a_reload_tells_which_capabilities_are_new_or_gone(tmp_path: Path) -> None:
    options = tmp_path / "options"
    options.write_text("plain-passwords = true\n")
    network = Network("--options-file", str(options))
    ann = register(network, "Ann", "cap-notify", "sasl")
    eve = register(network, "Eve", "server-time")
    ann.read()
    options.write_text("plain-passwords = false\n")
    network.reload()
    assert [line.partition(" ")[2] for line in ann.read()] == [
        "CAP Ann DEL :draft/account-registration sasl"
    ]
    assert ann.ask("CAP LIST")[0].endswith("CAP Ann LIST cap-notify")
    options.write_text("plain-passwords = true\n")
    network.reload()
    assert [line.partition(" ")[2] for line in ann.read()] == [
        "CAP Ann NEW :draft/account-registration sasl=PLAIN"
    ]
    assert eve.read() == []
