"""The chat as readers of IRC see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.references import epoch_of
from netchat.state.rights import Rank, rank_of

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.room import Participant

GUEST_HOST = "guest"
"""The host of those who own no name; an address is shown to operators alone."""
USER = "~u"
_PREFIXES = {Rank.MEMBER: "+", Rank.MODERATOR: "@", Rank.OPERATOR: "@"}


class IrcView:
    """What the IRC dialect asks of `chat`, on the server that clients know as `server`."""

    def __init__(self, chat: Chat, server: str) -> None:
        self.server = server
        self._chat = chat

    @property
    def epoch(self) -> str:
        """What identifies the journal."""
        return epoch_of(self._chat.journal.id)

    def source(self, name: str) -> str:
        """Return nick!user@host of `name`."""
        return f"{name}!{self.user(name)}@{self.host(name)}"

    def user(self, name: str) -> str:
        """Return what `name` has called their user, or the same for all."""
        return USER

    def host(self, name: str) -> str:
        """Return what is shown in the place of an address: the account, or that there is none."""
        account = self.account(name)
        return f"user/{account}" if account else GUEST_HOST

    def account(self, name: str) -> str:
        """Return the account of whoever is here as `name`, or ""."""
        who = self._find(name)
        return who.name if who is not None and who.account else ""

    def account_name(self, number: int) -> str:
        """Return the name of account `number`, or ""."""
        account = self._chat.state.account(number)
        return account.name if account else ""

    def realname(self, name: str) -> str:
        """Return what `name` has called themselves, or the name."""
        return name

    def is_bot(self, name: str) -> bool:
        """Return whether `name` has said that they are a bot."""
        return False

    def prefixes(self, room: str, name: str) -> str:
        """Return the prefixes of `name` in `room`, the highest first."""
        who = self._find(name)
        rank = rank_of(self._chat.state, who.account, room) if who is not None else Rank.GUEST
        return _PREFIXES.get(rank, "")

    def topic_setter(self, room: str) -> tuple[str, float] | None:
        """Return who has set the topic of `room`, and when, if that is known."""
        return None

    def _find(self, name: str) -> Participant | None:
        return self._chat.participants.find(name) if name else None
