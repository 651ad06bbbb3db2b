"""What is known of the conversation, also before there is one."""

from __future__ import annotations

from netchat.client.conversation.interfaces import ChatClient, OpenRoom
from netchat.client.frontends.status_line import Figures


class Known:
    """Answers from `client`, once there is one."""

    __slots__ = ("client",)

    def __init__(self) -> None:
        self.client: ChatClient | None = None

    @property
    def room(self) -> OpenRoom | None:
        """The room or talk that is shown."""
        rooms = self.client.open_rooms if self.client is not None else ()
        return next((room for room in rooms if room.current), None)

    @property
    def members(self) -> int:
        """How many are in that room."""
        return self.room.members if self.room is not None else 0

    @property
    def talks_with(self) -> str:
        """Who alone reads what the user types, "" if that is a room."""
        return self.room.name if self.room is not None and self.room.kind == "talk" else ""

    @property
    def figures(self) -> Figures:
        """What the status line shows."""
        client = self.client
        if client is None:
            return Figures((), online=False, delay=None)
        return Figures(client.open_rooms, client.online, client.delay)
