"""How private lines read in the text dialect."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.dialects.text.earlier import gap_texts, local_time
from netchat.model.events import Gap, Told
from netchat.model.notices import Conversation, ToldAgain


def told_texts(event: Told | ToldAgain) -> Iterator[str]:
    """Yield how a private line reads that was sent just now."""
    yield _text(event.told if isinstance(event, ToldAgain) else event)


def conversation_texts(event: Conversation, now: float | None = None) -> Iterator[str]:
    """Yield how earlier private lines read, each with its time; with its date unless of `now`."""
    for line in event.lines:
        if isinstance(line, Gap):
            yield from gap_texts(line)
        else:
            yield f"[{local_time(line.time, now)}] {_text(line)}"
    if event.asked and not event.lines:
        yield f"* Nothing is kept of what you and {event.name} said to each other"


def _text(told: Told) -> str:
    sides = f"you -> {told.to}" if told.own else f"{told.name} -> you"
    return f"[{sides}] {told.text}"
