"""What of all that is told in a room is shown, in which order, and whether as past or as present.

Each line is shown once: its id tells whether it was shown before, and whether it was said before
we came in. On the first visit the past is asked for; what is said until it comes is held back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netchat.client.conversation import wording
from netchat.client.conversation.decoder import lines_in
from netchat.client.conversation.interfaces import Alarm, Front, Heard, Said
from netchat.client.conversation.read_marker import Place
from netchat.client.conversation.roster import Company
from netchat.dialects.jsonl import events as wire
from netchat.model import events
from netchat.model.requests import GetHistory

_MOST_HELD = 10_000
_ROOMS = 20
"""How many rooms are remembered."""


class Hearing:
    """Tells `front` what it is to show; `past` is how many lines it wants to see on entering.

    `now` is the time of day, in seconds since the epoch.
    """

    def __init__(self, front: Front, company: Company, now: Callable[[], float], past: int) -> None:
        self.room = ""
        """Where we are, "" if nowhere."""
        self.topic = ""
        self._front = front
        self._company = company
        self._now = now
        self._past = past
        self._held: list[Heard] | None = None
        self._places: dict[str, Place] = {}
        self._caught_up = False

    def know(self, room: str, last: int) -> None:
        """Take the lines of `room` up to the id `last` for read."""
        self._places[room] = Place(last)

    def last_in(self, room: str) -> int | None:
        """Return the last id read in `room`, or None if we never were there."""
        return self._places[room].last if room in self._places else None

    def known_as(self, room: str) -> str:
        """Return `room` as it is written in the server, if we were there."""
        return next((name for name in self._places if name.casefold() == room.casefold()), room)

    def greet(self, welcome: wire.Welcome) -> None:
        """Show what is read once, when the name is granted."""
        for heard in wording.greeting(welcome):
            self._front.recall(heard)

    def enter(
        self, entered: wire.Entered, asked: str, *, moved: bool, again: bool
    ) -> GetHistory | None:
        """Be in a room, which was `asked` for; return what to ask the server for its past.

        `moved` tells whether we come from another room, `again` whether we were in before.
        """
        self.leave()
        self.room, self.topic = entered.room, entered.topic
        self._company.learn(entered)
        self._caught_up = False
        if moved or not again:
            self._describe(entered, moved=moved)
        return self._find_place(entered, asked)

    def leave(self) -> None:
        """Be in no room; lines that are held because of a past that has not come, come again."""
        held, self._held = self._held, None
        for heard in held or ():
            if not isinstance(heard, Said):
                self._front.hear(heard)
        if self.room:
            self._places[self.room].leave(self._now())
        self.room = ""

    def show(self, heard: Heard) -> None:
        """Show `heard` when its turn comes."""
        if self._held is None:
            self._front.hear(heard)
        elif len(self._held) < _MOST_HELD:
            self._held.append(heard)
        else:
            self._front.hear(Alarm("! What was said before does not come, and is not shown."))
            self.give_up_past(self.room)
            self._front.hear(heard)

    def answer(self, event: events.Event) -> None:
        """Show what we can say by ourselves."""
        for heard in wording.notices(event):
            self.show(heard)

    def happened(self, event: wire.Message) -> None:
        """Show anything else that was told."""
        if getattr(event, "room", self.room) != self.room:
            return
        self._company.learn(event)
        match event:
            case wire.History():
                self._show_lines(event.lines, events.Past(event.room, (), asked=True))
            case wire.Found():
                self._show_lines(event.lines, events.Found(event.room, event.words, ()))
                if event.more:
                    self.answer(events.Found(event.room, event.words, (), more=True))
            case wire.Joined() | wire.Left():
                others = tuple(name for name in event.names if name != self._company.name)
                if others:
                    self._show_all(type(event)(event.room, others))
            case _:
                if isinstance(event, wire.Topic):
                    self.topic = event.text
                self._show_all(event)

    def said(self, line: wire.Said, raw: bytes, *, own: bool, typed: bool) -> None:
        """Show a line said here once; `own` lines, and those that were `typed` here, are known."""
        if line.room != self.room:
            return
        self._company.learn(line)
        place = self._places[line.room]
        hole = line.id - place.last - 1
        if place.reach(line.id, own=own):
            if hole:
                # No server of ours does that; but it would be lost in silence.
                self.show(Alarm(f"! {hole} lines did not come; /history shows them."))
            if not typed:
                self._show_line(place, line, raw)
        self._check(place)

    def gap(self, gap: wire.Gap, raw: bytes) -> None:
        """Tell that lines are not to be had."""
        missing = wording.missing(gap, raw)
        if self._held is not None:
            self._front.recall(missing)
        else:
            self._front.hear(missing)
        if gap.room == self.room:
            self._places[gap.room].pass_by(gap.last)
            self._check(self._places[gap.room])

    def past(self, history: wire.History, raw: bytes) -> None:
        """Show what was said before, if it is still awaited."""
        if self._held is not None and history.room == self.room:
            for line, its_raw in zip(history.lines, lines_in(raw), strict=True):
                self._front.recall(wording.said(line, its_raw, self._now()))
        self.give_up_past(history.room)

    def give_up_past(self, room: str) -> None:
        """Wait no longer for what was said in `room` before, if that is where we are."""
        if room != self.room:
            return
        held, self._held = self._held, None
        for heard in held or ():
            self._front.hear(heard)
        self._places[room].has_past()
        self._check(self._places[room])

    def _describe(self, entered: wire.Entered, *, moved: bool) -> None:
        room, topic, names, last = entered.room, entered.topic, entered.names, entered.last
        for heard in wording.notices(events.Entered(room, topic, names, last, first=not moved)):
            if moved:
                self._front.hear(heard)
            else:
                self._front.recall(heard)

    def _find_place(self, entered: wire.Entered, asked: str) -> GetHistory | None:
        known = self._places.pop(asked, None)
        place = self._places[entered.room] = known or Place(entered.last)
        if len(self._places) > _ROOMS:
            del self._places[next(iter(self._places))]
        if known is not None and not known.come_back(entered.last):
            told = f"! The server has lost what was said in {entered.room}; it begins anew."
            self._front.hear(Alarm(told))
        if known is None and self._past and entered.last:
            self._held = []
            place.await_past(self._past)
            return GetHistory(entered.room, before=entered.last + 1, limit=self._past)
        self._check(place)
        return None

    def _show_line(self, place: Place, line: wire.Said, raw: bytes) -> None:
        missed = place.was_missed(line.id)
        if missed and not place.marked:
            place.marked = True
            self.show(wording.mark(place.since, self._now()))
        self.show(wording.said(line, raw, self._now() if missed else None))

    def _show_lines(self, lines: Sequence[wire.Said], empty: events.Event) -> None:
        if not lines:
            self.answer(empty)
        for line in lines:
            self.show(wording.said(line, b"", self._now()))

    def _show_all(self, event: wire.Message) -> None:
        for heard in wording.notices_of(event):
            self.show(heard)

    def _check(self, place: Place) -> None:
        if not (self._caught_up or place.behind or self._held is not None):
            self._caught_up = True
            self._front.caught_up()
