"""The journals that every scenario runs with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.journal.memory.journal import MemoryJournal
from netchat.threads.worker import InlineWorker
from tests.support.journals import ManualClock, close, make_journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netchat.journal.interface import Journal


@pytest.fixture(params=["memory", "memory, line by line", "sqlite"])
def journal(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Journal]:
    made: Journal = (
        make_journal(tmp_path, ManualClock()) if request.param == "sqlite" else MemoryJournal()
    )
    if "line by line" in request.param:
        monkeypatch.setattr("netchat.journal.memory.search.SLICE", 1)
        turns = InlineWorker()
        made = MemoryJournal(call_soon=lambda call: turns.call(call, lambda _: None))
    made.acquire_lock()
    assert not made.open()
    yield made
    close(made)
