"""A chat in which guests talk while watchers join, leave, disconnect and read late."""

from __future__ import annotations

import contextlib
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.delivery.backfill import Start
from netchat.chat.refusal import RefusedError
from netchat.journal.interface import UnreadableError
from netchat.model.events import Closing
from tests.support.backfill_watcher import RoomView, Watcher
from tests.support.listeners import ManualTurn, RecordingListener, SlowJournal

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.journal.interface import Page, Span

ROOMS = ("lobby", "dev", "ops")
NAMES = ("Ann", "Bob", "Cid", "Dan", "Eve")


class LateJournal(SlowJournal):
    """A journal whose pages come some time after they were read."""

    def __init__(self, limit: int, keep: int) -> None:
        super().__init__(limit, keep)
        self.pages: list[Callable[[], None]] = []

    def read(self, room: str, span: Span, found: Callable[[Page | UnreadableError], None]) -> None:
        super().read(room, span, lambda page: self.pages.append(partial(found, page)))

    def answer(self, number: int = 0) -> None:
        """Return a page, not always the first that was read."""
        if self.pages:
            self.pages.pop(number % len(self.pages))()


class Simulation:
    """Two guests who talk, and two watchers; `do` takes steps, `check` compares with the rooms.

    A page has at most `page` lines; the newest `keep` lines of a room are stored (0: all).
    """

    def __init__(self, page: int, keep: int = 0) -> None:
        self._keep = keep
        self._nonces = count()
        self._journal, self._turn = LateJournal(page, keep), ManualTurn()
        self.chat = Chat(self._journal, later=self._turn.later, now=lambda: 0.0)
        self._guests = [RecordingListener(self.chat, name, None) for name in NAMES[:2]]
        self._watchers = [self._watcher(number) for number in range(2)]
        self._observer = Watcher(self.chat, "observer", "")
        for room in ROOMS:
            self._observer.join(room)
        self._steps: dict[str, Callable[..., object]] = {
            "toggle": self._toggle,
            "say": self._say,
            "say-several": self._say_several,
            "topic": self._set_topic,
            "rename": lambda number, name: self._rename(self._guests[int(number)], name),
            "watch": self._watch,
            "say-own": self._say_own,
            "rename-own": lambda number, name: self._rename(self._watchers[int(number)], name),
            "cut": self._cut,
            "lose": self._lose,
            "return": self._return,
            "drain": lambda number: self._watchers[int(number)].drain(),
            "end-turn": self._turn.end,
            "settle": partial(self._journal.settle, 1),
            "answer": lambda number: self._journal.answer(int(number)),
            "break-disk": lambda: setattr(self._journal, "unreadable", True),
            "mend-disk": lambda: setattr(self._journal, "unreadable", False),
            "finish": self._finish,
        }

    def do(self, *steps: str) -> None:
        """Take `steps` one after the other: a word of `_steps`, and its arguments."""
        for step in steps:
            kind, *words = step.split()
            with contextlib.suppress(RefusedError):
                self._steps[kind](*words)

    def check(self) -> None:
        """Check that the watchers have the names and all lines of their rooms, and nothing waits.

        Each watcher has checked already that each line came once and in order. The observer was in
        all rooms all the time; what it was sent, and in which order, is what the others are sent.
        """
        for watcher in self._watchers:
            rooms = watcher.participant.requested_rooms
            names = {room: view.names for room, view in watcher.views.items()}
            assert names == {room.name: set(room.names) for room in rooms}
            for room in rooms:
                assert watcher.views[room.name].is_complete(room.last), room.name
                self._check_order(watcher.views[room.name], self._observer.views[room.name])
            assert not watcher.paused
            assert watcher.participant.in_flight == 0
            for name, last in watcher.gaps:
                known = self.chat.rooms.find(name)
                assert known is not None
                assert self._keep
                assert last <= known.last - self._keep
        assert len(self.chat._backfills) == 0
        assert [room for room in self.chat.rooms if room.tail or room.backfilling] == []

    def _check_order(self, view: RoomView, observed: RoomView) -> None:
        assert not view.keeps_order or self._keep or view.is_end_of(observed)

    def _watcher(self, number: int) -> Watcher:
        return Watcher(self.chat, f"watcher-{number}", f"client-{number}")

    def _is_here(self, guest: RecordingListener) -> bool:
        return guest.participant in list(self.chat.participants)

    def _toggle(self, number: str, name: str) -> None:
        """Leave the room called `name`, or join it."""
        guest = self._guests[int(number)]
        room = self.chat.rooms.find(name)
        if room is not None and room in guest.participant.requested_rooms:
            actions.leave(self.chat, guest.participant, room)
        else:
            guest.join(name)

    def _say(self, number: str, name: str) -> None:
        room = self.chat.rooms.find(name)
        if room is not None:
            actions.say(self.chat, self._guests[int(number)].participant, room, "something")

    def _say_several(self, number: str, name: str) -> None:
        room = self.chat.rooms.find(name)
        if room is not None:
            who = self._guests[int(number)].participant
            actions.say_lines(self.chat, who, room, ("one", "two", "three"))

    def _set_topic(self, number: str, name: str) -> None:
        guest, room = self._guests[int(number)].participant, self.chat.rooms.find(name)
        if room is not None:
            actions.set_topic(self.chat, guest, room, f"topic {next(self._nonces)}")

    def _rename(self, guest: RecordingListener, name: str) -> None:
        if self._is_here(guest) and not guest.paused:
            actions.rename(self.chat, guest.participant, name)

    def _watch(self, number: str, name: str, kind: str, lines: str) -> None:
        """Leave the room called `name`, or join it with a start."""
        watcher = self._watchers[int(number)]
        if not self._is_here(watcher):
            return
        room = self.chat.rooms.find(name)
        if room is not None and room in watcher.participant.requested_rooms:
            actions.leave(self.chat, watcher.participant, room)
        else:
            starts = {"after": Start(after=int(lines)), "newest": Start(newest=int(lines) + 1)}
            watcher.join(name, starts.get(kind))

    def _say_own(self, number: str, name: str) -> None:
        watcher, room = self._watchers[int(number)], self.chat.rooms.find(name)
        if room is not None and not watcher.paused:
            nonce = str(next(self._nonces))
            actions.say(self.chat, watcher.participant, room, "mine", nonce=nonce)

    def _cut(self, number: str) -> None:
        """Disconnect a watcher: it shuts down, or reads too slowly, or has been replaced."""
        watcher = self._watchers[int(number)]
        if self._is_here(watcher):
            watcher.leave_chat(Closing("shutdown", "Bye."))

    def _lose(self, number: str) -> None:
        """Lose the connection of a watcher."""
        watcher = self._watchers[int(number)]
        if self._is_here(watcher):
            watcher.participant.detached = watcher.closed = True
            watcher.participant.refresh_fast_send()
            watcher.leave_chat()

    def _return(self, number: str) -> None:
        """Connect a watcher again, which has the lines that it was sent."""
        before = self._watchers[int(number)]
        if before.closed:
            watcher = self._watchers[int(number)] = self._watcher(int(number))
            for room, view in before.views.items():
                watcher.join(room, view.start)

    def _finish(self) -> None:
        """Run until nothing is pending, and all are back."""
        self._journal.unreadable = False
        journal = self._journal
        while (
            journal.waiting
            or journal.pages
            or self._turn.pending
            or any(watcher.on_drained or watcher.closed for watcher in self._watchers)
        ):
            self._turn.end()
            journal.settle()
            journal.answer()
            self.do("return 0", "return 1", "drain 0", "drain 1")
