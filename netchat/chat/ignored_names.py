"""Lets all devices of an account ignore the names that its owner does not want to read."""

from __future__ import annotations

from netchat.chat.delivery.broadcast import Broadcast
from netchat.chat.participants import Participants
from netchat.model.notices import Ignored
from netchat.state.changes import Changed, Ignore
from netchat.state.state import ChatState


class IgnoredNames:
    """Applies what owners ignore to `participants`; their programs are told by `broadcast`."""

    def __init__(self, participants: Participants, broadcast: Broadcast) -> None:
        self._participants = participants
        self._broadcast = broadcast

    def apply(self, state: ChatState, changed: Changed) -> None:
        """Apply `changed`, which is in `state` already."""
        what = changed.change.what
        account = state.account(what.account) if isinstance(what, Ignore) else None
        if account is None:
            return
        for device in self._participants.of_account(account.number):
            if device.is_remote:
                continue
            self._broadcast.ignoring.set(device, account.ignored)
            if device.listener.dialect.of_programs:
                self._broadcast.turn.send_to(Ignored(account.ignored), device)
