"""Accounts as clients of IRC own them, and log in to them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest
from scramp import ScramClient

from netchat.testing import Network
from tests.support.irc import IrcGuest, connect, register
from tests.support.proofs import PASSWORD, own

if TYPE_CHECKING:
    from pathlib import Path

HERE = "127.0.0.1"
"""Whence a password may come without TLS."""


@pytest.fixture
def network() -> Network:
    network = Network("--plain-passwords")
    own(network, "Ann", password=PASSWORD)
    return network


def plain(name: str, password: str, authzid: str = "") -> str:
    return b64encode(f"{authzid}\0{name}\0{password}".encode()).decode()


def start(network: Network, nick: str = "Ann", host: str = HERE) -> IrcGuest:
    """Return a client that has begun to register as `nick`."""
    client = connect(network, host)
    client.ask("CAP LS 302", f"NICK {nick}", "USER ann 0 * :Ann", "CAP REQ sasl")
    return client


def has_numeric(lines: list[str], number: str) -> bool:
    return any(line.startswith(f":server {number} ") for line in lines)


def test_an_owner_logs_in_with_sasl_plain(network: Network) -> None:
    ann = start(network)
    (more,) = ann.ask("AUTHENTICATE PLAIN")
    assert more.endswith(" AUTHENTICATE +")
    answers = ann.ask(f"AUTHENTICATE {plain('Ann', PASSWORD)}")
    assert answers == [
        ":server 900 Ann Ann!~ann@user/Ann Ann :You are now logged in as Ann",
        ":server 903 Ann :SASL authentication successful",
    ]
    assert ann.ask("CAP END")[0].startswith(":server 001 Ann ")


def test_who_logs_in_is_called_as_their_account(network: Network) -> None:
    ann = start(network, "Guest7")
    ann.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('ann', PASSWORD)}")
    nick, welcome, *_ = ann.ask("CAP END")
    assert nick == ":Guest7!~u@guest NICK Ann"
    assert welcome.startswith(":server 001 Ann ")


def test_a_long_message_of_sasl_comes_in_chunks(network: Network) -> None:
    ann = start(network)
    ann.ask("AUTHENTICATE PLAIN")
    data = plain("Ann", PASSWORD, "x" * (300 - len(PASSWORD) - 5))
    assert len(data) == 400
    assert ann.ask(f"AUTHENTICATE {data}") == []
    assert has_numeric(ann.ask("AUTHENTICATE +"), "903")


def test_a_wrong_password_is_904_and_after_five_the_client_is_disconnected(
    network: Network,
) -> None:
    ann = start(network)
    for _ in range(5):
        ann.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Ann', 'wrong horse battery')}")
        network.advance(10)
    read = ann.read()
    assert has_numeric(read, "904")
    assert "ERROR" in read[-1]
    assert not ann.online


def test_sasl_is_aborted_by_the_client_or_when_it_ends_the_negotiation(network: Network) -> None:
    bob = start(network, "Bob")
    assert has_numeric(bob.ask("AUTHENTICATE PLAIN", "AUTHENTICATE *"), "906")
    bob.ask("AUTHENTICATE PLAIN")
    answers = bob.ask("CAP END")
    assert has_numeric(answers[:1], "906")
    assert has_numeric(answers, "001")


@pytest.mark.parametrize(
    ("data", "number"),
    [("!!", "904"), ("AAAA", "904"), ("+", "904"), ("A" * 401, "905"), (plain("[]", "x"), "904")],
)
def test_what_is_no_message_of_sasl_is_refused(network: Network, data: str, number: str) -> None:
    ann = start(network)
    ann.ask("AUTHENTICATE PLAIN")
    assert has_numeric(ann.ask(f"AUTHENTICATE {data}"), number)
    assert has_numeric(ann.ask("AUTHENTICATE SECRET"), "908")


def test_scram_proves_a_password_without_sending_it() -> None:
    network = Network("--scram", "--plain-passwords")
    own(network, "Ann", password=PASSWORD)
    for password in (PASSWORD, "wrong horse battery"):
        ann = start(network, host="192.168.1.77")
        client = ScramClient(["SCRAM-SHA-256"], "Ann", password)
        ann.ask("AUTHENTICATE SCRAM-SHA-256")
        first = _payload(ann.ask(f"AUTHENTICATE {_encoded(client.get_client_first())}"))
        client.set_server_first(first)
        final = ann.ask(f"AUTHENTICATE {_encoded(client.get_client_final())}")
        network.advance(1)
        if password == PASSWORD:
            client.set_server_final(_payload(final))
            assert has_numeric(ann.ask("AUTHENTICATE +"), "903")
            assert has_numeric(ann.ask("CAP END"), "001")
        else:
            assert has_numeric(final + ann.read(), "904")


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _payload(lines: list[str]) -> str:
    (line,) = lines
    return b64decode(line.rpartition(" ")[2]).decode()


def test_passwords_are_not_taken_where_others_can_read_them() -> None:
    network = Network()
    bob = connect(network)
    offered = bob.ask("CAP LS 302")[0]
    assert " sasl" not in offered
    assert "draft/account-registration" not in offered
    assert " sasl=PLAIN" in connect(network, HERE).ask("CAP LS 302")[0]


def test_a_nick_that_is_owned_is_refused_and_the_client_is_told_how_to_log_in(
    network: Network,
) -> None:
    ann = connect(network)
    answers = ann.ask("NICK Ann", "USER ann 0 * :Ann")
    assert "log in with SASL, or with PASS Ann:PASSWORD" in answers[0]
    assert answers[1] == ":server 433 * Ann :Ann is owned by somebody"
    assert has_numeric(ann.ask("NICK Anna"), "001")


@pytest.mark.parametrize("given", [PASSWORD, f"Ann:{PASSWORD}"])
def test_an_owner_logs_in_with_pass(network: Network, given: str) -> None:
    assert has_numeric(
        connect(network).ask(f"PASS :{given}", "NICK Ann", "USER ann 0 * :Ann"), "001"
    )


def test_pass_with_the_name_of_an_account_logs_in_whatever_the_nick(network: Network) -> None:
    ann = connect(network)
    answers = ann.ask(f"PASS :Ann:{PASSWORD}", "NICK other", "USER ann 0 * :Ann")
    assert answers[0] == ":other!~u@guest NICK Ann"


def test_a_wrong_pass_is_464_and_another_nick_may_be_chosen(network: Network) -> None:
    ann = connect(network)
    ann.say("PASS :wrong horse battery\r")
    ann.say("NICK Ann\r")
    ann.say("USER ann 0 * :Ann\r")
    network.advance(5)
    answers = ann.read()
    assert has_numeric(answers, "464")
    assert has_numeric(answers, "433")
    assert has_numeric(ann.ask("NICK Anna"), "001")


def test_a_nick_is_registered_and_then_proved(network: Network) -> None:
    bob = register(network, "Bob", "draft/account-registration", "labeled-response", "batch")
    answers = bob.ask(f"@label=r REGISTER * * :{PASSWORD}")
    assert any("REGISTER SUCCESS Bob :Bob is yours now" in line for line in answers)
    assert any(" 900 Bob " in line for line in answers)
    (answer,) = bob.ask(f"REGISTER * * :{PASSWORD}")
    assert " FAIL REGISTER ALREADY_AUTHENTICATED * :" in answer
    bob.say("QUIT\r")
    again = start(network, "Bob")
    again.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('Bob', PASSWORD)}")
    assert has_numeric(again.ask("CAP END"), "001")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("REGISTER * * short", "WEAK_PASSWORD Bob"),
        (f"REGISTER Carol * :{PASSWORD}", "ACCOUNT_NAME_MUST_BE_NICK Carol"),
    ],
)
def test_a_registration_that_cannot_be_is_refused(network: Network, line: str, code: str) -> None:
    bob = register(network, "Bob", "draft/account-registration")
    (answer,) = bob.ask(line)
    assert f" FAIL REGISTER {code} :" in answer
    (answer,) = bob.ask("VERIFY Bob 123")
    assert " FAIL VERIFY INVALID_CODE Bob :" in answer


def test_who_is_not_connected_yet_cannot_register_an_account(network: Network) -> None:
    (answer,) = connect(network).ask("NICK Bob", "REGISTER * * password")
    assert " FAIL REGISTER COMPLETE_CONNECTION_REQUIRED * :" in answer


def test_what_is_meant_for_nickserv_is_answered_and_reaches_nobody(network: Network) -> None:
    nobody = connect(network)
    assert has_numeric(nobody.ask("NICK NickServ", "USER x 0 * x"), "432")
    bob = register(network, "Bob")
    (answer,) = bob.ask("PRIVMSG NickServ :IDENTIFY secret")
    assert answer.startswith(":NickServ!NickServ@")
    assert "SASL" in answer
    answers = bob.ask(f"NS REGISTER {PASSWORD.replace(' ', '-')}")
    assert any(line.endswith("NOTICE Bob :Bob is yours now") for line in answers)


def test_who_is_in_cannot_log_in_again(network: Network) -> None:
    bob = register(network, "Bob")
    assert has_numeric(bob.ask("AUTHENTICATE PLAIN"), "904")


def test_capabilities_can_be_asked_for_at_any_time(network: Network) -> None:
    bob, ann = register(network, "Bob"), register(network, "Anna")
    assert bob.ask("PRIVMSG #lobby :one") == []
    assert bob.ask("CAP REQ :echo-message")[0].endswith("CAP Bob ACK echo-message")
    assert bob.ask("PRIVMSG #lobby :two words")[0].endswith("PRIVMSG #lobby :two words")
    assert bob.ask("CAP LIST")[0].endswith("CAP Bob LIST :cap-notify echo-message")
    assert [line.split(" ")[1] for line in ann.read()] == ["PRIVMSG"] * 2


def test_the_password_of_the_server_and_that_of_an_account_are_both_sent_with_pass(
    tmp_path: Path,
) -> None:
    path = tmp_path / "password"
    path.write_text("open sesame\n")
    path.chmod(0o600)
    network = Network("--plain-passwords", "--password-file", str(path))
    bob = connect(network)
    assert has_numeric(bob.ask("PASS :Bob:open sesame", "NICK Bob", "USER b 0 * b"), "001")
    bob.ask(f"REGISTER * * :{PASSWORD}", "QUIT")
    bob = connect(network)
    bob.ask("PASS :open sesame", f"PASS :{PASSWORD}", "NICK Bob")
    assert has_numeric(bob.ask("USER b 0 * b"), "001")
    eve = connect(network)
    eve.ask("PASS wrong", "NICK Eve", "USER e 0 * e")
    network.advance(5)
    assert not eve.online
