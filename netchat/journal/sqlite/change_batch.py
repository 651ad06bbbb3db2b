"""The changes of the chat's state in one transaction."""

from __future__ import annotations

import sqlite3

from netchat.journal.sqlite.records import write_entries, write_updates
from netchat.model.events import Refused
from netchat.state.audit import entry_of
from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import Change, Changed
from netchat.state.judge import FindLine, settle
from netchat.state.record import Update
from netchat.state.records import Counter
from netchat.state.state import ChatState


class ChangeBatch:
    """Judges changes by `state`, applies them to it, and collects what is to be stored.

    If the transaction fails, and `may_have_changed`, the state has to be loaded again.
    """

    def __init__(self, state: ChatState) -> None:
        self.may_have_changed = False
        """Whether the state is perhaps no longer what it was."""
        self._state = state
        self._updates: dict[tuple[str, str], Update] = {}
        self._entries: list[AuditEntry] = []

    def settle(self, change: Change, find_line: FindLine) -> Changed | Refused:
        """Return the result of `change`; the lines that it deletes still have their texts."""
        self.may_have_changed = True
        before = self._state.number
        result = settle(self._state, change, find_line)
        if isinstance(result, Changed):
            self._updates.update(((x.kind, x.key), x) for x in result.updates)
            if (entry := entry_of(result)) is not None:
                self._entries.append(entry)
        elif self._state.number > before:
            counter = Counter(self._state.number)
            self._updates[counter.kind, counter.key] = counter
        return result

    def write(self, connection: sqlite3.Connection) -> None:
        """Write what has changed, within a transaction."""
        write_updates(connection, self._updates)
        write_entries(connection, self._entries)
