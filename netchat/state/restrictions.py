"""The bans and mutes, by what they apply to; a lookup does not slow down with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, KeysView
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton

from netchat.model.names import match_keys
from netchat.state.records import Restriction, RestrictionKind

Host = IPv4Address | IPv6Address | None
"""The address of a client; None: this machine, over a unix socket."""


def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """Return the network that `text` gives as an address or in CIDR notation; None: it is none.

    An IPv4 address within IPv6 is the IPv4 address. The zone of an address, such as `%eth0`, makes
    no difference.
    """
    address, slash, length = text.partition("/")
    try:
        network = ip_network(address.partition("%")[0] + slash + length, strict=False)
    except ValueError:
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


class Restrictions:
    """All restrictions, found by account, by name and by address."""

    def __init__(self) -> None:
        self._by_target: dict[tuple[str, str], Restriction | dict[str, Restriction]] = {}
        """By the kind of target and one of its keys: a restriction, or several by their keys."""
        self._prefixes: dict[tuple[int, int], int] = {}
        """How many targets there are of each version of IP and length of prefix."""
        self._by_room: dict[str, dict[str, Restriction]] = {}
        """Those of each room ("": of the server), by their keys."""
        self.kinds: dict[RestrictionKind, int] = {"ban": 0, "mute": 0}
        """The number of bans, and that of mutes."""

    def __len__(self) -> int:
        return sum(self.kinds.values())

    @property
    def rooms(self) -> KeysView[str]:
        """The rooms that have any restrictions ("": the server)."""
        return self._by_room.keys()

    def of_room(self, room: str) -> tuple[int, Iterator[Restriction]]:
        """Return how many `room` ("": the server) has, and these, the one added last first."""
        of_room = self._by_room.get(room, {})
        return len(of_room), reversed(of_room.values())

    def add(self, restriction: Restriction) -> None:
        """Add `restriction`, or replace the one with the same key."""
        key = restriction.key
        of_room = self._by_room.setdefault(restriction.room, {})
        if key in of_room:
            self._remove_targets(key, restriction)
        else:
            self.kinds[restriction.what] += 1
        of_room[key] = restriction
        for target in _targets(restriction):
            there = self._by_target.get(target)
            if isinstance(there, dict):
                there[key] = restriction
            elif there is None:
                self._by_target[target] = restriction
            else:
                self._by_target[target] = {there.key: there, key: restriction}
            self._count(target, 1)

    def remove(self, restriction: Restriction) -> None:
        """Remove `restriction`, which is there."""
        key = restriction.key
        del self._by_room[restriction.room][key]
        self.kinds[restriction.what] -= 1
        if not self._by_room[restriction.room]:
            del self._by_room[restriction.room]
        self._remove_targets(key, restriction)

    def _remove_targets(self, key: str, restriction: Restriction) -> None:
        for target in _targets(restriction):
            there = self._by_target[target]
            if isinstance(there, dict):
                del there[key]
            if not isinstance(there, dict) or not there:
                del self._by_target[target]
            self._count(target, -1)

    def applying_to(
        self, *, account: int, names: Iterable[str], host: Host
    ) -> Iterator[Restriction]:
        """Yield the restrictions that apply to a participant; some may come twice.

        `account` is 0 if there is none; `names` are all spellings of the name.
        """
        targets = [("account", str(account))] if account else []
        targets += [("name", key) for name in names for key in match_keys(name)]
        if host is not None:
            bits, address = host.max_prefixlen, int(host)
            for version, length in self._prefixes:
                if version == host.version:
                    network = address >> (bits - length) << (bits - length)
                    targets.append((f"ip{version}/{length}", str(network)))
        for target in targets:
            there = self._by_target.get(target)
            if isinstance(there, dict):
                yield from there.values()
            elif there is not None:
                yield there

    def _count(self, target: tuple[str, str], change: int) -> None:
        kind = target[0]
        if not kind.startswith("ip"):
            return
        version, length = map(int, kind.removeprefix("ip").split("/"))
        prefix = (version, length)
        self._prefixes[prefix] = self._prefixes.get(prefix, 0) + change
        if not self._prefixes[prefix]:
            del self._prefixes[prefix]


def _targets(restriction: Restriction) -> list[tuple[str, str]]:
    if restriction.target_kind == "account":
        return [("account", restriction.target)]
    if restriction.target_kind == "name":
        return [("name", key) for key in match_keys(restriction.target)]
    # Far faster than `ip_network`, for a server that starts with 100,000 bans.
    address, _, length = restriction.target.partition("/")
    version, family = (6, AF_INET6) if ":" in address else (4, AF_INET)
    number = int.from_bytes(inet_pton(family, address))
    return [(f"ip{version}/{length}", str(number))]
