"""Writes go to the kernel at once, and in order if the kernel does not take all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netchat.chat import actions
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from tests.support.listeners import RecordingListener, immediate_chat
from tests.support.sockets import DirectConnection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netchat.chat.chat import Chat
    from netchat.chat.clients import Send


@pytest.fixture
def connection() -> Iterator[DirectConnection]:
    connection = DirectConnection()
    yield connection
    connection.close()


def test_what_the_kernel_takes_is_sent_at_once(connection: DirectConnection) -> None:
    connection.near.write(b"hello\n")
    assert connection.far.recv(100) == b"hello\n"
    assert connection.near.fast_send is not None
    assert not connection.reactor.writers


def test_what_the_kernel_does_not_take_follows_in_order_and_then_writes_are_direct_again(
    connection: DirectConnection,
) -> None:
    calls: list[str] = []
    much = bytes(range(256)) * 4096
    connection.near.emptied = lambda: calls.append("emptied")
    connection.near.write(much)
    connection.near.write(b"behind")
    assert connection.near.fast_send is None
    assert connection.read_all(len(much) + 6) == much + b"behind"
    assert calls == ["emptied"]
    assert connection.near.fast_send is not None
    assert connection.near.emptied is None


def test_a_sequence_is_sent_to_its_connection_and_no_other(connection: DirectConnection) -> None:
    other = DirectConnection()
    connection.fill()
    connection.near.writeSequence([b"one ", b"two"])
    other.near.writeSequence([b"three ", b"four"])
    assert other.far.recv(100) == b"three four"
    other.near.write(b"five")
    assert other.far.recv(100) == b"five"
    other.close()


def test_a_write_to_a_closed_connection_calls_nothing_back(connection: DirectConnection) -> None:
    connection.far.close()
    connection.near.write(b"what the kernel takes, and then finds out\n")
    connection.near.write(b"hello\n")
    assert connection.near in connection.reactor.writers
    assert connection.near.connected


class DirectListener(RecordingListener):
    """A listener whose connection takes `space` bytes at once."""

    space = 1 << 20

    def __init__(self, chat: Chat, name: str, **options: Any) -> None:
        self.taken = b""
        super().__init__(chat, name, **options)

    @property
    def fast_send(self) -> Send:  # type: ignore[override]
        return self.take

    def take(self, data: bytes) -> int:
        if not self.space:
            raise BlockingIOError
        self.taken += data[: self.space]
        return min(self.space, len(data))

    def write(self, data: bytes) -> None:
        self.taken += data


@pytest.mark.parametrize("space", [0, 1, 5, 1000])
def test_every_guest_hears_everything_however_little_their_connection_takes(space: int) -> None:
    chat = immediate_chat()
    ann, bob, zoe = (
        DirectListener(chat, "Ann"),
        DirectListener(chat, "Bob"),
        RecordingListener(chat, "Zoe"),
    )
    before = (len(bob.taken), len(zoe.received))
    bob.space = space
    for words in ("one", "two"):
        ann.say(words)
    assert bob.taken[before[0] :] == b"Ann: one\nAnn: two\n"
    assert zoe.received[before[1] :] == ["Ann: one", "Ann: two"]


def test_a_speaker_gets_no_copy_in_text_and_the_others_hear_them_in_their_dialect() -> None:
    chat = immediate_chat()
    guests = [DirectListener(chat, f"Guest-{n}", dialect=(text, jsonl)[n % 2]) for n in range(8)]
    for guest in guests:
        guest.taken = b""
    for guest in guests:
        guest.say("hello")
    for number, guest in enumerate(guests):
        assert guest.taken.count(b"hello") == (8 if number % 2 else 7)
        assert (b"Guest-%d: " % number) not in guest.taken


def test_a_guest_is_written_to_from_joining_until_leaving() -> None:
    chat = immediate_chat()
    ann, bob = DirectListener(chat, "Ann"), DirectListener(chat, "Bob")
    ann.say("one")
    zoe = DirectListener(chat, "Zoe")
    ann.say("two")
    actions.leave_chat(
        bob.chat,
        bob.participant,
    )
    gone = bob.taken
    ann.say("three")
    assert zoe.taken.endswith(b"Ann: two\n* Bob left\nAnn: three\n")
    assert b"one" not in zoe.taken
    assert bob.taken == gone


class CloggingListener(DirectListener):
    """A listener whose connection is no longer direct once something has been buffered for it."""

    clogged = False

    @property
    def fast_send(self) -> Send | None:  # type: ignore[override]
        return None if self.clogged else self.take

    def write(self, data: bytes) -> None:
        super().write(data)
        self.clogged = True
        self.participant.refresh_fast_send()


@pytest.mark.parametrize("others", [2, 40])
def test_a_speaker_hears_their_line_once_even_if_it_clogs_their_connection(others: int) -> None:
    chat = immediate_chat()
    ann = CloggingListener(chat, "Ann", dialect=jsonl)
    guests = [DirectListener(chat, f"Guest-{n}", dialect=jsonl) for n in range(others)]
    ann.taken = b""
    ann.space = 5
    for words in ("one", "two"):
        ann.say(words)
    assert [json.loads(line)["text"] for line in ann.taken.splitlines()] == ["one", "two"]
    assert all(guest.taken.count(b'"said"') == 2 for guest in guests)
