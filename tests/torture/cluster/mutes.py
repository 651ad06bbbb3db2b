"""Mutes that operators ask for on any server while faults are done, and that all must have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random

from netchat.admin.stored import journal_in, open_for_reading
from netchat.journal.sqlite.records import stored_records
from netchat.state.records import Restriction
from tests.support.checkout import CHECKOUT
from tests.torture.cluster.processes import SiteProcess

_NAMES = 6
"""How many names are muted, or not muted any more, at a time."""
_PATIENCE = 8
"""Seconds to wait for an answer: a server that stands still gives none."""


class Mutes:
    """Which names are muted, as far as that was answered."""

    def __init__(self, rng: Random) -> None:
        self.done = 0
        self._rng = rng
        self._known: dict[str, bool] = {}
        """Whether each name is muted, if that was answered each time."""
        self._count = 0

    def change(self, server: SiteProcess) -> None:
        """Mute a name, or end that, by the command of an operator on `server`."""
        if len(self._known) < _NAMES:
            self._count += 1
            self._known[f"spammer{self._count}"] = False
        name = self._rng.choice([*self._known])
        # Without an answer it may still be done, at any time.
        mute = not self._known.pop(name)
        if _admin(server.data, "mute" if mute else "unmute", name):
            self._known[name] = mute
            self.done += 1

    def differences(self, directories: Iterable[Path]) -> list[str]:
        """Return where a journal in `directories` has another name muted, or not muted."""
        return [
            f"{directory}: {name} is {'' if name in muted else 'not '}muted"
            for directory in directories
            for muted in [_muted(directory)]
            for name, known in self._known.items()
            if known != (name in muted)
        ]


def _admin(data: Path, *arguments: str) -> bool:
    """Return whether the server of `data` has done what the command asks for."""
    command = [sys.executable, "-m", "netchat", "admin", str(data), *arguments]
    try:
        ended = subprocess.run(
            command, cwd=CHECKOUT, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


def _muted(directory: Path) -> set[str]:
    with open_for_reading(journal_in(directory)) as connection:
        return {
            record.target
            for _, _, record in stored_records(connection)
            if isinstance(record, Restriction) and record.what == "mute"
        }
