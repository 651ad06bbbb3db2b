"""What a frontend needs not do that shows one room only."""

from __future__ import annotations

from netchat.client.conversation.display_lines import SaidLine
from netchat.client.conversation.interfaces import OpenRoom


class OneRoom:
    """The part of a `Frontend` that is about several rooms, for a program, which is in one."""

    def room_shown(self, room: OpenRoom) -> None:
        """Do nothing: there is one room."""

    def rooms_changed(self) -> None:
        """Do nothing: no figure of the room is shown."""

    def mentioned(self, room: OpenRoom, line: SaidLine) -> None:
        """Do nothing: there is no line in another room."""
