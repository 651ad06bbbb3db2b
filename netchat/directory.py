"""Who, or what, goes by which name: a mapping in which names that are the same are one key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from netchat.names import keys

T = TypeVar("T")


class Directory(Generic[T]):
    """Entries by name; a name and whatever is the same name (`netchat.names`) find the same entry.

    No two entries share a key, so releasing one never takes away a key of another. But a name that
    is in no entry may be the same as several that are: "Ian" is "ian" in another case, and looks
    like "lan".
    """

    def __init__(self) -> None:
        self._entries: dict[str, T] = {}
        self._by_key: dict[str, T] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def find(self, name: str) -> T | None:
        """Return the entry whose name is the same as `name`, the most alike first, or None."""
        entry = self._entries.get(name)
        return next(self.holders(name), None) if entry is None else entry

    def holders(self, name: str) -> Iterator[T]:
        """Yield the entries whose names are the same as `name`, the most alike first."""
        found = (self._by_key[key] for key in keys(name) if key in self._by_key)
        seen: set[int] = set()
        for entry in found:
            if id(entry) not in seen:
                seen.add(id(entry))
                yield entry

    def claim(self, name: str, entry: T) -> None:
        """Enter `entry` under `name`, which must have no other `holders`."""
        self._entries[name] = entry
        for key in keys(name):
            self._by_key[key] = entry

    def release(self, name: str) -> None:
        """Take the entry under exactly `name` out; KeyError if there is none."""
        del self._entries[name]
        for key in keys(name):
            del self._by_key[key]
