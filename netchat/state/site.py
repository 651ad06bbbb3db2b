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
        self._by_name: dict[str, Presence | dict[str, Presence]] = {}
        """Who holds a name with each of the keys of names: one, or several by their keys.

        Several are the devices of an owner; while these get another spelling, one after the other,
        they have names that look alike.
        """
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
        found: dict[str, Presence] = {}
        for key in match_keys(name):
            there = self._by_name.get(key)
            if isinstance(there, dict):
                for one in there.values():
                    found.setdefault(one.key, one)
            elif there is not None:
                found.setdefault(there.key, there)
        yield from found.values()

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
            for key in match_keys(record.name):
                there = self._by_name.get(key)
                if isinstance(there, dict):
                    there[record.key] = record
                elif there is None:
                    self._by_name[key] = record
                else:
                    self._by_name[key] = {there.key: there, record.key: record}
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
            for key in match_keys(record.name):
                there = self._by_name[key]
                if isinstance(there, dict):
                    del there[record.key]
                if not (isinstance(there, dict) and there):
                    del self._by_name[key]
        for room in record.rooms:
            found = self._rooms.find(room)
            assert found is not None, "it was added"
            del found[1][record.key]
            if not found[1]:
                self._rooms.unregister(found[0])
