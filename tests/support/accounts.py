"""Accounts that exist without anybody's proof: an operator makes them, and removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.chat.changes import change_as
from netchat.model.events import Refused
from netchat.state.changes import CONSOLE, Forget, OwnName

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.model.events import Event
    from netchat.state.changes import What


def make_account(chat: Chat, name: str) -> int:
    """Make `name` an account, and return its number; every call must be a turn of its own."""
    settle(chat, OwnName(name))
    account = chat.state.owner(name)
    assert account is not None
    return account.number


def remove_account(chat: Chat, name: str) -> None:
    """Remove the account called `name`."""
    settle(chat, Forget(name))


def settle(chat: Chat, what: What) -> None:
    """Ask for `what` as an operator; AssertionError if it is refused."""

    def settled(result: Event) -> None:
        assert not isinstance(result, Refused), result

    change_as(chat, CONSOLE, what, settled)
