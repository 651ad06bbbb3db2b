"""Whom the user ignores: nothing that they say is shown."""

from __future__ import annotations

from collections.abc import Iterable

from netchat.dialects.jsonl import events as wire
from netchat.model.folding import fold

_MAX_NAMES = 1000
"""How many names are kept; a server cannot make the client keep more."""
_NOBODY = frozenset[str]()


class Ignored:
    """The names that the user ignores."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names = _NOBODY

    def set(self, names: tuple[str, ...]) -> None:
        """Ignore these `names` from now on, and no others."""
        self._names = frozenset(fold(name) for name in names[:_MAX_NAMES])

    def __contains__(self, name: str) -> bool:
        """Return whether the user ignores `name`."""
        return bool(self._names) and fold(name) in self._names

    def without(self, lines: Iterable[wire.Said | wire.Told]) -> tuple[wire.Said | wire.Told, ...]:
        """Return `lines` without those of ignored names."""
        return tuple(line for line in lines if line.name not in self)
