"""Attacks on owned names: replays, relays, guesses, and what answers and logs tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.logger import ILogObserver, LogEvent, formatEvent, globalLogPublisher
from zope.interface import implementer

from netchat.accounts import passwords
from netchat.accounts.pool import HashingPool
from netchat.accounts.words import make_word
from netchat.model.notices import Invited
from netchat.model.requests import Hello
from netchat.model.state_requests import Auth, Own
from netchat.state.records import Proof
from netchat.testing import Network, Program
from tests.support.journals import HeldWorker
from tests.support.proofs import CLIENT, PASSWORD, Key, challenged, code, is_in, own

if TYPE_CHECKING:
    from collections.abc import Iterator


WRONG = "wrong horse battery"
KEY = Key()


@pytest.fixture
def network() -> Network:
    return owned()


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []

    @implementer(ILogObserver)
    class Observer:
        def __call__(self, event: LogEvent) -> None:
            lines.append(f"{formatEvent(event)} {event!r}")

    observer = Observer()
    globalLogPublisher.addObserver(observer)
    yield lines
    globalLogPublisher.removeObserver(observer)


def owned(*arguments: str) -> Network:
    """Return a network on which Alice is owned with KEY."""
    network = Network(*arguments)
    own(network, "Alice", key=KEY.public)
    return network


def asked(network: Network, **hello: str) -> tuple[Program, dict[str, Any]]:
    program = network.program("Alice", **hello)
    return program, challenged(program)


def test_a_signature_that_was_right_once_is_refused_on_another_connection(network: Network) -> None:
    alice, challenge = asked(network)
    proof = KEY.proof(challenge)
    thief, _ = asked(network)
    alice.ask("auth", **proof)
    thief.ask("auth", **proof)
    assert is_in(alice)
    assert code(thief) == "bad-auth"


def test_a_signature_is_good_for_the_last_hello_only(network: Network) -> None:
    alice, challenge = asked(network)
    alice.ask("hello", name="Alice")
    second = challenged(alice)
    assert second["nonce"] != challenge["nonce"]
    alice.ask("auth", **KEY.proof(challenge))
    assert code(alice) == "bad-auth"
    alice.ask("auth", **KEY.proof(second))
    assert is_in(alice)


def test_a_signature_that_another_server_has_asked_for_is_refused(network: Network) -> None:
    """Another server passes this one's challenge on; it has another journal."""
    relay = owned()
    victim, lure = asked(relay)
    thief, challenge = asked(network)
    assert challenge["journal"] != lure["journal"]
    thief.ask("auth", **KEY.proof({**challenge, "journal": lure["journal"]}))
    assert code(thief) == "bad-auth"
    assert victim.online


@pytest.mark.parametrize(
    "other",
    [
        {"context": "netchat key proof 2"},
        {"context": "another program"},
        {"client": CLIENT},
        {"exporter": "00" * 32},
    ],
    ids=str,
)
def test_a_signature_for_something_else_is_refused(network: Network, other: dict[str, str]) -> None:
    thief, challenge = asked(network)
    thief.ask("auth", **KEY.proof(challenge, **other))
    assert code(thief) == "bad-auth"
    thief.ask("auth", **KEY.proof({**challenge, "name": "Bob"}))
    assert code(thief) == "bad-auth"
    thief.ask("auth", **KEY.proof(challenge))
    assert is_in(thief)  # It was nothing else that was wrong.


def test_the_key_of_another_account_is_refused(network: Network) -> None:
    other = Key("bob")
    own(network, "Bob", key=other.public)
    thief, challenge = asked(network)
    thief.ask("auth", **other.proof(challenge))
    assert code(thief) == "bad-auth"


def test_a_key_that_was_removed_is_refused_even_if_it_was_asked_for_before(
    network: Network,
) -> None:
    thief, challenge = asked(network)
    alice, own_challenge = asked(network)
    alice.ask("auth", **KEY.proof(own_challenge))
    alice.ask("own", key=Key("new").public)
    alice.ask("account", remove=1)
    assert alice.told()[-1]["type"] == "done"
    thief.ask("auth", **KEY.proof(challenge))
    assert code(thief) == "bad-auth"


def test_whatever_is_wrong_the_answer_is_the_same() -> None:
    network = Network("--plain-passwords", "--scram", "--login-tries", "0")
    own(network, "Alice", key=KEY.public)
    own(network, "Bob", password=PASSWORD)
    answers = set()
    for name in ("Alice", "Bob"):
        for proof in (
            {"method": "password", "password": WRONG},
            {"method": "password", "password": make_word()},
            {"method": "password"},
            {"method": "scram", "data": "nonsense"},
            {"method": "key", "key": Key("x").public, "challenge": "", "signature": "00" * 64},
            {"method": "key"},
        ):
            program = network.program(name)
            methods = challenged(program)["methods"]
            program.ask("auth", **proof)
            network.advance(1.5)
            (refused,) = program.told()
            answers.add((*methods, refused["code"], refused["message"]))
            program.hang_up()
    assert len(answers) == 1


@pytest.mark.parametrize("name", ["Alice", "Bob"])
def test_a_wrong_password_costs_the_same_work_with_and_without_a_verifier(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    network = Network("--plain-passwords")
    own(network, "Alice", key=KEY.public)
    own(network, "Bob", password=PASSWORD)
    verified: list[str] = []
    hasher = passwords._HASHER

    class Counting:
        def verify(self, verifier: str, password: str) -> bool:
            verified.append(verifier.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(verifier, password)

        hash = hasher.hash

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    program = network.program(name)
    challenged(program)
    program.ask("auth", method="password", password=WRONG)
    assert verified == ["$argon2id$v=19$m=19456,t=2,p=1"]


def test_fifty_guess_for_a_minute_and_owners_with_a_key_or_a_known_device_come_in() -> None:
    network = Network("--plain-passwords", "--login-tries", "0", "--max-nameless", "0")
    first = network.program("Alice", client=CLIENT)
    first.ask("own", password=PASSWORD)
    first.ask("own", key=KEY.public)
    first.ask("bye")
    guessers = [network.program("Alice") for _ in range(50)]
    for guesser in guessers:
        challenged(guesser)
    guesses = 0
    for number in range(30):
        for guesser in guessers:
            guesses += code(guesser) == "bad-auth"
            guesser.ask("auth", method="password", password=WRONG)
        network.advance(2)
        if number == 15:
            by_key, challenge = asked(network)
            by_key.ask("auth", **KEY.proof(challenge))
            assert is_in(by_key)
            known, _challenge = asked(network, client=CLIENT)
            known.ask("auth", method="password", password=PASSWORD)
            assert is_in(known)
            assert network.join("Carol").online
    assert guesses < 20
    assert sum(guesser.online for guesser in guessers) == 50


def test_a_login_is_not_cut_off_while_its_password_waits_to_be_verified() -> None:
    network = Network("--plain-passwords", "--login-tries", "0")
    own(network, "Alice", password=PASSWORD)
    guessers = [asked(network)[0] for _ in range(12)]
    for guesser in guessers:
        guesser.ask("auth", method="password", password=WRONG)
    for _ in range(60):
        network.advance(1)
    assert {guesser.told()[0].get("code") for guesser in guessers} == {"bad-auth"}


def test_who_goes_away_while_a_password_is_verified_leaves_nothing_behind() -> None:
    network = Network("--plain-passwords")
    own(network, "Alice", password=PASSWORD)
    guesser = network.program("Alice")
    guesser.ask("auth", method="password", password=WRONG)
    guesser.hang_up()
    network.advance(2)
    alice, _ = asked(network)
    alice.ask("auth", method="password", password=PASSWORD)
    assert is_in(alice)


def test_no_secret_is_in_the_log_or_in_the_audit(log: list[str]) -> None:
    network = Network("--plain-passwords")
    own(network, "Alice", password=PASSWORD)
    alice, _ = asked(network)
    alice.ask("auth", method="password", password=WRONG)
    network.advance(1)
    alice.ask("auth", method="password", password=PASSWORD)
    alice.ask("account")
    account = network.service.factory.chat.state.owner("Alice")
    assert account is not None
    (verifier,) = (proof.value for proof in account.proofs)
    told = str(alice.told())
    assert "welcome" in told
    assert log
    for text in (*log, told):
        for secret in (PASSWORD, WRONG, verifier):
            assert secret not in text


def test_requests_and_proofs_show_no_secret_in_tracebacks() -> None:
    shown = [
        Hello(name="Alice", password=PASSWORD, client=UUID(CLIENT)),
        Auth(method="password", password=PASSWORD),
        Auth(method="scram", data=PASSWORD),
        Auth(method="key", signature=PASSWORD),
        Own(password=PASSWORD, invitation=PASSWORD),
        Proof(1, "password", PASSWORD),
        Invited(PASSWORD, 1),
    ]
    for one in shown:
        assert PASSWORD not in repr(one)
        assert PASSWORD not in f"{one}"
    assert "Alice" in repr(shown[0])


FIELDS = ("key", "challenge", "signature", "password", "data", "ssh", "label", "invitation")
SOME = st.none() | st.text(max_size=100) | st.sampled_from([KEY.public, "n,,n=,r=a", "00" * 64])


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["auth", "own", "account", "invite"]),
    st.sampled_from(["key", "password", "scram", "other"]),
    st.dictionaries(st.sampled_from(FIELDS), SOME),
)
def test_any_request_for_a_proof_is_answered_with_one_refusal_and_nobody_comes_in(
    network: Network, kind: str, method: str, fields: dict[str, str | None]
) -> None:
    program, _ = asked(network)
    program.send(msgspec.json.encode({"type": kind, "method": method, **fields})[:500] + b"\n")
    network.advance(1.5)
    assert [line["type"] for line in program.told()] == ["error"]
    program.hang_up()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> tuple[Network, list[HeldWorker]]:
    """A network, and the workers in which it hashes passwords when the test says so."""
    network, workers = Network("--plain-passwords"), list[HeldWorker]()
    own(network, "Owner", password=PASSWORD)

    def make_worker() -> HeldWorker:
        workers.append(HeldWorker())
        return workers[-1]

    authenticator = network.service.factory.connections.authenticator
    monkeypatch.setattr(authenticator, "pool", HashingPool(make_worker, threads=1))
    return network, workers


def test_who_goes_before_their_password_is_hashed_does_not_take_the_name_of_the_next_guest(
    held: tuple[Network, list[HeldWorker]],
) -> None:
    network, workers = held
    thief = network.program("Bob")
    thief.told()
    thief.ask("own", password=PASSWORD)
    thief.hang_up()
    bob = network.program("Bob")
    workers[0].run_all()
    network.settle()
    assert bob.online
    assert [line["type"] for line in bob.told()] == ["welcome", "entered"]
    assert network.service.factory.chat.state.owner("Bob") is None


def test_coming_again_puts_no_second_password_of_an_address_into_the_queue(
    held: tuple[Network, list[HeldWorker]],
) -> None:
    network, workers = held

    def ask(name: str, host: str) -> Program:
        program = network.connect(Program(), host)
        program.network = network
        program.ask("hello", name=name)
        program.told()
        program.ask("own", password=PASSWORD)
        return program

    refusals = []
    for number in range(5):
        guest = ask(f"guest{number}", "192.0.2.1")
        refusals.append(code(guest))
        guest.hang_up()
    assert refusals == ["", *["bad-request"] * 4]
    for name, host in (("Other", "192.0.2.2"), ("Again", "192.0.2.1")):
        owner = ask(name, host)
        workers[0].run_all()
        network.settle()
        assert [line["type"] for line in owner.told()] == ["owned"]


def test_a_flood_of_new_passwords_does_not_keep_an_owner_from_logging_in(
    held: tuple[Network, list[HeldWorker]],
) -> None:
    network, workers = held
    guests = [network.program(f"guest{number}") for number in range(3)]
    for guest in guests:
        guest.told()
        for _ in range(3):
            guest.ask("own", password=PASSWORD)
    assert [code(guest) for guest in guests] == ["bad-request"] * 3
    owner = network.program("Owner")
    owner.told()
    owner.ask("auth", method="password", password=PASSWORD)
    (worker,) = workers
    for _ in range(2):  # The first of the new passwords was being hashed already.
        worker.run_next()
        network.settle()
    assert is_in(owner)
    worker.run_all()
    network.settle()
    for guest in guests:
        assert "owned" in {line["type"] for line in guest.told()}
