"""The events of a room as one client receives them, and their comparison with the room's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass
class View:
    """The events that a client receives from a room between joining and leaving it."""

    room: str
    whole: bool = True
    """Whether it began without a backfill; during one, renames in other rooms may arrive first."""
    names: set[str] = field(default_factory=set)
    """The names in the room now."""
    tokens: list[str] = field(default_factory=list)
    """The events other than joins and leaves; each token is unique."""
    presence: list[Counter[str]] = field(default_factory=lambda: [Counter()])
    """The joins and leaves before all tokens, and after each of them."""

    def add(self, token: str) -> None:
        """Add an event."""
        self.tokens.append(token)
        self.presence.append(Counter())


def not_a_part(view: View, order: View) -> str:
    """Return why `view` is not a contiguous part of `order`, or ""."""
    unknown = set(view.tokens) - set(order.tokens)
    if unknown:
        return f"{sorted(unknown)[:3]} seen by one client only"
    if not view.tokens:
        return ""
    start = order.tokens.index(view.tokens[0])
    if view.tokens != order.tokens[start : start + len(view.tokens)]:
        return f"another order after {view.tokens[0]}: {view.tokens[:5]}..."
    # A view may begin and end between two tokens, so it may lack joins and leaves at its ends.
    if view.presence[1:-1] != order.presence[start + 1 : start + len(view.tokens)]:
        return f"other joins or leaves after {view.tokens[0]}"
    return ""


def not_in_order(tokens: Sequence[str], own: str, order: View) -> str:
    """Return why `tokens` differ from `order` in more than missing tokens that are `own`, or ""."""
    positions = {token: position for position, token in enumerate(order.tokens)}
    unknown = [token for token in tokens if token not in positions]
    if unknown:
        return f"{unknown[:3]} seen by one client only"
    for before, after in pairwise(positions[token] for token in tokens):
        if after <= before:
            return f"{order.tokens[after]} was received after {order.tokens[before]}"
        missing = [t for t in order.tokens[before + 1 : after] if not t.startswith(own)]
        if missing:
            return f"{missing[:3]} not received"
    return ""
