"""Reads and searches, each in a worker of its own: a search may take long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from netchat.journal.deletions import Deletions
from netchat.journal.interface import (
    AuditPage,
    Found,
    LogPlace,
    PrivatePage,
    PrivateQuery,
    Reply,
    Span,
    UnreadableError,
)
from netchat.journal.sqlite.reader import CLOSED, Reader, unreadable
from netchat.journal.sqlite.schema import closed_on_error
from netchat.model.events import Said
from netchat.threads.worker import T, Worker, with_fallback


class Queries:
    """Reads from the file at `path` in the worker `read`, and searches it in `search`.

    `seconds` is a clock that never goes backwards; `warn` is called, in a worker, with sentences
    for the operator.
    """

    def __init__(
        self,
        path: Path,
        *,
        read: Worker,
        search: Worker,
        seconds: Callable[[], float],
        warn: Callable[[str], None],
    ) -> None:
        self._read = read
        self._search = search
        self._reader = Reader(path, warn)
        self._searcher = Reader(path, warn, seconds)
        self._deletions = Deletions()
        self._open = False

    def open(self) -> None:
        """Open the file; JournalError if that fails."""
        self._reader.open()
        with closed_on_error(self._reader):
            self._searcher.open()

    def start(self) -> None:
        """Start the workers."""
        self._read.start()
        self._search.start()
        self._open = True

    def stop(self) -> None:
        """Answer all that waits and comes with an UnreadableError."""
        self._reader.stop()
        self._searcher.stop()

    def close(self, closed: Callable[[], None]) -> None:
        """End the workers, and then call `closed`."""
        self._open = False

        def end_reading() -> None:
            self._read.call(self._reader.close, lambda _: self._read.stop(closed))

        self._search.call(self._searcher.close, lambda _: self._search.stop(end_reading))

    def read(self, room: str, span: Span, found: Reply) -> None:
        """Read a page; the answers come in the order of the calls."""
        found = self._deletions.reading(found)
        self._query(self._read, partial(self._reader.page, room, span), found)

    def search(self, room: str, words: str, span: Span, found: Reply) -> None:
        """Search; the cost is that of the hits and of the lines that are not indexed."""
        found = self._deletions.searching(found)
        self._query(self._search, partial(self._searcher.search, room, words, span), found)

    def audit(
        self, before: int, limit: int, found: Callable[[AuditPage | UnreadableError], None]
    ) -> None:
        """Read entries of the audit."""
        self._query(self._read, partial(self._reader.audit, before, limit), found)

    def read_private(self, query: PrivateQuery, found: Found[PrivatePage]) -> None:
        """Read private lines."""
        self._query(self._read, partial(self._reader.private_page, query), found)

    def log_places(self, found: Found[Sequence[LogPlace]]) -> None:
        """Read the places of deleted lines in the log."""
        self._query(self._read, self._reader.log_places, found)

    def note_deleted(self, lines: Iterable[Said]) -> None:
        """Let no answer have the texts of `lines` from now on."""
        self._deletions.note(lines)

    def _query(
        self,
        worker: Worker,
        query: Callable[[], T | UnreadableError],
        found: Callable[[T | UnreadableError], None],
    ) -> None:
        if self._open:
            worker.call(with_fallback(worker, query, unreadable), found)
        else:
            found(UnreadableError(CLOSED))
