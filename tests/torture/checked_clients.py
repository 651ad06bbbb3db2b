"""Guests who remember where they were, and what all of them have seen together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.torture.event_loop import Company
from tests.torture.line_clients import Person, Program


@dataclass
class Ledger:
    """What anybody has seen in the lobby, what was acknowledged to anybody, and what was wrong."""

    seen: dict[int, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The id of each text that was acknowledged; no two guests say the same."""
    overheard: set[str] = field(default_factory=set)
    """What was seen without an id, in the text dialect."""
    faults: list[str] = field(default_factory=list)

    def see(self, id: int, text: str) -> None:
        """Take down what somebody has seen."""
        if self.seen.setdefault(id, text) != text:
            self.faults.append(f"{id} is {self.seen[id]!r} to one and {text!r} to another")

    def compare(self, rows: Sequence[tuple[int, str]]) -> dict[str, int]:
        """Return how many lines of what has been seen are not as they should be in `rows`."""
        kept = dict(rows)
        texts = Counter(text for _, text in rows)
        return {
            "acknowledged and lost": sum(
                kept.get(id) != text for text, id in self.acknowledged.items()
            ),
            "stored twice": sum(count - 1 for count in texts.values()),
            "seen and missing": sum(kept.get(id) != text for id, text in self.seen.items())
            + sum(text not in texts for text in self.overheard),
            "ids that are not 1..n": sum(
                id != number for number, (id, _) in enumerate(rows, start=1)
            ),
            "gaps, doubles, turned order": len(self.faults),
        }


class Guest(Program):
    """A program in the lobby: it comes back with `after`, and says again what nobody acknowledged.

    It says `lines`, `window` of them outstanding; it has the `client` identity while it has any.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        company: Company,
        ledger: Ledger,
        name: str,
        *,
        client: str = "",
        lines: Iterable[str] = (),
        window: int = 8,
        eager: bool = True,
    ) -> None:
        super().__init__(company, name)
        self.ledger = ledger
        self.client = client
        self.last = 0
        """The id up to which everything was seen."""
        self.waiting: dict[str, str] = {}
        """What was said and is not acknowledged, by nonce."""
        self.entered = False
        self.closing = ""
        self.said = 0
        self._lines = iter(lines)
        self._all_said = False
        self._window = window
        self._eager = eager
        self._again: set[str] = set()
        self._answered: set[int] = set()
        self._ahead: set[int] = set()

    @property
    def finished(self) -> bool:
        """Whether all was said, and all that was said is acknowledged."""
        return self._all_said and not self.waiting

    def come(self, port: int) -> None:
        """Come, or come back, over a new connection; the one before is left as it is."""
        self.entered, self.closing = False, ""
        identity = {"client": self.client} if self.client else {}
        self.hello(port, after={"lobby": self.last}, **identity)
        if self._eager:
            self._say_again()

    def finish(self) -> None:
        """Say nothing new any more."""
        self._all_said = True

    def speak(self) -> None:
        """Say as much as may be outstanding."""
        free = max(0, self._window - len(self.waiting))
        texts = [] if self._all_said else list(islice(self._lines, free))
        self._all_said = self._all_said or len(texts) < free
        for text in texts:
            self.say(text)

    def say(self, text: str) -> None:
        """Say one line."""
        self.said += 1
        nonce = f"n{self.said}"
        self.waiting[nonce] = text
        self.send(type="say", room="lobby", text=text, nonce=nonce)

    def hear(self, event: dict[str, Any]) -> None:
        """Take one object from the server."""
        match event["type"]:
            case "welcome" if event["name"] != self.name:
                self._fault(f"is welcomed as {event['name']}")
            case "said":
                self._hear_said(event)
            case "entered":
                self._enter(event)
            case "closing":
                self.closing = event["reason"]
            case "error" | "gap":
                self._fault(f"was told {event}")

    def lost(self) -> None:
        """Learn that the other side has ended the connection."""
        self.entered = False

    def _enter(self, event: dict[str, Any]) -> None:
        self.entered = True
        if event["last"] < self.last:
            self._fault(f"had {self.last}, and comes back to {event['last']}")
        if not self._eager:
            self._say_again()
        self.speak()

    def _say_again(self) -> None:
        self._again.update(self.waiting)
        for nonce, text in self.waiting.items():
            self.send(type="say", room="lobby", text=text, nonce=nonce)

    def _hear_said(self, event: dict[str, Any]) -> None:
        id, text, nonce = event["id"], event["text"], event.get("nonce", "")
        self.ledger.see(id, text)
        if nonce:
            self._acknowledge(nonce, id, text)
        if nonce in self._again:
            # An answer, or the line in its place: only what comes next can tell.
            self._answered.add(id)
            if id > self.last:
                self._ahead.add(id)
        elif id == self.last + 1:
            self.last = id
        elif id in self._answered:
            self._answered.discard(id)
        else:
            self._fault(f"had {self.last}, and hears {id}")
            self.last = max(self.last, id)
        while self.last + 1 in self._ahead:
            self.last += 1
            self._ahead.discard(self.last)
        if nonce and self.entered:
            self.speak()

    def _acknowledge(self, nonce: str, id: int, text: str) -> None:
        before = self.ledger.acknowledged.setdefault(text, id)
        said = self.waiting.pop(nonce, None)
        if before != id or (said is not None and said != text):
            self._fault(f"said {said!r}, stored as {text!r} under {before} and {id}")

    def _fault(self, what: str) -> None:
        self.ledger.faults.append(f"{self.name} {what}")


class Ear(Person):
    """Somebody with nc, who sees what is said while he is there."""

    def __init__(self, company: Company, ledger: Ledger, name: str) -> None:
        super().__init__(company, name)
        self.entered = False
        self.live: list[list[str]] = []
        """What was said to him, by connection."""
        self._ledger = ledger

    def come(self, port: int) -> None:
        """Come in, or come in again."""
        self.entered = False
        self.live.append([])
        self.greet(port)

    def see(self, line: str) -> None:
        """Take a line from the server."""
        if line.startswith("Welcome"):
            self.entered = True
        elif line.startswith("!"):
            self._ledger.faults.append(f"{self.name} was told {line!r}")
        elif not line.startswith("* "):
            # `name: text` now, `[14:02] name: text` before.
            text = line.partition(": ")[2]
            self._ledger.overheard.add(text)
            if not line.startswith("["):
                self.live[-1].append(text)

    def lost(self) -> None:
        """Be out."""
        self.entered = False
