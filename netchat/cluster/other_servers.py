"""Whose events other servers speak for: what happens if one of them cannot be applied."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.nobody import Nobody


class OtherServers(Nobody):
    """The connection of whom another server speaks for; `failed` ends all of them."""

    def __init__(self, failed: Callable[[], None]) -> None:
        self._failed = failed

    def fail(self) -> None:
        """End this server, and re-raise the exception that is being handled."""
        self._failed()
        super().fail()
