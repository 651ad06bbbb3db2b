"""The welcome: what a client is told when it is in the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.events import Welcome

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant
    from netchat.model.limits import Limits


def welcome(chat: Chat, who: Participant, name: str, limits: Limits) -> Welcome:
    """Return the welcome of `who`, who has logged in as `name`."""
    return Welcome(
        name,
        limits.conversation.motd,
        limits.connection.max_line,
        limits.connection.announced_burst,
        chat.journal.id,
        account=bool(who.account),
        roles=tuple(chat.state.roles(who.account).items()),
        names=limits.conversation.names,
        servers=chat.presence.other_servers,
    )
