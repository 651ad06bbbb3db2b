"""What a server does beside serving its guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netchat.observability.moderation_log import ModerationLog
from netchat.server.expiry_timer import ExpiryTimer
from netchat.server.http_post import make_post
from netchat.server.webhooks import OutgoingWebhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netchat.chat.chat import Chat
    from netchat.server.background import Background


def background_tasks(chat: Chat, reactor: Any, now: Callable[[], float]) -> Sequence[Background]:
    """Return what goes on while the server of `chat` runs; its changes are logged from now on."""
    chat.effects.observers.append(ModerationLog().changed)
    return [OutgoingWebhooks(chat, reactor, make_post(reactor), now), ExpiryTimer(chat, reactor)]
