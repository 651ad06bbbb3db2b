"""The talk with a server, without I/O: from the hello to the goodbye, over cuts.

Entering: `hello` -> `welcome` -> `entered` -> what was missed -> live. Whoever comes back says the
last id that he has, and the same nonces for what he does not know to be stored; so nothing is lost,
and nothing is told or stored twice, wherever it was cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from netchat.client.conversation import wording
from netchat.client.conversation.decoder import Received
from netchat.client.conversation.interfaces import Alarm, Front, Refusal
from netchat.client.conversation.login import Aim, hello
from netchat.client.conversation.outbox import WINDOW, Outbox, question_of
from netchat.client.conversation.roster import Company
from netchat.client.conversation.timeline import Hearing
from netchat.dialects.jsonl import events as wire
from netchat.model import events
from netchat.model.requests import (
    Bye,
    GetHelp,
    GetHistory,
    GetTopic,
    Join,
    Leave,
    Request,
    Say,
    Tell,
)

_LATER = ("storage", "too-fast")
_LONGEST_PAUSE = 30.0


class Wire(Protocol):
    """The connection, as far as the conversation can see."""

    def send(self, request: Request) -> None:
        """Send `request`."""

    def entered(self) -> None:
        """Learn that we are in."""

    def refused(self, error: wire.Error) -> None:
        """Learn that the server does not let us in."""

    def closing(self, closing: wire.Closing) -> None:
        """Learn that the server closes the connection."""

    def wake_in(self, seconds: float) -> None:
        """Call `wake` after so many seconds, unless the connection is lost before."""


class Conversation:
    """What is known of the talk, and what to do about each thing told; `now` is the time of day."""

    def __init__(self, aim: Aim, front: Front, now: Callable[[], float]) -> None:
        self.company = Company(aim.name)
        self.room = unicodedata.normalize("NFC", aim.room)
        """Where we want to be."""
        self.leaving = False
        self.has_password = bool(aim.password)
        self.accepted = False
        """Whether we were in with this password, or without any."""
        self.has_been_in = False
        self.online = False
        """Whether what is said goes out at once."""
        self.longest = 0
        self.outbox = Outbox()
        self._aim = aim
        self._front = front
        self._hearing = Hearing(front, self.company, now, aim.past)
        self._wire: Wire | None = None
        self._home = ""
        self._counted = 0
        self._pause = 1.0
        self._parted = False
        if self.room and aim.after is not None:
            self._hearing.know(self.room, aim.after)

    def connected(self, wire: Wire) -> None:
        """Begin anew on `wire`."""
        self._wire = wire
        self._parted = False
        known = self._hearing.last_in(self.room)
        for request in hello(self._aim, self.company.name, self.room, known):
            wire.send(request)

    def lost(self) -> None:
        """Learn that the connection is gone; what was asked and not answered is not asked again."""
        self._wire = None
        self.online = False
        self._hearing.leave()
        for sent in self.outbox.cut():
            if isinstance(sent.request, Join):
                self.room = sent.request.room
            elif sent.typed:
                told = f"! {sent.typed.split()[0]} was not answered before the connection was lost"
                self._front.hear(Refusal(f"{told}; type it again."))

    def say(self, typed: str) -> None:
        """Say `typed`, or do what it commands, now or when we are in."""
        request = self._aim.parse(typed.encode(errors="surrogateescape"))
        match request:
            case Bye():
                self.leave()
            case events.Refused():
                self._front.hear(Refusal(f"! {request.message}"))
            case GetHelp():
                self._hearing.answer(events.Help())
            case Request() if not self.leaving:
                self._put(request, typed)
        self._go_on()

    def unlock(self, password: str) -> None:
        """Say `password` from now on."""
        self._aim = replace(self._aim, password=password)
        self.has_password = bool(password)
        self.accepted = False

    def leave(self) -> None:
        """Say goodbye as soon as everything is sent and stored."""
        self.leaving = True
        self._go_on()

    def wake(self) -> None:
        """Try again what the server could not take."""
        self.outbox.put_off = False
        self._go_on()

    def receive(self, received: Received) -> None:
        """Act on one thing from the server."""
        event, raw = received
        match event:
            case wire.Closing():
                self._the_wire.closing(event)
            case wire.Error() if self.online:
                self._fail(event)
            case wire.Error():
                self._turn_away(event)
            case wire.Welcome():
                self._greet(event)
            case wire.Entered():
                self._enter(event)
            case _ if self.online:
                self._happen(event, raw)
        self._go_on()

    @property
    def _the_wire(self) -> Wire:
        assert self._wire is not None, "nothing is heard or sent without a connection"
        return self._wire

    def _go_on(self) -> None:
        """Send what can be sent now."""
        while self.online and (request := self.outbox.next(self._hearing.room)) is not None:
            if isinstance(request, GetTopic):
                self._hearing.answer(events.Topic(self.room, self._hearing.topic))
                continue
            if isinstance(request, Join):
                request = Join(request.room, self._hearing.last_in(request.room))
            self._the_wire.send(request)
        if self._counted != self.outbox.unstored:
            self._counted = self.outbox.unstored
            self._front.unstored(self._counted)
        if self.leaving and self.online and self.outbox.idle and not self._parted:
            self._parted = True
            self._the_wire.send(Bye())

    def _put(self, request: Request, typed: str) -> None:
        size = len(request.text.encode()) if isinstance(request, Say | Tell) else 0
        if 0 < self.longest < size:
            why = f"! That line has {size} bytes, and the server takes {self.longest}; split it."
            self._front.hear(Refusal(why))
            return
        if isinstance(request, Join):
            request = Join(self._hearing.known_as(request.room))
        self.outbox.put(request, typed)

    def _greet(self, welcome: wire.Welcome) -> None:
        self.company.call_us(welcome.name)
        self.longest = welcome.limits.line
        # More than a burst would wait at the server, where it can be taken for a flood.
        self.outbox.window = min(WINDOW, welcome.limits.burst or WINDOW)
        if not self.has_been_in:
            self._hearing.greet(welcome)

    def _turn_away(self, error: wire.Error) -> None:
        if error.code == "bad-room" and self._home:
            # Another room was asked for just before the cut.
            self._front.hear(Refusal(f"! {error.message}"))
            self.room = self._home
        self._the_wire.refused(error)

    def _enter(self, entered: wire.Entered) -> None:
        moved = self.outbox.answered(Join)
        if self.online and moved is None:
            return
        if self._aim.after is not None and not self.room:
            self._start_over(entered.room, self._aim.after)
            return
        left = self._hearing.room
        asked = getattr(moved.request, "room", "") if moved else self.room
        self.room = self._home = entered.room
        again, self.has_been_in = self.has_been_in, True
        self.online = self.accepted = True
        question = self._hearing.enter(entered, asked, moved=moved is not None, again=again)
        for request in (question, Leave(left) if left else None):
            if request is not None:
                self.outbox.asked(request)
                self._the_wire.send(request)
        if moved is None:
            self._the_wire.entered()
            self._front.entered(again=again)

    def _start_over(self, room: str, after: int) -> None:
        """Come into the lobby again, whose name we know now, and with it what `after` counts."""
        self.room = room
        self._hearing.know(room, after)
        self._the_wire.send(Leave(room))
        self._the_wire.send(Join(room, after))

    def _happen(self, event: Any, raw: bytes) -> None:
        nonce = getattr(event, "nonce", None)
        own = isinstance(nonce, str) and self.outbox.settle(nonce) is not None
        if own:
            self._pause = 1.0
        kind = question_of(event, self.company.name)
        asked = self.outbox.answered(kind) if kind else None
        match event:
            case wire.Said():
                typed = event.name in self.company.own and self.outbox.holds(event)
                self._hearing.said(event, raw, own=own, typed=typed)
            case wire.Told() if own or not isinstance(nonce, str):
                self._hearing.show(wording.told(event, mine=own))
            case wire.History() if asked is not None and not asked.typed:
                self._hearing.past(event, raw)
            case wire.Gap():
                self._hearing.gap(event, raw)
            case wire.Message():
                self._hearing.happened(event)

    def _fail(self, error: wire.Error) -> None:
        nonce = error.nonce if isinstance(error.nonce, str) else ""
        waits = self.outbox.put_off
        if error.code in _LATER and self.outbox.hold_back(nonce):
            if not waits:
                self._put_off(error)
            return
        asked = self.outbox.settle(nonce) if nonce else self.outbox.failed()
        if asked and isinstance(asked.request, GetHistory) and not asked.typed:
            self._hearing.give_up_past(asked.request.room)
        self._front.hear(Refusal(f"! {error.message}"))

    def _put_off(self, error: wire.Error) -> None:
        if error.code == "storage" and self._pause == 1:
            told = f"! {error.message} What you say is kept here, and is sent again by itself."
            self._front.hear(Alarm(told))
        self._the_wire.wake_in(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
