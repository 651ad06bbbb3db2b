"""Parses and formats changes of modes, such as `+b-o *!*@bad ann`.

Source: modern.ircdocs.horse, "MODE message" and the ISUPPORT parameter CHANMODES.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

Kind = Literal["list", "member", "always", "set"]
"""How a letter takes its argument.

list: always, and without one it asks for the list (type A); member: always, a nick (PREFIX);
always: always (type B); set: only when it is set (type C). Other letters take none (type D).
"""
Kinds = Mapping[str, Kind]


class ModeChange(Struct, frozen=True):
    """One letter that is set (`adding`) or taken away; `argument` is None if there is none."""

    adding: bool
    letter: str
    argument: str | None = None

    @property
    def sign(self) -> str:
        """`+` or `-`."""
        return "+" if self.adding else "-"


def parse_modes(modes: str, arguments: Sequence[str], kinds: Kinds) -> list[ModeChange]:
    """Return the changes in `modes`, which take their arguments from `arguments` in turn.

    Letters before a sign are set. A letter whose argument is missing has None; arguments that no
    letter takes are left out.
    """
    changes, adding = [], True
    left = iter(arguments)
    for letter in modes:
        if letter in "+-":
            adding = letter == "+"
        else:
            takes = _takes_argument(kinds.get(letter), adding)
            changes.append(ModeChange(adding, letter, next(left, None) if takes else None))
    return changes


def merged(changes: Iterable[ModeChange], kinds: Kinds) -> list[ModeChange]:
    """Return the least changes with the effect of `changes`: the last one of each mode.

    Those that set come before those that take away.
    """
    last: dict[tuple[str, str | None], ModeChange] = {}
    for change in changes:
        several = kinds.get(change.letter) in ("list", "member")
        key = change.letter, change.argument if several else None
        last.pop(key, None)
        last[key] = change
    return sorted(last.values(), key=lambda change: not change.adding)


def mode_parameters(changes: Iterable[ModeChange]) -> tuple[str, ...]:
    """Return the parameters of MODE behind its target: letters with signs, then the arguments."""
    letters, arguments, sign = "", [], ""
    for change in changes:
        if change.sign != sign:
            sign = change.sign
            letters += sign
        letters += change.letter
        if change.argument is not None:
            arguments.append(change.argument)
    return (letters, *arguments) if letters else ()


def _takes_argument(kind: Kind | None, adding: bool) -> bool:
    return kind is not None and (adding or kind != "set")
