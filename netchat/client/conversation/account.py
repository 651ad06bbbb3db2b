"""The user's account: whether the name is proved to be theirs, their roles, and their key."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET

from netchat.client.conversation.display_lines import DisplayLine, Notice, ServerProblem
from netchat.client.conversation.login import Target
from netchat.client.conversation.server_link import Channel
from netchat.client.identity.interfaces import KeyProblemError
from netchat.dialects.jsonl import events as wire
from netchat.dialects.jsonl import state_events as state
from netchat.dialects.jsonl.message import Message
from netchat.model.requests import Request
from netchat.model.state_requests import Own

_ROLES = ("operator", "moderator", "member", "none")
_NO_PLACE = "There is no directory to keep a key in: type /own password instead."
_NO_SSH_KEY = "You have come without a key: type /own password instead."
_NO_JOURNAL = "The server does not say which one it is, so no key can be made for it."


class OwnAccount:
    """What the client knows of the user's own account; `show` shows a line."""

    __slots__ = ("_journal", "_roles", "_show", "_target", "is_proved")

    def __init__(self, target: Target, show: Callable[[DisplayLine], None]) -> None:
        self.is_proved = False
        """Whether the server has accepted a proof that the name is the user's."""
        self._roles: dict[str, str] = {}
        self._target = target
        self._show = show
        self._journal = ""

    @property
    def is_operator(self) -> bool:
        """Whether the user is an operator of the server."""
        return self._roles.get("") == "operator"

    def handle_welcome(self, welcome: wire.Welcome, *, is_new: bool) -> None:
        """Record what the server knows of the account; `is_new` if it was made by the key."""
        self.is_proved = welcome.account
        self._roles = {} if welcome.roles is UNSET else dict(welcome.roles)
        self._journal = "" if welcome.journal is UNSET else welcome.journal
        if is_new:
            self._record_key(welcome.name)

    def with_key(self) -> Own:
        """Return the request that adds the user's key for this server, which is made if needed.

        Raises KeyProblemError.
        """
        if self._target.ssh_key:
            return Own()
        if self._target.ssh_key is not None:
            raise KeyProblemError(_NO_SSH_KEY)
        if self._target.keys is None:
            raise KeyProblemError(_NO_PLACE)
        if not self._journal:
            raise KeyProblemError(_NO_JOURNAL)
        key = self._target.keys.make(self._journal)
        return Own(key=key.public, label=self._target.device or None)

    def handle_event(self, event: Message, answered: Request | None, name: str) -> None:
        """Record what `event` says of the user, who is called `name`.

        It is the answer to the request `answered`, unless that is None.
        """
        if isinstance(event, state.Moderated) and event.name == name and event.action in _ROLES:
            self._roles[event.room] = event.action
        elif isinstance(event, state.Owned | state.Done) and isinstance(answered, Own):
            self.is_proved = True
            if answered.key is not None:
                self._record_key(name)

    def _record_key(self, name: str) -> None:
        assert self._target.keys is not None, "the key comes from there"
        try:
            self._target.keys.add_name(name, self._journal)
        except KeyProblemError as problem:
            self._show(ServerProblem(f"! {problem}"))
        else:
            place = self._target.keys.place
            self._show(Notice(f"* The key that proves it is in {place}, on this device only"))


def password_refusal(channel: Channel | None) -> str:
    """Return why no password can be sent over `channel`, None being no connection; "" if it can."""
    if channel is None:
        return "There is no connection to the server at present; try again when there is one."
    if channel.is_secret:
        return ""
    return (
        f"Others could read a password on the way to {channel.address}; connect with TLS (--tls, "
        "or wss://), or type /own alone: a key is never sent."
    )
