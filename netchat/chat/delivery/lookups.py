"""Whose question is looked up when: a few at a time, and of each guest one after the other.

What has not gone to the journal yet can still be dropped: nothing is looked up for who has gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from netchat.chat.room import LookUp, Participant, Room
from netchat.journal.interface import Journal, Page, Reply, Span, UnreadableError

READS = 16
"""As many pages are asked for at a time: the journal does not wait for us, nor long for itself."""
GOING = "It was not looked up, because you are going; ask again when you are back."


class LookupScheduler:
    """Hands questions on to `journal`; searches, which can take long, wait for each other only."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reads = FairQueue(READS)
        self._searches = FairQueue(1)

    def read(
        self, participant: Participant, room: Room, span: Callable[[], Span], found: Reply
    ) -> None:
        """Call `found` as `Journal.read` does with `span()`, when it is the turn of
        `participant`."""
        self._reads.ask(
            participant, lambda reply: self._journal.read(room.name, span(), reply), found
        )

    def search(
        self, participant: Participant, room: Room, words: str, span: Span, found: Reply
    ) -> None:
        """Call `found` as `Journal.search` does, when it is the turn of `participant`."""
        self._searches.ask(
            participant, partial(self._journal.search, room.name, words, span), found
        )

    def cancel(self, participant: Participant) -> None:
        """Answer at once, and without a look, what `participant` still waits for."""
        self._reads.cancel(participant)
        self._searches.cancel(participant)


class FairQueue:
    """Questions of which `most` are looked up at a time; each guest's next goes to the end."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: dict[Participant, deque[tuple[LookUp, Reply]]] = {}
        self._under_way = 0
        self._going_on = False

    def ask(self, participant: Participant, look_up: LookUp, found: Reply) -> None:
        self._of.setdefault(participant, deque()).append((look_up, found))
        self._go_on()

    def cancel(self, participant: Participant) -> None:
        for _, found in self._of.pop(participant, ()):
            found(UnreadableError(GOING))

    def _go_on(self) -> None:
        if self._going_on:
            return  # What is answered at once leads here again.
        self._going_on = True
        try:
            while self._of and self._under_way < self._most:
                participant = next(iter(self._of))
                if participant.detached:
                    self.cancel(participant)
                    continue
                waiting = self._of.pop(participant)
                look_up, found = waiting.popleft()
                if waiting:
                    self._of[participant] = waiting
                self._under_way += 1
                look_up(partial(self._found, found))
        finally:
            self._going_on = False

    def _found(self, found: Reply, page: Page | UnreadableError) -> None:
        self._under_way -= 1
        try:
            found(page)
        finally:
            self._go_on()
