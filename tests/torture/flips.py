"""A flipped bit in stored text is detected, and the damaged line is never sent as if it were whole.

The damaged row stays in the file as it is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from netchat.admin.stored import open_for_reading
from netchat.admin.verify import Tally, find_problems
from tests.support.processes import PATIENCE, SCRIPTS
from tests.torture.checked_clients import CheckedClient, Ledger
from tests.torture.event_loop import EventLoop
from tests.torture.figures import Figure, all_zero, exactly, reported
from tests.torture.line_clients import JsonClient
from tests.torture.server_process import FILE, ServerProcess, stored_bytes

_LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßéèαβγ漢字 ,.;-()[]0123456789"


def run(directory: Path, rng: Random, *, lines: int, flips: int) -> list[Figure]:
    """Flip `flips` bits in the texts of `lines` lines: first one at a time, then all of them."""
    with EventLoop() as loop, ServerProcess(cwd=directory) as server:
        ledger = Ledger()
        texts = iter([_text(rng, number) for number in range(lines)])
        identity = "00000000-0000-4000-8000-000000000000"
        client = CheckedClient(loop, ledger, "guest", client=identity, lines=texts, window=64)
        client.log_in(server.port)
        loop.run_until(lambda: client.finished, "all lines are stored")
        # The stop moves the content of the write-ahead log into the file.
        server.stop()
    counts = ledger.compare([(id, text.decode()) for id, text in stored_bytes(directory)])
    flipped = {id: _Flip(directory, id, text, rng) for id, text in _choose(directory, rng, flips)}
    alone = sum(_found_alone(directory, flip) for flip in flipped.values())
    for flip in flipped.values():
        flip.do()
    code, said = _verify(directory)
    with EventLoop() as loop, ServerProcess(cwd=directory) as server:
        auditor = _Auditor(loop, "auditor")
        auditor.hello(server.port, after={"lobby": 0})
        auditor.send(type="say", room="lobby", text="the line after them", nonce="n")
        loop.run_until(lambda: auditor.acknowledged > 0, "a line after the damaged ones")
        loop.run_until(lambda: lines + 1 in auditor.received, "all lines")
        server.stop()
    whole = {id: text for id, text in ledger.seen.items() if id not in flipped}
    received = {id: text for id, text in auditor.received.items() if id <= lines}
    kept = dict(stored_bytes(directory))
    return [
        reported("lines, lines with a flipped bit", f"{lines}, {len(flipped)}"),
        *all_zero(counts),
        exactly("single flips that verify reports, and nothing else", flips, alone),
        exactly("all flips: verify's exit code", 1, code),
        exactly("all flips: lines that verify names", flips,
                sum(f"line {id} is damaged" in said for id in flipped)),
        exactly("damaged lines sent as if they were whole", 0, len(received.keys() & flipped)),
        exactly("gaps with `damaged` for exactly the flipped ids", True,
                sorted(auditor.damaged) == sorted(flipped)),
        exactly("other gaps", 0, auditor.gaps),
        exactly("all other lines sent unchanged", True, received == whole),
        exactly("id of the next line", lines + 1, auditor.acknowledged),
        exactly("damaged rows that are no longer in the file", 0,
                sum(kept.get(id) != flip.after for id, flip in flipped.items())),
    ]  # fmt: skip


class _Flip:
    """One random bit in the stored text of a line."""

    def __init__(self, directory: Path, id: int, text: bytes, rng: Random) -> None:
        self.id = id
        self._path = directory / "data" / FILE
        data = self._path.read_bytes()
        assert data.count(text) == 1, "the text occurs twice in the file"
        byte = rng.randrange(len(text))
        self._offset, self._bit = data.index(text) + byte, 1 << rng.randrange(8)
        changed = bytes([text[byte] ^ self._bit])
        self.after = text[:byte] + changed + text[byte + 1 :]

    def do(self) -> None:
        """Flip it, or flip it back."""
        with self._path.open("r+b") as file:
            file.seek(self._offset)
            (byte,) = file.read(1)
            file.seek(self._offset)
            file.write(bytes([byte ^ self._bit]))


class _Auditor(JsonClient):
    """Records the lines that it receives, and the gaps."""

    def __init__(self, loop: EventLoop, name: str) -> None:
        super().__init__(loop, name)
        self.received: dict[int, str] = {}
        self.damaged: list[int] = []
        self.gaps = 0
        self.acknowledged = 0

    def handle_event(self, event: dict[str, Any]) -> None:
        """Record an event."""
        match event:
            case {"type": "said", "id": id, "text": text}:
                self.received[id] = text
                self.acknowledged = id if event.get("nonce") else self.acknowledged
            case {"type": "gap", "damaged": True, "from": first, "to": last}:
                self.damaged += range(first, last + 1)
            case {"type": "gap"}:
                self.gaps += 1


def _text(rng: Random, number: int) -> str:
    return f"{number}: {''.join(rng.choices(_LETTERS, k=rng.randint(5, 90)))}."


def _choose(directory: Path, rng: Random, flips: int) -> Iterable[tuple[int, bytes]]:
    data = (directory / "data" / FILE).read_bytes()
    # If SQLite has moved a row, the file may have a stale copy of its text.
    single = [(id, text) for id, text in stored_bytes(directory) if data.count(text) == 1]
    return rng.sample(single, flips)


def _found_alone(directory: Path, flip: _Flip) -> bool:
    """Return whether verify reports `flip`, and nothing else, in an otherwise whole file."""
    flip.do()
    try:
        with open_for_reading(directory / "data" / FILE) as connection:
            problems = list(find_problems(connection, Tally()))
    finally:
        flip.do()
    return problems == [f"room lobby: line {flip.id} is damaged"]


def _verify(directory: Path) -> tuple[int, str]:
    done = subprocess.run(
        [SCRIPTS / "netchat", "verify", directory / "data"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout
