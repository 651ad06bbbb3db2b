"""What is written goes to the kernel at once, and in order if the kernel does not take it all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from tests.support.listeners import Ear, chat_now
from tests.support.sockets import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netchat.chat.chat import Chat
    from netchat.chat.room import Send


@pytest.fixture
def line() -> Iterator[Wire]:
    line = Wire()
    yield line
    line.close()


def test_what_the_kernel_takes_leaves_at_once(line: Wire) -> None:
    line.near.write(b"hello\n")
    assert line.far.recv(100) == b"hello\n"
    assert line.near.fast_send is not None
    assert not line.reactor.writers


def test_what_it_does_not_take_follows_in_order_and_then_it_is_direct_again(line: Wire) -> None:
    calls: list[str] = []
    much = bytes(range(256)) * 4096
    line.near.emptied = lambda: calls.append("emptied")
    line.near.write(much)
    line.near.write(b"behind")
    assert line.near.fast_send is None
    assert line.read_all(len(much) + 6) == much + b"behind"
    assert calls == ["emptied"]
    assert line.near.fast_send is not None
    assert line.near.emptied is None


def test_a_write_to_who_has_gone_calls_nobody_back(line: Wire) -> None:
    line.far.close()
    line.near.write(b"what the kernel takes, and then finds out\n")
    line.near.write(b"hello\n")
    assert line.near in line.reactor.writers
    assert line.near.connected


class Direct(Ear):
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

    def deliver(self, data: bytes) -> None:
        self.taken += data


@pytest.mark.parametrize("space", [0, 1, 5, 1000])
def test_everybody_hears_everything_whatever_his_connection_takes(space: int) -> None:
    chat = chat_now()
    ann, bob, zoe = Direct(chat, "Ann"), Direct(chat, "Bob"), Ear(chat, "Zoe")
    before = (len(bob.taken), len(zoe.heard))
    bob.space = space
    for words in ("one", "two"):
        ann.say(words)
    assert bob.taken[before[0] :] == b"Ann: one\nAnn: two\n"
    assert zoe.heard[before[1] :] == ["Ann: one", "Ann: two"]


def test_who_speaks_hears_no_copy_and_others_hear_him_in_their_dialect() -> None:
    chat = chat_now()
    guests = [Direct(chat, f"Guest-{n}", dialect=(text, jsonl)[n % 2]) for n in range(8)]
    for guest in guests:
        guest.taken = b""
    for guest in guests:
        guest.say("hello")
    for number, guest in enumerate(guests):
        assert guest.taken.count(b"hello") == (8 if number % 2 else 7)
        assert (b"Guest-%d: " % number) not in guest.taken


def test_who_comes_or_goes_is_written_to_from_then_on_or_no_more() -> None:
    chat = chat_now()
    ann, bob = Direct(chat, "Ann"), Direct(chat, "Bob")
    ann.say("one")
    zoe = Direct(chat, "Zoe")
    ann.say("two")
    bob.participant.leave_chat()
    gone = bob.taken
    ann.say("three")
    assert zoe.taken.endswith(b"Ann: two\n* Bob left\nAnn: three\n")
    assert b"one" not in zoe.taken
    assert bob.taken == gone


class Clogging(Direct):
    """A listener to whom nothing can be sent directly any more once something waits for him."""

    clogged = False

    @property
    def fast_send(self) -> Send | None:  # type: ignore[override]
        return None if self.clogged else self.take

    def deliver(self, data: bytes) -> None:
        super().deliver(data)
        self.clogged = True
        self.participant.refresh_fast_send()


@pytest.mark.parametrize("others", [2, 40])
def test_who_speaks_hears_it_once_though_his_own_copy_clogs_his_connection(others: int) -> None:
    chat = chat_now()
    ann = Clogging(chat, "Ann", dialect=jsonl)
    guests = [Direct(chat, f"Guest-{n}", dialect=jsonl) for n in range(others)]
    ann.taken = b""
    ann.space = 5
    for words in ("one", "two"):
        ann.say(words)
    assert [json.loads(line)["text"] for line in ann.taken.splitlines()] == ["one", "two"]
    assert all(guest.taken.count(b'"said"') == 2 for guest in guests)
