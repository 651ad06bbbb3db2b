"""kill -9 while changes are stored: each one holds as a whole, or did not happen.

A process appends changes and lines to a journal, and says after each batch that it has settled. It
is killed at any moment, or kills itself before one of the SQL statements of a store. All that it
does follows from a seed, so a journal in memory does the same here: the journal on disk must be
like that one, with the batch of the kill or without it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

from netchat.journal.interface import Journal, Span
from netchat.journal.memory.journal import MemoryJournal
from netchat.model.events import Event, Said
from netchat.state.changes import (
    CONSOLE,
    Actor,
    Change,
    DeleteLines,
    Forget,
    Lift,
    OwnName,
    Restrict,
    SetRole,
    SetRoom,
    What,
)
from netchat.state.record import Record
from netchat.state.records import Proof, SaltSecret
from tests.support.changes import audit_of
from tests.support.checkout import CHECKOUT
from tests.support.journals import NOW, JournalFile, all_of, append, ask
from tests.torture.figures import Figure, at_least, exactly, reported

MOST_BATCHES = 30
"""The process is killed after at most so many batches, counted when they are seen here."""
MOST_STATEMENTS = 300
"""The process kills itself before one of so many SQL statements."""
_NAMES = ("Ann", "Bea", "Cat", "Dot")
_State = tuple[frozenset[Record], object, list[object], list[object]]


def run(directory: Path, rng: Random, *, kills: int) -> list[Figure]:
    """Kill a process `kills` times while it appends to the journal in `directory`."""
    journal_file, memory = JournalFile(directory), MemoryJournal(keep=0)
    wrong, kept, settled = 0, 0, 0
    for number in range(kills):
        seed = rng.randrange(1 << 32)
        if number % 4:
            done = _append_until_killed(directory, seed, statement=rng.randint(1, MOST_STATEMENTS))
        else:
            done = _append_until_killed(directory, seed, seen=rng.randint(0, MOST_BATCHES))
        settled += done
        generated = batches(seed)
        for _ in range(done):
            append(memory, *next(generated))
        journal = journal_file.open()
        found = _state(journal)
        journal_file.close()
        if found != _state(memory):
            append(memory, *next(generated))
            kept += 1
            if found != _state(memory):
                wrong += 1
                break
    return [
        reported("kills", kills),
        reported("batches that had settled", settled),
        reported("batches that had not, and are stored", kept),
        reported("changes in the audit", len(audit_of(memory, limit=1 << 30).entries)),
        at_least("deleted lines", 1, sum(getattr(x, "deleted", False) for x in all_of(memory))),
        exactly("journals with a part of a batch, or without one that had settled", 0, wrong),
    ]


def batches(seed: int) -> Iterator[Sequence[Event]]:
    """Yield batches of changes and lines without end; the same ones for the same `seed`."""
    rng, number = Random(seed), 0
    lines: list[Said] = []
    while True:
        batch: list[Event] = []
        for _ in range(rng.randint(1, 4)):
            if rng.random() < 0.4:
                if not lines or rng.random() < 0.8:
                    number += 1
                    text = f"word{number} of{seed} " + "x" * rng.randint(0, 500)
                    nonce = f"{seed} {number}"
                    lines.append(Said("lobby", "Ann", text, NOW, False, 0, nonce, "a client"))
                batch.append(rng.choice(lines))
            else:
                by = rng.choice([CONSOLE, CONSOLE, Actor(rng.choice(_NAMES))])
                batch.append(Change(_what(rng), by, NOW))
        yield batch


def _what(rng: Random) -> What:
    name, other = rng.sample(_NAMES, 2)
    until = rng.choice([0, NOW + 60])
    ids = tuple(rng.randint(1, 200) for _ in range(rng.randint(1, 3)))
    return rng.choice(
        [
            OwnName(name, Proof(0, "key", f"{rng.getrandbits(256):064x}")),
            SetRole(name, "lobby", rng.choice(["moderator", "member", None])),
            SetRole(name, "", rng.choice(["operator", None])),
            SetRoom("lobby", slow=rng.randint(0, 3)),
            Restrict(rng.choice(["ban", "mute"]), "name", other, "", until, "spam"),
            Lift(rng.choice(["ban", "mute"]), "name", other),
            DeleteLines("lobby", ids),
            DeleteLines("lobby", ids),
            Forget(name),
        ]
    )


def _append_until_killed(directory: Path, seed: int, *, seen: int = 0, statement: int = 0) -> int:
    """Let a process append until it kills itself before `statement`, counted in its stores.

    Without `statement`, kill it after `seen` batches or more. Returned is how many have settled.
    """
    command = [sys.executable, "-m", "tests.torture.changes"]
    command += [str(directory), str(seed), str(statement)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        done = sum(process.stdout.readline() == b"settled\n" for _ in range(seen))
        if not statement:
            process.kill()
        done += process.stdout.read().count(b"settled\n")
    return done


def _state(journal: Journal) -> _State:
    records = journal.records()
    if isinstance(journal, MemoryJournal):
        records = [*journal._state.records()]
    found = ask(journal, Span(0, 1 << 30, 1000), words="of")
    return (
        frozenset(record for record in records if not isinstance(record, SaltSecret)),
        audit_of(journal, limit=1 << 30),
        list(all_of(journal)),
        list(found.lines),
    )


def _append(directory: Path, seed: int, statement: int) -> None:
    """Append batches to the journal in `directory` until this process is killed."""
    journal_file = JournalFile(directory)
    journal = journal_file.open()
    connection, left = journal._writer.connection, count(statement, -1)

    def trap(_: str) -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    os.write(1, b"open\n")
    for batch in batches(seed):
        connection.set_trace_callback(trap)
        append(journal, *batch)
        connection.set_trace_callback(None)
        os.write(1, b"settled\n")
        # Indexing and erasing are interrupted as well.
        journal_file.clock.advance(0.06)


if __name__ == "__main__":
    _append(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
