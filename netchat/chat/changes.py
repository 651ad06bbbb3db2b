"""How a change of the chat's state is asked for; it happens when the journal has settled it."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.founders import has_founded
from netchat.chat.results import Settled
from netchat.chat.room import Participant
from netchat.state.changes import Actor, Change, What


def change(
    chat: Chat, who: Participant, what: What, *, nonce: str = "", then: Settled | None = None
) -> None:
    """Ask for `what` in the name of `who`.

    The result goes to `then`, or else to `who`: a Done with the `nonce`, or the refusal.
    """
    room = getattr(what, "room", "")
    actor = Actor(who.name, who.account, founded=room if has_founded(who, room) else "")
    chat.submit(Change(what, actor, chat.time(), nonce), who, then)


def change_as(chat: Chat, actor: Actor, what: What, then: Settled) -> None:
    """Ask for `what` in the name of `actor`, who is no participant; the result goes to `then`."""
    chat.submit(Change(what, actor, chat.time()), chat.server, then)
