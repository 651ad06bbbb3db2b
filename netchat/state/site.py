"""Who is on the servers of a site, by name and by account: the index of the presences."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.model.names import match_keys
from netchat.model.registry import NameRegistry
from netchat.state.site_records import Presence, Server


class Site:
    """The servers and the presences of a site; empty if a server shares its order with no other."""

    def __init__(self) -> None:
        self.servers: dict[int, Server] = {}
        """The servers that are running, by incarnation."""
        self._present: dict[int, dict[int, Presence]] = {}
        """The presences of each incarnation, by number."""
        self._names: NameRegistry[tuple[str, dict[str, Presence]]] = NameRegistry()
        """Each name with those who hold it, by key: a guest alone, or all devices of its owner."""
        self._rooms: NameRegistry[tuple[str, dict[str, None]]] = NameRegistry()
        """Each room with somebody in it: its name, and the keys of who is there."""

    def find(self, incarnation: int, number: int) -> Presence | None:
        """Return the presence with this `number`, or None."""
        return self._present.get(incarnation, {}).get(number)

    def of_server(self, incarnation: int) -> tuple[Presence, ...]:
        """Return all presences of the server of this `incarnation`."""
        return tuple(self._present.get(incarnation, {}).values())

    def holders(self, name: str) -> Iterator[Presence]:
        """Yield the presences that hold names equivalent to `name`, the closest first."""
        for _, those in self._names.holders(name):
            yield from tuple(those.values())

    def of_account(self, account: int, name: str) -> list[Presence]:
        """Return the devices of `account`, whose name is `name`, in the order of their logins."""
        return [some for some in self.holders(name) if some.account == account]

    def room(self, name: str) -> str | None:
        """Return how the room called `name` is written, or None if nobody is in it."""
        found = self._rooms.find(name)
        return found[0] if found else None

    def add(self, record: Server | Presence) -> None:
        """Add `record`, which is not there."""
        if isinstance(record, Server):
            self.servers[record.incarnation] = record
            return
        self._present.setdefault(record.incarnation, {})[record.number] = record
        if record.holds:
            held = self._held(record.name)
            if held is None:
                self._names.register(record.name, (record.name, {record.key: record}))
            else:
                held[1][record.key] = record
        for room in record.rooms:
            found = self._rooms.find(room)
            if found is None:
                self._rooms.register(room, (room, {record.key: None}))
            else:
                found[1][record.key] = None

    def remove(self, record: Server | Presence) -> None:
        """Remove `record`, which is there."""
        if isinstance(record, Server):
            del self.servers[record.incarnation]
            return
        those_here = self._present[record.incarnation]
        del those_here[record.number]
        if not those_here:
            del self._present[record.incarnation]
        if record.holds:
            held = self._held(record.name)
            assert held is not None, "it was added"
            del held[1][record.key]
            if not held[1]:
                self._names.unregister(held[0])
        for room in record.rooms:
            found = self._rooms.find(room)
            assert found is not None, "it was added"
            del found[1][record.key]
            if not found[1]:
                self._rooms.unregister(found[0])

    def _held(self, name: str) -> tuple[str, dict[str, Presence]] | None:
        """Return the entry of `name` or another spelling of it, but of none that looks alike."""
        key = match_keys(name)[0]
        entries = self._names.holders(name)
        return next((held for held in entries if match_keys(held[0])[0] == key), None)
