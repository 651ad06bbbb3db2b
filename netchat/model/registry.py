"""A mapping by name, in which equivalent names are one key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from netchat.model.names import match_keys

T = TypeVar("T")


class NameRegistry(Generic[T]):
    """Entries by name; every equivalent name (`netchat.model.names`) finds the same entry.

    No two entries share a key, so unregistering one never removes a key of another. But a name
    without an entry may be equivalent to several that have one: "Ian" is "ian" in another case, and
    looks like "lan".
    """

    def __init__(self) -> None:
        self._by_key: dict[str, T] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        return _each_once(self._by_key.values())

    def find(self, name: str) -> T | None:
        """Return the entry whose name is equivalent to `name`, the closest one, or None."""
        by_key, keys = self._by_key, match_keys(name)
        entry = by_key.get(keys[0])  # Nearly always this is it, and it is asked for each line.
        if entry is not None:
            return entry
        return next((by_key[key] for key in keys if key in by_key), None)

    def holders(self, name: str) -> Iterator[T]:
        """Yield the entries whose names are equivalent to `name`, the closest first."""
        return _each_once(self._by_key[key] for key in match_keys(name) if key in self._by_key)

    def register(self, name: str, entry: T, other: str = "") -> None:
        """Add `entry` under `name`, and under the `other` name unless that is "".

        Neither may have other `holders`.
        """
        self._size += 1
        for key in _keys(name, other):
            self._by_key[key] = entry

    def unregister(self, name: str, other: str = "") -> None:
        """Remove the entry under exactly these names; KeyError if there is none."""
        for key in _keys(name, other):
            del self._by_key[key]
        self._size -= 1


def _keys(name: str, other: str) -> Iterable[str]:
    return {*match_keys(name), *match_keys(other)} if other else match_keys(name)


def _each_once(entries: Iterable[T]) -> Iterator[T]:
    seen: set[int] = set()
    for entry in entries:
        if id(entry) not in seen:
            seen.add(id(entry))
            yield entry
