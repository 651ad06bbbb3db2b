"""What a dialect is to a conversation."""

from __future__ import annotations

from typing import Protocol

from netchat.events import Refused
from netchat.requests import Request
from netchat.room import Dialect


class Speech(Dialect, Protocol):
    """A dialect as it is spoken: how a guest's bytes become requests."""

    def parse_hello(self, line: bytes) -> Request | Refused:
        """Return what a guest without a name wants by `line` (no line end)."""

    def parse(self, line: bytes) -> Request | Refused | None:
        """Return what a guest with a name wants by `line`; None: nothing."""
