"""What is told to who says what cannot be stored."""

from __future__ import annotations

from netchat.journal.interface import EventGroup
from netchat.model.events import Event, Refused, Said, SaidLines, TopicSet

_REFUSED = "It could not be stored, so nobody saw it; say it again later."
_ALL_REFUSED = "Your {} lines could not be stored, so nobody saw them; say them again later."


def refuse(event: Event) -> Event:
    """Return `event` as it comes back if nothing can be stored."""
    match event:
        case Said() | TopicSet():
            return refuse_one(event)
        case SaidLines(nonces=()):
            return Refused("storage", _ALL_REFUSED.format(len(event.texts)))
        case SaidLines():
            return EventGroup(tuple(map(refuse_one, event.each())))
    return event


def refuse_one(event: Said | TopicSet) -> Refused:
    """Return what whoever caused `event` is told if it cannot be stored."""
    return Refused("storage", _REFUSED, event.nonce)
