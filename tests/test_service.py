"""The chat as a service: how it ends."""

from __future__ import annotations

from ears import SlowJournal
from twisted.internet.testing import MemoryReactorClock

from netchat.chat import Chat
from netchat.doors.factory import LineFactory
from netchat.doors.limits import Limits
from netchat.member import Rules
from netchat.service import CLOSE_TIMEOUT, ChatService


def service() -> tuple[ChatService, SlowJournal, MemoryReactorClock]:
    clock, journal = MemoryReactorClock(), SlowJournal()
    chat = Chat(journal, later=lambda call: call(), now=lambda: 0.0)
    factory = LineFactory(chat, Rules(), Limits(), clock)
    running = ChatService(clock, factory, ["tcp:5001"])
    running.startService()
    return running, journal, clock


def test_it_has_ended_when_the_journal_has_closed() -> None:
    running, journal, clock = service()
    stopped = running.stopService()
    assert not stopped.called
    journal.settle()
    assert stopped.called
    assert not clock.getDelayedCalls()


def test_a_journal_that_does_not_close_does_not_keep_it_from_ending() -> None:
    running, journal, clock = service()
    stopped = running.stopService()
    clock.advance(CLOSE_TIMEOUT)
    assert stopped.called
    journal.settle()
