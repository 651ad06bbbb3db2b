"""The disk is full, or fails: the speaker is told so, nobody sees the line, the rest goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.processes import PATIENCE, SCRIPTS
from tests.torture.checked_clients import Ear, Ledger
from tests.torture.disk_faults import Trouble, failing, full, small_disk
from tests.torture.event_loop import Company
from tests.torture.figures import Figure, at_least, at_most, exactly, told
from tests.torture.line_clients import Program
from tests.torture.server_process import Machine, stored

WRITES = ("fsync", "fdatasync", "pwrite64")
TROUBLES: dict[str, Trouble] = {
    "full": full,
    "EIO": failing("EIO", *WRITES),
    "EIO on sync only": failing("EIO", "fsync", "fdatasync"),
    "ENOSPC": failing("ENOSPC", *WRITES, "ftruncate"),
    "EROFS": failing("EROFS", *WRITES, "ftruncate"),
}


def run(  # noqa: PLR0913 - each has a name
    place: Path,
    dice: Random,
    *,
    refused: int,
    troubles: Sequence[str],
    at_once: float,
    recovery: float,
) -> list[Figure]:
    """Have the `troubles`, with up to `refused` refused lines each, and one with a kill.

    An answer may take `at_once` s, the `recovery` from each so many.
    """
    limits = (at_once, recovery)
    figures: list[Figure] = []
    refusals: set[str] = set()
    with Company() as company, small_disk(place / "data", 32):
        ledger = Ledger()
        with Machine(cwd=place) as server:
            speaker = _Speaker(company, ledger, "speaker")
            listener = _Speaker(company, ledger, "listener")
            ear = Ear(company, ledger, "ear")
            for guest in (speaker, listener, ear):
                guest.come(server.port)
            company.attend(lambda: speaker.last + listener.last == 0 and ear.entered, "all in")
            speaker.say("before all trouble")
            company.attend(lambda: listener.last == 1, "a first line")
            for name in troubles:
                scene = _Scene(company, server, place, speaker, listener, refusals)
                figures += scene.play(name, dice.randrange(1, refused + 1), *limits)
            with TROUBLES["EIO on sync only"](place / "data", server.pid):
                _refuse(company, speaker, refusals, refused)
                server.kill()
            company.attend(lambda: not any(g.online for g in (speaker, ear)), "it is gone")
        with Machine(cwd=place) as server:
            rows = stored(place)
            server.stop()
    counts = ledger.compare(rows)
    figures += [
        told("lines in the journal, refused in all", f"{len(rows)}, {len(refusals)}"),
        exactly("refused, and seen or stored", 0,
                len(refusals & {*dict(rows).values(), *ledger.seen.values(), *ledger.overheard})),
        *(exactly(name, 0, number) for name, number in counts.items()),
    ]  # fmt: skip
    return figures


class _Speaker(Program):
    """Says big lines one at a time, and takes the time until each is answered."""

    def __init__(self, company: Company, ledger: Ledger, name: str) -> None:
        super().__init__(company, name)
        self.ledger = ledger
        self.last = 0
        self.events: list[dict[str, Any]] = []
        self.slowest = 0.0
        self._count = count()
        self._client = f"00000000-0000-4000-8000-{len(name):012}"

    def come(self, port: int) -> None:
        """Come into the lobby, from its first line on."""
        self.hello(port, client=self._client, after={"lobby": 0})

    def hear(self, event: dict[str, Any]) -> None:
        """Take what the server says."""
        self.events.append(event)
        if event["type"] == "said":
            self.ledger.see(event["id"], event["text"])
            if event["id"] > self.last + 1 or (event["id"] <= self.last and "nonce" not in event):
                self.ledger.faults.append(f"{self.name} had {self.last}, hears {event['id']}")
            self.last = max(self.last, event["id"])
            if "nonce" in event:
                self.ledger.acknowledged.setdefault(event["text"], event["id"])

    def ask(self, wanted: str, **request: Any) -> dict[str, Any]:
        """Ask, and return the first answer of the type `wanted`, or the first error."""
        self.events.clear()
        begin = monotonic()
        self.send(**request)
        answers: list[dict[str, Any]] = []

        def answered() -> bool:
            answers[:] = [e for e in self.events if e["type"] in (wanted, "error")]
            return bool(answers)

        self.company.attend(answered, f"{wanted} for {self.name}")
        self.slowest = max(self.slowest, monotonic() - begin)
        return answers[0]

    def say(self, text: str = "", nonce: str = "") -> tuple[str, str, dict[str, Any]]:
        """Say something, and return its text, its nonce, and the answer."""
        nonce = nonce or f"{self.name}{next(self._count)}"
        text = text or f"{nonce} {'x' * 3900}"
        return text, nonce, self.ask("said", type="say", room="lobby", text=text, nonce=nonce)


class _Scene:
    """One trouble, from its beginning to its end."""

    def __init__(  # noqa: PLR0913, PLR0917 - whoever takes part
        self,
        company: Company,
        server: Machine,
        place: Path,
        speaker: _Speaker,
        listener: _Speaker,
        refusals: set[str],
    ) -> None:
        self._company, self._server, self._place = company, server, place
        self._speaker, self._listener, self._refusals = speaker, listener, refusals

    def play(self, name: str, refused: int, at_once: float, recovery: float) -> list[Figure]:
        """Have the trouble called `name` until so many lines are refused; return its figures."""
        speaker, speaker.slowest = self._speaker, 0.0
        with TROUBLES[name](self._place / "data", self._server.pid):
            nonces = _refuse(self._company, speaker, self._refusals, refused)
            code, said = _health(self._server)
            others = self._do_the_rest()
        begin = monotonic()
        self._company.attend(lambda: "trouble" not in self._server.ping(), "recovery")
        recovered = monotonic() - begin
        healthy, _ = _health(self._server)
        text, nonce = next(iter(nonces.items()))
        answers = [speaker.say(text, nonce)[2] for _ in range(2)]
        self._refusals.discard(text)
        self._company.attend(lambda: self._listener.last == speaker.last, "the line is heard")
        return [
            at_least(f"{name}: lines refused with `storage`", refused, len(nonces)),
            at_most(f"{name}: slowest answer", at_once, speaker.slowest, "s"),
            exactly(f"{name}: what else should go on, and does not", [], others),
            exactly(f"{name}: netchat health", (1, True), (code, "cannot store" in said)),
            at_most(f"{name}: recovers by itself in", recovery, recovered, "s"),
            exactly(f"{name}: netchat health after it", 0, healthy),
            exactly(f"{name}: said again twice, ids", 1, len({a.get("id") for a in answers})),
            exactly(f"{name}: of that, rows", 1, [t for _, t in stored(self._place)].count(text)),
        ]

    def _do_the_rest(self) -> list[str]:
        """Return what else does not work."""
        listener, speaker = self._listener, self._speaker
        newcomer = _Speaker(self._company, Ledger(), "newcomer")
        newcomer.come(self._server.port)
        self._company.attend(lambda: newcomer.last == speaker.last, "the past, for a newcomer")
        newcomer.leave()
        asked = {
            "history": listener.ask("history", type="history", room="lobby"),
            "names": listener.ask("names", type="names", room="lobby"),
            "joined": listener.ask("entered", type="join", room="dev"),
            "left": listener.ask("left", type="leave", room="dev"),
            "renamed": listener.ask("renamed", type="rename", name="other"),
            "told": listener.ask("told", type="tell", to="speaker", text="psst"),
            "renamed back": listener.ask("renamed", type="rename", name="listener"),
        }
        failed = [name for name, answer in asked.items() if answer["type"] == "error"]
        topic = speaker.ask("topic", type="topic", room="lobby", text="new")
        right = topic.get("code") == "storage"
        return failed + ([] if right else ["a topic that cannot be stored is refused"])


def _refuse(company: Company, speaker: _Speaker, refusals: set[str], wanted: int) -> dict[str, str]:
    """Speak until so many lines are refused; return their nonces by text."""
    nonces: dict[str, str] = {}
    for _ in range(1000):
        text, nonce, answer = speaker.say()
        if answer["type"] == "error":
            assert (answer["code"], answer["nonce"]) == ("storage", nonce), answer
            nonces[text] = nonce
        if len(nonces) >= wanted:
            break
    refusals.update(nonces)
    return nonces


def _health(server: Machine) -> tuple[int, str]:
    done = subprocess.run(
        [SCRIPTS / "netchat", "health", server.address],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stderr
