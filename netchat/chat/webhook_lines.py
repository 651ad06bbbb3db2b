"""Lines that a program says through a webhook: it is in no room, and has no connection."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.enforcement import name_refusal
from netchat.chat.refusal import require
from netchat.chat.results import Report
from netchat.model.events import Said
from netchat.state.records import Webhook

CLIENT = "webhook:"
"""Before the name of a webhook: the client of its lines, which no guest's client can have."""


def say_as(chat: Chat, webhook: Webhook, text: str, key: str, report: Report) -> None:
    """Say `text` in the room of `webhook`; `report` gets the result.

    With a `key` that the webhook has used before, the line is not stored again ("": it has none).
    RefusedError if the name of the webhook is muted or banned, there or on the server. The settings
    of the room do not matter: an operator has made the webhook for it.
    """
    room = chat.get_or_create_room(webhook.room)
    now = chat.time()
    require(name_refusal(chat.state, now, webhook.name, room.name))
    room.spoken = True
    said = Said(room.name, webhook.name, text, now, False, 0, key, CLIENT + webhook.name)
    chat.submit(said, chat.server, report)
