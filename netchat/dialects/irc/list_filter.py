"""What LIST is asked for: names, masks, and numbers of people (the letters M, N, U of ELIST).

Source: modern.ircdocs.horse, "ELIST".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netchat.dialects.irc.masks import is_match

LETTERS = "MNU"


def list_filter(conditions: Sequence[str]) -> Callable[[str, int], bool]:
    """Return what tells whether a channel with a number of people is listed.

    It has one of the names and masks among `conditions`, if there are any, and all the rest holds:
    `!mask` is any other channel, `>3` and `<3` are more and fewer people than 3.
    """
    sizes = [condition for condition in conditions if _is_size(condition)]
    others = [condition[1:] for condition in conditions if condition.startswith("!")]
    masks = [x for x in conditions if not (x.startswith("!") or x in sizes)]

    def is_listed(channel: str, people: int) -> bool:
        if masks and not any(is_match(mask, channel) for mask in masks):
            return False
        if any(is_match(mask, channel) for mask in others):
            return False
        return all(
            people > int(size[1:]) if size[0] == ">" else people < int(size[1:]) for size in sizes
        )

    return is_listed


def _is_size(condition: str) -> bool:
    number = condition[1:]
    return condition[:1] in {"<", ">"} and number.isdecimal() and len(number) < 10
