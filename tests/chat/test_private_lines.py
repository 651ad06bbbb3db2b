"""Kept private lines while they are read: no line is lost, and none comes twice."""

from __future__ import annotations

import pytest

from netchat.chat import telling
from netchat.chat.chat import Chat
from netchat.journal.interface import PrivatePage, PrivateQuery, UnreadableError
from netchat.state.private_rules import PRIVATE
from tests.support.accounts import make_account
from tests.support.listeners import (
    JsonListener,
    RecordingListener,
    SlowJournal,
    immediate_chat,
)


class Owners:
    """A chat on a slow journal in which Ann and Bob own their names, and Ann is here."""

    def __init__(self) -> None:
        self.journal = SlowJournal()
        self.chat: Chat = immediate_chat(self.journal)
        self.accounts: dict[str, int] = {}
        for name in ("Ann", "Bob"):
            self._make_account(name)
        self.ann = RecordingListener(self.chat, "Ann", None, account=self.accounts["Ann"])

    def _make_account(self, name: str) -> None:
        append, self.journal.append = self.journal.append, self.journal._memory.append  # type: ignore[method-assign]
        self.accounts[name] = make_account(self.chat, name)
        self.journal.append = append  # type: ignore[method-assign]

    def tell(self, *texts: str) -> None:
        """Let Ann send `texts` to Bob, and settle."""
        for text in texts:
            telling.tell(self.chat, self.ann.participant, "Bob", text)

    def bob(self, after: int | None = 0) -> JsonListener:
        """Return a device of Bob's that has asked for the lines above `after`."""
        account = self.accounts["Bob"]
        bob = JsonListener(self.chat, "Bob", room=None, account=account)
        mark = self.chat.state.read_mark(account, PRIVATE)
        self.chat.ask(
            bob.participant, lambda: self.chat.private.begin(bob.participant, after, mark)
        )
        return bob

    @property
    def mark(self) -> int:
        return self.chat.state.read_mark(self.accounts["Bob"], PRIVATE)


@pytest.fixture
def owners() -> Owners:
    return Owners()


def texts(listener: JsonListener) -> list[str]:
    return [event["text"] for event in listener.events if event["type"] == "told"]


def test_a_line_that_is_settled_while_earlier_ones_are_read_comes_behind_them_once(
    owners: Owners,
) -> None:
    owners.tell("one", "two")
    owners.journal.settle()
    bob = owners.bob()
    owners.journal.settle(1)  # The question has its place, and the page is asked for.
    owners.tell("three")
    # The line is settled before the page is read, which may have it as well.
    read = owners.journal.waiting.popleft()
    owners.journal.settle()
    assert texts(bob) == []
    read()
    assert texts(bob) == ["one", "two", "three"]
    owners.tell("four")
    owners.journal.settle()
    assert texts(bob) == ["one", "two", "three", "four"]


def test_a_line_that_is_stored_but_not_delivered_yet_is_not_sent_twice(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    bob = owners.bob()
    owners.tell("two")
    owners.journal.settle()
    assert texts(bob) == ["one", "two"]


def test_a_line_is_read_only_when_the_client_has_taken_it(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    bob = owners.bob(after=None)
    owners.journal.settle()
    assert (texts(bob), owners.mark) == (["one"], 0)
    bob.drain()
    owners.journal.settle()
    assert owners.mark == 1


def test_a_line_that_a_lost_connection_did_not_take_stays_unread(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    bob = owners.bob(after=None)
    owners.journal.settle()
    bob.participant.detached = True
    bob.leave_chat()
    owners.journal.settle()
    again = owners.bob(after=None)
    owners.journal.settle()
    assert texts(again) == ["one"]


def test_what_a_device_says_itself_is_not_marked_for_it(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    bob = owners.bob(after=0)
    owners.tell("two")
    owners.journal.settle()
    bob.drain()
    owners.journal.settle()
    assert owners.mark == 0


def unreadable(query: PrivateQuery, found: object) -> None:
    assert callable(found)
    found(UnreadableError("It cannot be read."))


def test_a_device_that_resumes_is_closed_if_its_lines_cannot_be_read(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    owners.journal.read_private = unreadable  # type: ignore[method-assign]
    bob = owners.bob()
    owners.journal.settle()
    assert bob.storage_errors == ["It cannot be read."]


def test_lines_that_cannot_be_read_at_present_stay_unread_whatever_comes(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    read_private = owners.journal.read_private
    owners.journal.read_private = unreadable  # type: ignore[method-assign]
    bob = owners.bob(after=None)
    owners.tell("two")
    owners.journal.settle()
    bob.drain()
    owners.journal.settle()
    assert bob.types == ["error", "told"]
    owners.journal.read_private = read_private  # type: ignore[method-assign]
    again = owners.bob(after=None)
    owners.journal.settle()
    assert texts(again) == ["one", "two"]


def test_a_page_that_comes_after_the_leave_is_dropped(owners: Owners) -> None:
    owners.tell("one")
    owners.journal.settle()
    pages: list[object] = []
    owners.journal.read_private = lambda query, found: pages.append(found)  # type: ignore[method-assign]
    bob = owners.bob()
    owners.journal.settle()
    bob.leave_chat()
    (found,) = pages
    assert callable(found)
    found(PrivatePage(()))
    owners.journal.settle()
    assert texts(bob) == []
    assert owners.chat.private.teller(bob.participant) is None
