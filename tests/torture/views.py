"""What happens in a room as one guest hears it, and whether it is a piece of the one order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass
class View:
    """One stay of somebody in a room: what happened, and who came and went in between."""

    room: str
    whole: bool = True
    """Whether there was nothing to catch up with; else a new name may have come elsewhere first."""
    names: set[str] = field(default_factory=set)
    """Who is there now."""
    tokens: list[str] = field(default_factory=list)
    """What happened but coming and going; no two things that happen are called the same."""
    presence: list[Counter[str]] = field(default_factory=lambda: [Counter()])
    """Who came and went: first before all tokens, then behind each."""

    def add(self, token: str) -> None:
        """Take down what happened."""
        self.tokens.append(token)
        self.presence.append(Counter())


def not_a_piece(view: View, order: View) -> str:
    """Return why `view` is not a piece of `order`, or ""."""
    unknown = set(view.tokens) - set(order.tokens)
    if unknown:
        return f"{sorted(unknown)[:3]} happened to one only"
    if not view.tokens:
        return ""
    start = order.tokens.index(view.tokens[0])
    if view.tokens != order.tokens[start : start + len(view.tokens)]:
        return f"not the order behind {view.tokens[0]}: {view.tokens[:5]}..."
    # At its ends a stay shows only a part of who came and went between two things.
    if view.presence[1:-1] != order.presence[start + 1 : start + len(view.tokens)]:
        return f"somebody else came or went behind {view.tokens[0]}"
    return ""


def not_in_order(tokens: Sequence[str], own: str, order: View) -> str:
    """Return why `tokens` are not in `order`, or leave out what is not `own`; or ""."""
    places = {token: place for place, token in enumerate(order.tokens)}
    unknown = [token for token in tokens if token not in places]
    if unknown:
        return f"{unknown[:3]} happened to one only"
    for before, after in pairwise(places[token] for token in tokens):
        if after <= before:
            return f"{order.tokens[after]} came behind {order.tokens[before]}"
        missing = [t for t in order.tokens[before + 1 : after] if not t.startswith(own)]
        if missing:
            return f"{missing[:3]} did not come"
    return ""
