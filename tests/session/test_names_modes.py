"""Who may come in and speak: --names, invitations, the auth command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.accounts.command import Question, Verdict
from netchat.chat.changes import change_as
from netchat.state.changes import CONSOLE, AddProof, OwnName, SetRole
from netchat.state.records import Proof, RoleName
from netchat.testing import Network, Program
from tests.support.proofs import PASSWORD, Key, challenged, code, is_in

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = "127.0.0.1"


class CommandDouble:
    """An auth command that knows some people, and answers at once."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.verdict = Verdict(ok=True)
        self.asked: list[Question] = []
        self.problems: list[str] = []

    def ask(self, question: Question, done: Callable[[Verdict | None], None]) -> None:
        self.asked.append(question)
        right = self.passwords.get(question.name) == question.password
        done(self.verdict if right else Verdict(ok=False))

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def log_problem(self, problem: str) -> None:
        self.problems.append(problem)


def operator(network: Network) -> Program:
    """Return a program that has logged in as the operator."""
    key, chat = Key("operator"), network.service.factory.chat
    change_as(chat, CONSOLE, OwnName("Olga"), lambda _: None)
    network.settle()
    change_as(chat, CONSOLE, SetRole("Olga", "", "operator"), lambda _: None)
    account = chat.state.owner("Olga")
    assert account is not None
    change_as(chat, CONSOLE, AddProof(account.number, Proof(0, "key", key.public)), lambda _: None)
    network.settle()
    olga = network.program("Olga")
    olga.ask("auth", **key.proof(challenged(olga)))
    welcome = olga.told()[0]
    assert welcome["roles"] == {"": "operator"}
    return olga


def invite(olga: Program, **fields: object) -> str:
    olga.ask("invite", **fields)
    (invited,) = [line for line in olga.told() if line["type"] == "invited"]
    token: str = invited["token"]
    return token


def test_where_names_are_owned_a_guest_may_only_listen_until_they_own_theirs() -> None:
    network = Network("--names", "owned")
    bob = network.program("Bob")
    assert bob.told()[0]["names"] == "owned"
    for request in (
        {"type": "say", "room": "lobby", "text": "hello"},
        {"type": "tell", "to": "Bob", "text": "hello"},
        {"type": "topic", "room": "lobby", "text": "fish"},
    ):
        bob.ask(**request)
        assert code(bob) == "not-allowed"
    bob.send(b'{"type":"say","room":"lobby","text":"one"}\n' * 3)
    assert [line["type"] for line in bob.told()] == ["error"] * 3
    bob.ask("own", key=Key().public)
    bob.ask("say", room="lobby", text="hello")
    assert [line["type"] for line in bob.told()] == ["owned", "said"]


def test_a_guest_who_types_is_told_how_they_can_speak() -> None:
    network = Network("--names", "owned")
    bob = network.join("Bob")
    bob.say("hello")
    assert bob.heard() == [
        "! Guests may only listen here; own your name with /own, and you can speak."
    ]


def test_only_members_come_in_and_new_ones_by_invitation() -> None:
    network = Network("--names", "members")
    olga = operator(network)
    token, key = invite(olga), Key("bob")
    bob = network.program("Bob")
    assert code(bob) == "bad-invitation"
    bob.ask("own", key=key.public, invitation="0000-0000-0000-0000")
    network.advance(1)
    assert code(bob) == "bad-invitation"
    bob.ask("own", key=key.public, invitation=token)
    assert is_in(bob)
    bob.ask("bye")
    carol = network.program("Carol")
    assert code(carol) == "bad-invitation"
    carol.ask("own", key=Key("carol").public, invitation=token)
    network.advance(1)
    assert code(carol) == "bad-invitation"
    again = network.program("Bob")
    again.ask("auth", **key.proof(challenged(again)))
    assert is_in(again)


def test_an_invitation_ends_and_looks_then_like_one_that_never_was() -> None:
    network = Network("--names", "members")
    token = invite(operator(network), duration=60, uses=5)
    network.advance(61)
    refusals = set()
    for invitation in (token, "0000-0000-0000-0000"):
        bob = network.program("Bob")
        bob.told()
        bob.ask("own", key=Key().public, invitation=invitation)
        network.advance(1)
        refusals.add(str(bob.told()))
        bob.hang_up()
    assert len(refusals) == 1


def test_two_who_claim_one_name_in_the_same_turn_one_has_it_and_the_other_is_told() -> None:
    network = Network("--names", "members")
    token = invite(operator(network), uses=2)
    both = [network.program("Bob") for _ in range(2)]
    for number, bob in enumerate(both):
        bob.told()
        key = Key(str(number)).public
        bob.queue(f'{{"type":"own","key":"{key}","invitation":"{token}"}}\n'.encode())
    network.settle()
    told = [bob.told() for bob in both]
    assert sorted(lines[0]["type"] for lines in told) == ["error", "welcome"]
    (refused,) = next(lines for lines in told if lines[0]["type"] == "error")
    assert refused["code"] == "name-taken"


def test_somebody_who_is_invited_comes_in_by_typing() -> None:
    network = Network("--names", "members")
    token = invite(operator(network))
    bob = network.guest(HERE)
    bob.heard()
    bob.say("Bob")
    assert bob.heard() == [
        "! Only members come in here, and nobody owns Bob; come with an invitation.",
        "Enter invitation: ",
    ]
    bob.say(token.lower())
    assert bob.heard() == ["Enter new password: "]
    bob.say(PASSWORD)
    assert bob.heard()[0].startswith("Welcome")
    bob.say("exit")
    bob = network.guest(HERE)
    bob.say("Bob")
    bob.say(PASSWORD)
    assert bob.heard()[-1].startswith("Welcome")


def test_only_operators_invite() -> None:
    network = Network()
    bob = network.program("Bob")
    bob.told()
    bob.ask("invite")
    assert code(bob) == "not-allowed"


@pytest.fixture
def company() -> tuple[Network, CommandDouble]:
    network, command = (
        Network("--names", "members", "--plain-passwords"),
        CommandDouble(bob="secret"),
    )
    network.service.factory.connections.authenticator.command = command
    return network, command


def log_in(network: Network, name: str, password: str) -> Program:
    program = network.program(name)
    assert "password" in challenged(program)["methods"]
    program.ask("auth", method="password", password=password)
    network.advance(1)
    return program


def test_whom_the_auth_command_knows_comes_in_with_an_account_and_roles(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.verdict = Verdict(ok=True, account="Bob", roles={"": "operator", "lobby": "member"})
    bob = log_in(network, "bob", "secret")
    welcome = bob.told()[0]
    assert (welcome["name"], welcome["account"]) == ("Bob", True)
    assert welcome["roles"] == {"": "operator", "lobby": "member"}
    assert command.asked == [Question("bob", "secret", "192.168.1.2")]
    account = network.service.factory.chat.state.owner("Bob")
    assert account is not None
    assert account.external
    assert account.proofs == ()


def test_the_auth_command_is_asked_each_time_and_takes_roles_away(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.verdict = Verdict(ok=True, roles={"lobby": "moderator"})
    log_in(network, "bob", "secret").ask("bye")
    command.verdict = Verdict(ok=True, roles={"lobby": None})
    again = log_in(network, "bob", "secret")
    assert "roles" not in again.told()[0]
    command.passwords = {}
    assert code(log_in(network, "bob", "secret")) == "bad-auth"


def test_the_auth_command_opens_no_account_that_it_does_not_know() -> None:
    network, command = Network("--plain-passwords"), CommandDouble(Alice="secret")
    alice = network.program("Alice")
    alice.ask("own", key=Key().public)
    alice.ask("bye")
    network.service.factory.connections.authenticator.command = command
    assert code(log_in(network, "Alice", "secret")) == "bad-auth"


def test_an_invalid_name_from_the_auth_command_lets_nobody_in(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.verdict = Verdict(ok=True, account="not a name")
    assert code(log_in(network, "bob", "secret")) == "bad-auth"
    assert command.problems == ["names an account that is no valid name here; the login is refused"]


def test_nobody_of_the_site_comes_in_as_a_member_of_it_whose_name_looks_like_theirs(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.passwords = {"zed": "secret", "ian": "secret"}
    command.verdict = Verdict(ok=True, account="Ian", roles={"": "operator"})
    log_in(network, "ian", "secret").ask("bye")
    command.verdict = Verdict(ok=True, account="lan")
    zed = log_in(network, "zed", "secret")
    (refused,) = zed.told()
    assert refused["code"] == "bad-auth"
    assert refused["message"] == (
        "Your name at this site is lan, which is or looks like the name of somebody else here; ask "
        "an operator."
    )
    assert command.problems == [
        "names lan, which is or looks like somebody else's; the login is refused"
    ]
    command.verdict = Verdict(ok=True, account="IAN")
    assert is_in(log_in(network, "zed", "secret"))


def test_who_writes_their_name_like_that_of_somebody_else_at_the_site_is_not_taken_for_them(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.passwords = {"lan": "secret", "Ian": "other secret"}
    lan = log_in(network, "lan", "secret")
    lan.ask("rename", name="Ian")
    network.settle()
    assert network.service.factory.chat.state.account(1).name == "Ian"  # type: ignore[union-attr]
    lan.ask("bye")
    assert code(log_in(network, "Ian", "other secret")) == "bad-auth"
    command.verdict = Verdict(ok=True, account="Ian")
    assert code(log_in(network, "Ian", "secret")) == "bad-auth"
    command.verdict = Verdict(ok=True)
    assert is_in(log_in(network, "Ian", "secret"))


def test_a_role_that_the_auth_command_gives_no_more_is_taken_away_and_others_stay(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.verdict = Verdict(ok=True, roles={"": "operator", "lobby": "moderator"})
    log_in(network, "bob", "secret").ask("bye")
    change_as(
        network.service.factory.chat, CONSOLE, SetRole("bob", "den", "member"), lambda _: None
    )
    network.settle()
    command.verdict = Verdict(ok=True, roles={"lobby": "member"})
    again = log_in(network, "bob", "secret")
    assert again.told()[0]["roles"] == {"lobby": "member", "den": "member"}
    again.ask("bye")
    command.verdict = Verdict(ok=True)
    assert log_in(network, "bob", "secret").told()[0]["roles"] == {"den": "member"}


def test_a_role_given_here_that_the_auth_command_gives_too_is_the_commands(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    log_in(network, "bob", "secret").ask("bye")
    chat = network.service.factory.chat
    change_as(chat, CONSOLE, SetRole("bob", "", "operator"), lambda _: None)
    network.settle()
    verdicts: list[dict[str, RoleName | None]] = [{"": "operator"}, {}]
    for roles in verdicts:
        command.verdict = Verdict(ok=True, roles=roles)
        bob = log_in(network, "bob", "secret")
        assert bob.told()[0].get("roles", {}) == roles
        bob.ask("bye")


def test_a_role_that_there_is_not_is_logged_and_the_others_are_given(
    company: tuple[Network, CommandDouble],
) -> None:
    network, command = company
    command.verdict = Verdict(ok=True, roles={"lobby": "operator", "den": "member"})
    assert log_in(network, "bob", "secret").told()[0]["roles"] == {"den": "member"}
    assert command.problems == [
        "gives bob a role that is refused: An operator is one of the server, all others of a room."
    ]


def test_who_is_of_the_site_owns_their_name_with_its_password() -> None:
    network, command = Network("--plain-passwords"), CommandDouble(bob="secret")
    network.service.factory.connections.authenticator.command = command
    bob = network.program("bob")
    bob.told()
    bob.ask("own", password="wrong")
    network.advance(1)
    assert code(bob) == "bad-auth"
    bob.ask("own", password="secret")
    assert [line["type"] for line in bob.told()] == ["owned"]
    bob.ask("own", key=Key().public)
    assert code(bob) == "not-allowed"
