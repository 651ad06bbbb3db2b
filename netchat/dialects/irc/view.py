"""What the IRC dialect asks of the chat to write an event down."""

from __future__ import annotations

from typing import Protocol


class ChatView(Protocol):
    """The chat as readers of IRC see it; a `name` is that of a guest, who may have left."""

    server: str
    """The name of the server: the source of what nobody says."""

    @property
    def epoch(self) -> str:
        """What identifies the journal; it is in each msgid."""

    def source(self, name: str) -> str:
        """Return nick!user@host of `name`; the host is no address."""

    def speaker(self, name: str) -> tuple[str, bool]:
        """Return the source of `name`, and whether they have said that they are a bot."""

    def user(self, name: str) -> str:
        """Return what stands before the @ in the source of `name`."""

    def host(self, name: str) -> str:
        """Return what stands behind it."""

    def time_text(self, seconds: float) -> str:
        """Return a time, in seconds since the epoch, in words."""

    def account(self, name: str) -> str:
        """Return the account of whoever is here as `name`, or ""."""

    def account_name(self, number: int) -> str:
        """Return the name of account `number`, or ""."""

    def realname(self, name: str) -> str:
        """Return what `name` has called themselves, or the name."""

    def is_bot(self, name: str) -> bool:
        """Return whether `name` has said that they are a bot."""

    def prefixes(self, room: str, name: str) -> str:
        """Return the prefixes of `name` in `room`, the highest first."""

    def topic_setter(self, room: str) -> tuple[str, float] | None:
        """Return who has set the topic of `room`, and when, if that is known."""
