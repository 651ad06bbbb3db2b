"""Chats for the tests of backfills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.listeners import RecordingListener, SlowJournal, immediate_chat

if TYPE_CHECKING:
    from netchat.chat.chat import Chat


def chat_with_lines(lines: int, keep: int = 0) -> tuple[Chat, RecordingListener, SlowJournal]:
    """Return a chat with `lines` lines in the lobby, Bob, who said them, and its journal."""
    journal = SlowJournal(keep=keep)
    chat = immediate_chat(journal)
    bob = RecordingListener(chat, "Bob")
    for number in range(lines):
        bob.say(f"line {number + 1}")
    journal.settle()
    return chat, bob, journal


def finish(journal: SlowJournal, log: RecordingListener) -> None:
    """Settle, and let `log` read, until nothing is pending."""
    while journal.waiting or log.on_drained:
        journal.settle()
        log.drain()
