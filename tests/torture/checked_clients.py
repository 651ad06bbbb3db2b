"""Clients that check each line they receive, and the ledger of what all of them have received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.torture.event_loop import EventLoop
from tests.torture.line_clients import JsonClient, TextClient


@dataclass
class Ledger:
    """The lines of the lobby that clients have received, the acknowledged ones, and the faults."""

    seen: dict[int, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The id of each acknowledged text; no two clients say the same text."""
    overheard: set[str] = field(default_factory=set)
    """Texts received in the text dialect, which has no ids."""
    faults: list[str] = field(default_factory=list)

    def record(self, id: int, text: str) -> None:
        """Record a line that a client has received."""
        if self.seen.setdefault(id, text) != text:
            self.faults.append(f"{id} is {self.seen[id]!r} for one client and {text!r} for another")

    def compare(self, rows: Sequence[tuple[int, str]]) -> dict[str, int]:
        """Compare the ledger with the journal's `rows`; return the number of lines by fault."""
        kept = dict(rows)
        texts = Counter(text for _, text in rows)
        return {
            "acknowledged and lost": sum(
                kept.get(id) != text for text, id in self.acknowledged.items()
            ),
            "stored twice": sum(count - 1 for count in texts.values()),
            "received and missing": sum(kept.get(id) != text for id, text in self.seen.items())
            + sum(text not in texts for text in self.overheard),
            "ids that are not 1..n": sum(
                id != number for number, (id, _) in enumerate(rows, start=1)
            ),
            "gaps, duplicates, wrong order": len(self.faults),
        }


class CheckedClient(JsonClient):
    """A JSON client in the lobby that checks ids and order of all lines.

    It says `lines`, at most `window` of them unacknowledged. When it reconnects, it resumes with
    `after` and repeats unacknowledged lines: at once if it is `eager`, else after `entered`. It
    logs in with the id `client`, if that is not empty.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        loop: EventLoop,
        ledger: Ledger,
        name: str,
        *,
        client: str = "",
        lines: Iterable[str] = (),
        window: int = 8,
        eager: bool = True,
    ) -> None:
        super().__init__(loop, name)
        self.ledger = ledger
        self.client = client
        self.last = 0
        """All lines up to this id were received."""
        self.waiting: dict[str, str] = {}
        """Unacknowledged texts by nonce."""
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
        """Whether all lines were said and acknowledged."""
        return self._all_said and not self.waiting

    def log_in(self, port: int) -> None:
        """Log in over a new connection; the previous one is left as it is."""
        self.entered, self.closing = False, ""
        identity = {"client": self.client} if self.client else {}
        self.hello(port, after={"lobby": self.last}, **identity)
        if self._eager:
            self._say_again()

    def finish(self) -> None:
        """Say no further lines."""
        self._all_said = True

    def speak(self) -> None:
        """Say as many lines as the window allows."""
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

    def handle_event(self, event: dict[str, Any]) -> None:
        """Check an event."""
        match event["type"]:
            case "welcome" if event["name"] != self.name:
                self._fault(f"logged in as {event['name']}")
            case "said":
                self._hear_said(event)
            case "entered":
                self._enter(event)
            case "closing":
                self.closing = event["reason"]
            case "error" | "gap":
                self._fault(f"received {event}")

    def lost(self) -> None:
        """Called when the server has closed the connection."""
        self.entered = False

    def _enter(self, event: dict[str, Any]) -> None:
        self.entered = True
        if event["last"] < self.last:
            self._fault(f"had {self.last}, and resumed at {event['last']}")
        if not self._eager:
            self._say_again()
        self.speak()

    def _say_again(self) -> None:
        self._again.update(self.waiting)
        for nonce, text in self.waiting.items():
            self.send(type="say", room="lobby", text=text, nonce=nonce)

    def _hear_said(self, event: dict[str, Any]) -> None:
        id, text, nonce = event["id"], event["text"], event.get("nonce", "")
        self.ledger.record(id, text)
        if nonce:
            self._acknowledge(nonce, id, text)
        if nonce in self._again:
            # Either the acknowledgement of a repeated line, or the line itself in its order: the
            # ids that follow tell which.
            self._answered.add(id)
            if id > self.last:
                self._ahead.add(id)
        elif id == self.last + 1:
            self.last = id
        elif id in self._answered:
            self._answered.discard(id)
        else:
            self._fault(f"had {self.last}, and received {id}")
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


class CheckedTextClient(TextClient):
    """A text client, as with nc: records the texts that it receives."""

    def __init__(self, loop: EventLoop, ledger: Ledger, name: str) -> None:
        super().__init__(loop, name)
        self.entered = False
        self.live: list[list[str]] = []
        """The texts received live, for each connection."""
        self._ledger = ledger

    def log_in(self, port: int) -> None:
        """Log in over a new connection."""
        self.entered = False
        self.live.append([])
        self.greet(port)

    def handle_line(self, line: str) -> None:
        """Record a line of the server."""
        if line.startswith("Welcome"):
            self.entered = True
        elif line.startswith("!"):
            self._ledger.faults.append(f"{self.name} received {line!r}")
        elif not line.startswith("* "):
            # A live line is `name: text`, an older one `[14:02] name: text`.
            text = line.partition(": ")[2]
            self._ledger.overheard.add(text)
            if not line.startswith("["):
                self.live[-1].append(text)

    def lost(self) -> None:
        """Called when the server has closed the connection."""
        self.entered = False
