"""The disk is full or fails: the speaker gets an error, no client sees the line, the rest works."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.processes import PATIENCE, SCRIPTS
from tests.torture.checked_clients import CheckedTextClient, Ledger
from tests.torture.disk_faults import DiskFault, failing, full, small_disk
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, at_least, at_most, exactly, reported
from tests.torture.line_clients import JsonClient
from tests.torture.server_process import ServerProcess, stored

WRITES = ("fsync", "fdatasync", "pwrite64")
DISK_FAULTS: dict[str, DiskFault] = {
    "full": full,
    "EIO": failing("EIO", *WRITES),
    "EIO on sync only": failing("EIO", "fsync", "fdatasync"),
    "ENOSPC": failing("ENOSPC", *WRITES, "ftruncate"),
    "EROFS": failing("EROFS", *WRITES, "ftruncate"),
}


def run(  # noqa: PLR0913 - each has a name
    directory: Path,
    rng: Random,
    *,
    refused: int,
    disk_faults: Sequence[str],
    at_once: float,
    recovery: float,
) -> list[Figure]:
    """Cause each of the `disk_faults`, with up to `refused` refused lines, and one with a kill.

    An answer may take `at_once` seconds, the recovery from a fault `recovery` seconds.
    """
    limits = (at_once, recovery)
    figures: list[Figure] = []
    refusals: set[str] = set()
    with EventLoop() as loop, small_disk(directory / "data", 32):
        ledger = Ledger()
        with ServerProcess(cwd=directory) as server:
            speaker = _Speaker(loop, ledger, "speaker")
            listener = _Speaker(loop, ledger, "listener")
            text_listener = CheckedTextClient(loop, ledger, "text-listener")
            for client in (speaker, listener, text_listener):
                client.log_in(server.port)
            loop.run_until(
                lambda: speaker.last + listener.last == 0 and text_listener.entered, "all logins"
            )
            speaker.say("before all faults")
            loop.run_until(lambda: listener.last == 1, "a first line")
            for name in disk_faults:
                case = _FaultCase(loop, server, directory, speaker, listener, refusals)
                figures += case.play(name, rng.randrange(1, refused + 1), *limits)
            with DISK_FAULTS["EIO on sync only"](directory / "data", server.pid):
                _refuse(loop, speaker, refusals, refused)
                server.kill()
            loop.run_until(
                lambda: not any(g.online for g in (speaker, text_listener)),
                "all connections are lost",
            )
        with ServerProcess(cwd=directory) as server:
            rows = stored(directory)
            server.stop()
    counts = ledger.compare(rows)
    figures += [
        reported("lines in the journal, lines refused", f"{len(rows)}, {len(refusals)}"),
        exactly("refused lines received or stored", 0,
                len(refusals & {*dict(rows).values(), *ledger.seen.values(), *ledger.overheard})),
        *(exactly(name, 0, number) for name, number in counts.items()),
    ]  # fmt: skip
    return figures


class _Speaker(JsonClient):
    """Says long lines one at a time, and measures the time until each answer."""

    def __init__(self, loop: EventLoop, ledger: Ledger, name: str) -> None:
        super().__init__(loop, name)
        self.ledger = ledger
        self.last = 0
        self.events: list[dict[str, Any]] = []
        self.slowest = 0.0
        self._count = count()
        self._client = f"00000000-0000-4000-8000-{len(name):012}"

    def log_in(self, port: int) -> None:
        """Log in, and receive the lobby from its first line on."""
        self.hello(port, client=self._client, after={"lobby": 0})

    def handle_event(self, event: dict[str, Any]) -> None:
        """Record an event, and check the ids of lines."""
        self.events.append(event)
        if event["type"] == "said":
            self.ledger.record(event["id"], event["text"])
            if event["id"] > self.last + 1 or (event["id"] <= self.last and "nonce" not in event):
                self.ledger.faults.append(
                    f"{self.name} had {self.last}, and received {event['id']}"
                )
            self.last = max(self.last, event["id"])
            if "nonce" in event:
                self.ledger.acknowledged.setdefault(event["text"], event["id"])

    def ask(self, wanted: str, **request: Any) -> dict[str, Any]:
        """Send a request; return the first event of the type `wanted`, or the first error."""
        self.events.clear()
        begin = monotonic()
        self.send(**request)
        answers: list[dict[str, Any]] = []

        def answered() -> bool:
            answers[:] = [e for e in self.events if e["type"] in (wanted, "error")]
            return bool(answers)

        self.loop.run_until(answered, f"{wanted} for {self.name}")
        self.slowest = max(self.slowest, monotonic() - begin)
        return answers[0]

    def say(self, text: str = "", nonce: str = "") -> tuple[str, str, dict[str, Any]]:
        """Say a line; return its text, its nonce and the answer."""
        nonce = nonce or f"{self.name}{next(self._count)}"
        text = text or f"{nonce} {'x' * 3900}"
        return text, nonce, self.ask("said", type="say", room="lobby", text=text, nonce=nonce)


class _FaultCase:
    """A disk fault from its beginning to its end."""

    def __init__(  # noqa: PLR0913, PLR0917 - all participants
        self,
        loop: EventLoop,
        server: ServerProcess,
        directory: Path,
        speaker: _Speaker,
        listener: _Speaker,
        refusals: set[str],
    ) -> None:
        self._loop, self._server, self._directory = loop, server, directory
        self._speaker, self._listener, self._refusals = speaker, listener, refusals

    def play(self, name: str, refused: int, at_once: float, recovery: float) -> list[Figure]:
        """Cause the fault `name` until so many lines are refused; return its figures."""
        speaker, speaker.slowest = self._speaker, 0.0
        with DISK_FAULTS[name](self._directory / "data", self._server.pid):
            nonces = _refuse(self._loop, speaker, self._refusals, refused)
            code, said = _health(self._server)
            others = self._do_the_rest()
        begin = monotonic()
        self._loop.run_until(lambda: "trouble" not in self._server.ping(), "recovery")
        recovered = monotonic() - begin
        healthy, _ = _health(self._server)
        text, nonce = next(iter(nonces.items()))
        answers = [speaker.say(text, nonce)[2] for _ in range(2)]
        self._refusals.discard(text)
        self._loop.run_until(lambda: self._listener.last == speaker.last, "the line is delivered")
        return [
            at_least(f"{name}: lines refused with `storage`", refused, len(nonces)),
            at_most(f"{name}: slowest answer", at_once, speaker.slowest, "s"),
            exactly(f"{name}: requests that fail and should not", [], others),
            exactly(
                f"{name}: netchat health", (1, True), (code, "cannot store what is said" in said)
            ),
            at_most(f"{name}: recovers without a restart after", recovery, recovered, "s"),
            exactly(f"{name}: netchat health after the fault", 0, healthy),
            exactly(
                f"{name}: a refused line repeated twice, ids",
                1,
                len({a.get("id") for a in answers}),
            ),
            exactly(
                f"{name}: a refused line repeated twice, rows",
                1,
                [t for _, t in stored(self._directory)].count(text),
            ),
        ]

    def _do_the_rest(self) -> list[str]:
        """Return the requests that fail during the fault, and should not."""
        listener, speaker = self._listener, self._speaker
        newcomer = _Speaker(self._loop, Ledger(), "newcomer")
        newcomer.log_in(self._server.port)
        self._loop.run_until(lambda: newcomer.last == speaker.last, "the backfill of a new client")
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
        return failed + ([] if right else ["the refusal of a topic that cannot be stored"])


def _refuse(loop: EventLoop, speaker: _Speaker, refusals: set[str], wanted: int) -> dict[str, str]:
    """Say lines until so many are refused; return their nonces by text."""
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


def _health(server: ServerProcess) -> tuple[int, str]:
    done = subprocess.run(
        [SCRIPTS / "netchat", "health", server.address],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stderr
