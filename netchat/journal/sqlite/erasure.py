"""What is left of a deleted line after its transaction: copies, in the word index, and in the log.

The line itself and the record of its nonce are overwritten in that transaction. Its words are gone
once the whole index has been merged, and everything once the log is empty. All this is done soon, a
part at a time, and again after a restart if it was not finished.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from netchat.journal.sqlite.copies import overwrite_copies
from netchat.journal.sqlite.search_index import SearchIndex
from netchat.journal.sqlite.statements import transaction
from netchat.journal.sqlite.words import IndexDamagedError, merge_words
from netchat.journal.sqlite.writer import Writer

_BATCH = 20
"""Of how many lines the copies are overwritten in one part."""


class Erasure:
    """Erases what is left of deleted lines from the files of `writer`."""

    def __init__(self, writer: Writer, index: SearchIndex, warn: Callable[[str], None]) -> None:
        self.waiting = False
        """Whether the last part could not be done, so that it has to be tried again later."""
        self._writer = writer
        self._index = index
        self._warn = warn
        self._overwritten: set[int] = set()
        """The keys of the lines whose copies have been overwritten."""
        self._merging: set[int] = set()
        """The keys of the lines whose words are gone when all of the index has been merged."""
        self._failure = ""

    def is_needed(self) -> bool:
        """Return whether anything is left of deleted lines, as far as that can be read."""
        try:
            return bool(self._left())
        except sqlite3.Error:
            return True

    def run(self) -> bool:
        """Do a part; return whether there is more to do now."""
        self.waiting = False
        connection = self._writer.connection
        try:
            keys = self._left()
            if not keys:
                return False
            if copied := sorted(keys.keys() - self._overwritten)[:_BATCH]:
                overwrite_copies(connection, copied)
                self._overwritten.update(copied)
                return True
            indexed = {key for key, is_indexed in keys.items() if is_indexed}
            if indexed and self._merge(indexed):
                return True
            if self._writer.empty_log():
                with transaction(connection):
                    connection.execute("DELETE FROM erasures")
                self._overwritten.clear()
                self._merging.clear()
                return False
        except sqlite3.Error as error:
            if str(error) != self._failure:
                self._failure = str(error)
                self._warn(f"What is left of deleted lines cannot be erased yet: {error}.")
        self.waiting = True
        return False

    def _left(self) -> dict[int, int]:
        """Return the keys of the deleted lines of which something is left, and if it is words."""
        return dict(self._writer.connection.execute("SELECT key, indexed FROM erasures"))

    def _merge(self, indexed: set[int]) -> bool:
        """Do a part of merging the index; return whether there is more."""
        begin = not indexed <= self._merging
        try:
            with transaction(self._writer.connection):
                more = merge_words(self._writer.connection, begin=begin)
        except IndexDamagedError:
            # An index that cannot be rebuilt is not used, and the operator is told so.
            return self._index.rebuild()
        self._merging |= indexed
        return more
