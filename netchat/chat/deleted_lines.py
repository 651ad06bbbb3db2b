"""Takes the texts of deleted lines out of the chat's memory, and tells the members of the room."""

from __future__ import annotations

from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.delivery.lookups import LookupScheduler
from netchat.chat.notifier import Notifier
from netchat.chat.room import Participant, Room
from netchat.model.notices import Deleted
from netchat.model.registry import NameRegistry
from netchat.state.changes import Changed, DeleteLines


class DeletedLines:
    """Deletes lines in all that is still to be sent, wherever it waits."""

    def __init__(
        self,
        rooms: NameRegistry[Room],
        broadcast: Broadcast,
        backfills: Backfills,
        lookups: LookupScheduler,
        notifier: Notifier,
    ) -> None:
        self._rooms = rooms
        self._broadcast = broadcast
        self._backfills = backfills
        self._lookups = lookups
        self._notifier = notifier

    def apply(self, changed: Changed, by: Participant) -> None:
        """Delete the lines of `changed`; `by` has caused it."""
        ids: dict[str, set[int]] = {}
        for line in changed.lines:
            ids.setdefault(line.room, set()).add(line.id)
        for name, some in ids.items():
            self._lookups.delete(name, some)
            room = self._rooms.find(name)
            if room is not None:
                self._backfills.delete(room, some)
                self._broadcast.turn.delete(room, some)
        for line in changed.lines:
            room = self._rooms.find(line.room)
            if room is not None:
                shown, what = changed.change.by.shown, changed.change.what
                reason = what.reason if isinstance(what, DeleteLines) else ""
                event = Deleted(line.room, line.id, shown, line.name, reason)
                self._notifier.tell_room(event, room, by)
