"""Who, or what, goes by which name: a mapping in which names that are the same are one key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from netchat.model.names import match_keys

T = TypeVar("T")


class NameRegistry(Generic[T]):
    """Entries by name; a name and whatever is the same name (`netchat.model.names`) find the same
    entry.

    No two entries share a key, so releasing one never takes away a key of another. But a name that
    is in no entry may be the same as several that are: "Ian" is "ian" in another case, and looks
    like "lan".
    """

    def __init__(self) -> None:
        self._by_key: dict[str, T] = {}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[T]:
        return _each_once(self._by_key.values())

    def find(self, name: str) -> T | None:
        """Return the entry whose name is the same as `name`, the most alike first, or None."""
        by_key = self._by_key
        return next((by_key[key] for key in match_keys(name) if key in by_key), None)

    def holders(self, name: str) -> Iterator[T]:
        """Yield the entries whose names are the same as `name`, the most alike first."""
        return _each_once(self._by_key[key] for key in match_keys(name) if key in self._by_key)

    def register(self, name: str, entry: T) -> None:
        """Enter `entry` under `name`, which must have no other `holders`."""
        self._size += 1
        for key in match_keys(name):
            self._by_key[key] = entry

    def unregister(self, name: str) -> None:
        """Take the entry under exactly `name` out; KeyError if there is none."""
        for key in match_keys(name):
            del self._by_key[key]
        self._size -= 1


def _each_once(entries: Iterable[T]) -> Iterator[T]:
    seen: set[int] = set()
    for entry in entries:
        if id(entry) not in seen:
            seen.add(id(entry))
            yield entry
