"""What a settled change of the state does to those who are present, and what they are told."""

from __future__ import annotations

from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.participants import Participants
from netchat.chat.room import Participant, Room
from netchat.model.registry import NameRegistry
from netchat.state.changes import Changed


class Effects:
    """Applies changes to `participants` and `rooms`, and tells those concerned by `broadcast`."""

    def __init__(
        self,
        participants: Participants,
        rooms: NameRegistry[Room],
        broadcast: Broadcast,
    ) -> None:
        self._participants = participants
        self._rooms = rooms
        self._broadcast = broadcast

    def apply(self, changed: Changed, by: Participant) -> None:
        """Apply `changed`, which is in the chat's state already; `by` has caused it."""
