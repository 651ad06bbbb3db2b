"""Answers that come later, when something has been looked up, with the label of their message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.replies import LabelBegin, LabelEnd, Reply

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.model.events import Event
    from netchat.session.irc.client import IrcClient


def label_of(client: IrcClient, message: Message) -> str:
    """Return the label of `message`, or "" if it has none that counts."""
    return message.tags.get("label", "") if client.has("labeled-response") else ""


def labeled_events(label: str, lines: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events that send `lines` as the answer to the message with `label` ("": none)."""
    if label:
        yield LabelBegin(label)
    yield Reply(tuple(lines))
    if label:
        yield LabelEnd()
