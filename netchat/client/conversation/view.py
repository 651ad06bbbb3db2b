"""What a frontend can ask about a conversation."""

from __future__ import annotations

from collections.abc import Collection

from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.outbox import WINDOW


class ConversationView:
    """The part of a `ChatClient` that only reads the state of `conversation`."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    @property
    def name(self) -> str:
        """The user's current name."""
        return self._conversation.roster.name

    @property
    def participants(self) -> Collection[str]:
        """The names in the room, as far as they are known."""
        return self._conversation.roster.participants

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms, as far as they are known."""
        return self._conversation.roster.rooms

    @property
    def leaving(self) -> bool:
        """Whether the client is saying goodbye."""
        return self._conversation.leaving

    @property
    def line_limit(self) -> int:
        """How many bytes of text the server accepts in a line, 0 for no limit."""
        return self._conversation.line_limit

    @property
    def can_send(self) -> bool:
        """Whether another line may be said: few enough wait to be stored."""
        return self._conversation.outbox.unstored < WINDOW
