"""The refusals that clients get when their lines cannot be stored, or must not be."""

from __future__ import annotations

from netchat.journal.interface import EventGroup, LogErased
from netchat.model.events import Event, Refused, Said, SaidLines, Told, TopicSet
from netchat.state.changes import Change
from netchat.state.rights import account_gone
from netchat.state.state import ChatState

_REFUSED = "Your line could not be stored, so nobody saw it; send it again later."
_CHANGE_REFUSED = "That could not be stored, so it has not happened; try again later."
_ALL_REFUSED = "Your {} lines could not be stored, so nobody saw them; send them again later."


def is_stored(event: Event) -> bool:
    """Return whether a journal stores `event`, or what it changes."""
    if isinstance(event, Told):
        return bool(event.sender or event.recipient)
    return isinstance(event, Said | SaidLines | TopicSet | Change | LogErased)


def refuse(event: Event) -> Event:
    """Return the result for `event` when nothing can be stored."""
    match event:
        case Said() | TopicSet():
            return refuse_one(event)
        case Told() if event.sender or event.recipient:
            return refuse_one(event)
        case Change():
            return Refused("storage", _CHANGE_REFUSED, event.nonce)
        case SaidLines(nonces=()):
            return Refused("storage", _ALL_REFUSED.format(len(event.texts)))
        case SaidLines():
            return EventGroup(tuple(map(refuse_one, event.each())))
    return event


def refuse_forgotten(state: ChatState, said: Said | SaidLines) -> Refused | EventGroup | None:
    """Return the result for `said` if its speaker's account was forgotten before it, or None."""
    if said.account <= 0 or state.account(said.account) is not None:
        return None
    if isinstance(said, SaidLines) and said.nonces:
        return EventGroup(tuple(account_gone().refused(nonce) for nonce in said.nonces))
    return account_gone().refused(said.nonce if isinstance(said, Said) else "")


def refuse_one(event: Said | Told | TopicSet) -> Refused:
    """Return the refusal for `event` when it cannot be stored."""
    return Refused("storage", _REFUSED, event.nonce)
