"""What a settled change of the state does to those who are present, and what they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.state.changes import Changed


def apply_effects(chat: Chat, changed: Changed, by: Participant) -> None:
    """Apply what `changed`, which is in `chat.state` already, means for those who are present."""
