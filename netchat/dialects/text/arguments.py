"""What the arguments of several commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from netchat.model.requests import Request
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import MAX_REASON

ON: Mapping[str, bool] = MappingProxyType({"": True, "on": True, "off": False})
"""The words that turn something on, or off."""


def reason_in(text: str) -> str | None:
    """Return `text` as others may read it, cut to the length of a reason; None if it is blank."""
    return sanitize(text).strip()[:MAX_REASON] or None


def nothing(request: Request) -> Callable[[str], Request | None]:
    """Return a function that makes `request` of no arguments, and None of any."""
    return lambda text: None if text else request
