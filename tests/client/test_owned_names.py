"""A client and a whole server in memory: names that are owned, proved and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from netchat.accounts.words import hash_word, make_word
from netchat.client.identity.key_file import KeyFile
from netchat.state.changes import AddProof, Invite
from netchat.state.records import Invitation, Proof
from netchat.testing import Network
from tests.support.client_fakes import ADDRESS, ClientHarness, MemoryEndpoint
from tests.support.moderation import Moderated
from tests.support.proofs import PASSWORD

HERE = "127.0.0.1"
OWNED = "* Alice is your own name from now on"
ASKED = (
    "account password required: The name Alice is owned by somebody; give its password with "
    "--account-password-file FILE, or take another name."
)
WRONG = (
    "account password required: That is not the password of Alice; give its password with "
    "--account-password-file FILE, or take another name."
)
UNSAFE = (
    "account password required: The name Alice is owned by somebody, and others could read its "
    "password on the way to chat.test:5001: connect with TLS (--tls, or wss://), or give a "
    "one-time word of an operator; --account-password-file FILE takes that."
)


class World:
    """A server in memory, and users whose keys are in directories of their own."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.moderated = Moderated(*arguments)
        self.network: Network = self.moderated.network
        self._directory = directory

    def keys(self, device: str) -> KeyFile:
        """Return where the keys of a user's `device` are kept."""
        return KeyFile(self._directory / device, str(ADDRESS))

    def client(
        self, name: str = "Alice", *, device: str = "laptop", host: str = "", **target: Any
    ) -> ClientHarness:
        """Return the client of a user on their `device`, which is at the address `host`."""
        return ClientHarness(
            self.network,
            name,
            endpoint=MemoryEndpoint(self.network, host=host),
            keys=self.keys(device),
            client_id=uuid4(),
            **target,
        )

    def owner(self, name: str = "Alice", **target: Any) -> ClientHarness:
        """Return the client of a user who has just typed /own."""
        client = self.client(name, **target)
        client.say("/own")
        client.new_events()
        return client

    def leave(self, client: ClientHarness) -> None:
        client.connection.leave(0)
        self.network.settle()
        self.network.advance(1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_own_makes_a_key_and_says_where_it_is(world: World) -> None:
    client = world.client()
    client.new_events()
    client.say("/own")
    place = world.keys("laptop").place
    told = f"* The key that proves it is in {place}, on this device only"
    assert client.new_events() == [OWNED, told]
    assert Path(place).stat().st_mode & 0o777 == 0o600


def test_a_user_comes_back_with_the_key_and_is_asked_nothing(world: World) -> None:
    world.leave(world.owner())
    again = world.client("alice")
    assert again.new_events()[-1] == "in"
    assert again.connection.name == "Alice"


def test_a_lost_connection_is_proved_again_with_the_key(world: World) -> None:
    client = world.owner()
    client.endpoint.cut()
    client.say("kept")
    client.wait(2)
    assert client.new_events()[-1] == "in again"
    assert client.connection.name == "Alice"
    assert client.frontend.waiting == 0


def test_a_device_without_the_key_asks_for_the_password(world: World) -> None:
    world.leave(world.owner())
    other = world.client(device="phone", host=HERE)
    assert other.new_events() == [ASKED]


def test_a_password_is_added_and_then_proves_the_name_on_another_device(world: World) -> None:
    client = world.owner(host=HERE)
    client.say("/own password")
    assert client.new_events() == ["new password required"]
    client.connection.own_with_password(PASSWORD)
    world.network.settle()
    assert len(client.new_events()) == 1
    other = world.client(device="phone", host=HERE, account_password=PASSWORD)
    assert other.new_events()[-1] == "in"


def test_a_wrong_password_is_asked_for_again_and_the_right_one_lets_the_user_in(
    world: World,
) -> None:
    client = world.owner(host=HERE)
    client.connection.own_with_password(PASSWORD)
    world.network.settle()
    other = world.client(device="phone", host=HERE, account_password="wrong horse")
    other.wait(2)
    assert other.new_events() == [WRONG]
    other.connection.retry_with("account_password", PASSWORD)
    other.wait(2)
    assert other.new_events()[-1] == "in"


def test_a_password_is_sent_over_no_connection_that_others_can_read(world: World) -> None:
    world.leave(world.owner())
    other = world.client(device="phone", account_password=PASSWORD)
    assert other.new_events() == [UNSAFE]


def test_a_new_password_is_sent_over_no_connection_that_others_can_read(world: World) -> None:
    client = world.owner()
    client.connection.own_with_password(PASSWORD)
    (refused,) = client.new_events()
    assert refused.startswith("! Others could read a password on the way to chat.test:5001;")
    world.leave(client)


def test_a_password_that_was_typed_in_the_open_is_not_sent(world: World) -> None:
    client = world.client(host=HERE)
    client.new_events()
    client.say(f"/own {PASSWORD}")
    assert client.new_events() == [
        "! Type /own password: it asks for the password without showing it."
    ]
    client.say("/account")
    assert client.new_events() == ["! You own no name yet; own yours with /own."]


def test_a_one_time_word_lets_the_owner_in_over_any_connection(world: World) -> None:
    client = world.owner()
    world.leave(client)
    word = make_word()
    account = world.moderated.chat.state.owner("Alice")
    assert account is not None
    world.moderated.do(AddProof(account.number, Proof(0, "word", hash_word(word), "")))
    assert world.client(device="phone", account_password=word).new_events()[-1] == "in"


def test_scram_proves_the_password_and_the_server(tmp_path: Path) -> None:
    world = World(tmp_path, "--scram")
    client = world.owner(host=HERE)
    client.connection.own_with_password(PASSWORD)
    world.network.settle()
    assert world.client(device="phone", account_password=PASSWORD).new_events()[-1] == "in"


def test_a_wrong_password_by_scram_is_asked_for_again(tmp_path: Path) -> None:
    world = World(tmp_path, "--scram")
    client = world.owner(host=HERE)
    client.connection.own_with_password(PASSWORD)
    world.network.settle()
    other = world.client(device="phone", account_password="wrong horse")
    other.wait(2)
    assert other.new_events() == [WRONG]


def test_a_key_that_was_removed_is_reported_and_the_password_is_asked_for(world: World) -> None:
    client = world.owner(host=HERE)
    client.connection.own_with_password(PASSWORD)
    world.network.settle()
    client.say("/account remove 1")
    world.leave(client)
    (asked,) = world.client(host=HERE).new_events()
    assert asked.startswith(
        "account password required: The server does not take the key of this device for Alice any "
        "more: prove it otherwise, and type /own to add the key again; give its password"
    )


def test_an_invitation_makes_a_member_who_comes_back_with_the_key(tmp_path: Path) -> None:
    world = World(tmp_path, "--names=members")
    word = make_word()
    world.moderated.do(Invite(Invitation(hash_word(word), 1, 0)))
    assert world.client().new_events() == [
        "invitation required: Only members come in here, and nobody owns Alice; give an invitation "
        "with --invite WORD."
    ]
    member = world.client(invitation=word)
    events = member.new_events()
    assert f"* The key that proves it is in {world.keys('laptop').place}, on this device only" in (
        events
    )
    assert events[-1] == "in"
    world.leave(member)
    assert world.client().new_events()[-1] == "in"


def test_a_wrong_invitation_is_asked_for_again(tmp_path: Path) -> None:
    world = World(tmp_path, "--names=members")
    client = world.client(invitation="guess")
    client.wait(2)
    assert client.new_events() == [
        "invitation required: That is not a valid invitation for Alice; give another one with "
        "--invite WORD."
    ]


def test_the_account_is_shown_with_its_proofs_and_devices(world: World) -> None:
    client = world.owner(device="laptop")
    client.say("/account")
    shown = client.new_events()
    assert shown[0].startswith("* Alice is your own name since")
    assert shown[1].startswith("* Proof 1: key")
    assert shown[2].endswith(", this one")


def test_a_line_said_on_another_device_reads_as_the_users_own(world: World) -> None:
    laptop = world.owner(host=HERE)
    laptop.connection.own_with_password(PASSWORD)
    world.network.settle()
    phone = world.client(device="phone", host=HERE, account_password=PASSWORD)
    phone.new_events()
    laptop.new_events()
    laptop.say("hello")
    assert phone.new_events() == ["You: hello"]
    assert laptop.new_events() == []


def test_a_session_that_was_ended_elsewhere_says_so_and_does_not_come_back(world: World) -> None:
    laptop = world.owner(host=HERE)
    laptop.connection.own_with_password(PASSWORD)
    world.network.settle()
    phone = world.client(device="phone", host=HERE, account_password=PASSWORD)
    phone.new_events()
    laptop.say("/account end all")
    phone.wait(60)
    (closed,) = phone.new_events()
    assert closed.startswith("closed: ")
    assert closed != "closed: "
    assert len(phone.endpoint.attempts) == 1


def test_people_read_that_somebody_left_when_only_a_quiet_device_of_theirs_stays(
    world: World,
) -> None:
    alice = world.owner()
    log = world.client(quiet=True)
    bob = world.client("Bob", device="other", several_rooms=True)
    bob.new_events()
    alice.say("exit")
    assert bob.new_events() == ["* Alice left"]
    again = world.client()
    assert bob.new_events() == ["* Alice joined"]
    log.say("exit")
    again.say("exit")
    assert bob.new_events() == ["* Alice left"]
