"""All records of the chat's state, with the indices by which they are found.

The journal has one, by which it judges changes, and the chat has one, which it changes as the
journal's results come back.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from typing import TypeVar

from netchat.model.registry import NameRegistry
from netchat.state.expiries import Expiries, is_over
from netchat.state.record import Record, Removed, Update
from netchat.state.records import (
    Account,
    Counter,
    Invitation,
    Lock,
    ProofKind,
    ReadMark,
    ReservedName,
    Restriction,
    Role,
    RoleName,
    RoomSettings,
    SaltSecret,
    Webhook,
)
from netchat.state.restrictions import Restrictions
from netchat.state.room_spellings import RoomSpellings
from netchat.state.site import Site
from netchat.state.site_records import Presence, Server

_OF_ROOMS = (Role, RoomSettings, Restriction)
"""The records by which something is remembered of a room."""

R = TypeVar("R", bound=Record)
K = TypeVar("K")
V = TypeVar("V")


class ChatState:
    """The records; `put` and `apply` keep the indices right."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._records: dict[str, dict[str, Record]] = {}
        self.owners: NameRegistry[Account | ReservedName | Webhook] = NameRegistry()
        """The names that nobody else can have: of accounts, of forgotten ones and of webhooks."""
        self.restrictions = Restrictions()
        self.expiries = Expiries()
        self.site = Site()
        self._rooms = RoomSpellings()
        """Those that have settings, roles or restrictions; the tables below have these names."""
        self._accounts: dict[int, Account] = {}
        """The accounts by number: that of the speaker is looked up for every line."""
        self._roles: dict[int, dict[str, RoleName]] = {}
        """The roles of each account, by room."""
        self._members: dict[str, dict[int, RoleName]] = {}
        """The accounts with a role in each room ("": on the server)."""
        self._verifiers: Tally[ProofKind] = Tally()
        """How many accounts have each kind of proof."""
        self._settings: dict[str, RoomSettings] = {}
        """The settings of the rooms that have any."""
        for record in records:
            self.put(record)

    @property
    def number(self) -> int:
        """The number of the last change."""
        counter = self.find(Counter, "")
        return counter.number if counter else 0

    @property
    def lock(self) -> Lock | None:
        """The lock of the server, if it is locked, or was and nobody has ended that yet."""
        return self.find(Lock, "")

    def lock_at(self, now: float) -> Lock | None:
        """Return the lock of the server if it is locked at the time `now`."""
        lock = self.lock
        return None if lock is None or is_over(lock, now) else lock

    @property
    def salt_secret(self) -> str:
        """What the salts are made of that are shown for those without a password."""
        secret = self.find(SaltSecret, "")
        return secret.value if secret else ""

    def has_verifier(self, kind: ProofKind) -> bool:
        """Return whether an account has a proof of this `kind`."""
        return self._verifiers[kind] > 0

    def find(self, kind: type[R], key: str) -> R | None:
        """Return the record of `kind` under `key`, or None."""
        record = self._records.get(str(kind.__struct_config__.tag), {}).get(key)
        assert record is None or isinstance(record, kind), "a kind has one type"
        return record

    def get(self, kind: str, key: str) -> Record | None:
        """Return the record of the kind called `kind` under `key`, or None."""
        return self._records.get(kind, {}).get(key)

    def all(self, kind: type[R]) -> Iterator[R]:
        """Yield the records of `kind`, in no particular order."""
        for record in self._records.get(str(kind.__struct_config__.tag), {}).values():
            assert isinstance(record, kind), "a kind has one type"
            yield record

    def newest(self, kind: type[R]) -> Iterator[R]:
        """Yield the records of `kind`, the one that was added last first."""
        for record in reversed(self._records.get(str(kind.__struct_config__.tag), {}).values()):
            assert isinstance(record, kind), "a kind has one type"
            yield record

    def records(self) -> Iterator[Record]:
        """Yield all records."""
        for some in self._records.values():
            yield from some.values()

    def account(self, number: int) -> Account | None:
        """Return the account with this number, or None."""
        return self._accounts.get(number)

    def owner(self, name: str) -> Account | None:
        """Return the account whose name is equivalent to `name`, the closest one, or None."""
        return next((some for some in self.owners.holders(name) if isinstance(some, Account)), None)

    def spelling(self, room: str) -> str:
        """Return how `room` is written in its records: equivalent names are one room."""
        spelling = self._rooms.of(room)
        if self.site.servers and not self._rooms.has(spelling):
            return self.site.room(room) or room
        return spelling

    def name_holders(self, name: str, now: float) -> Iterator[Account | ReservedName | Webhook]:
        """Yield who has `name`, or one that is equivalent to it, at the time `now`."""
        return (some for some in self.owners.holders(name) if not is_over(some, now))

    def room(self, room: str) -> RoomSettings:
        """Return the settings of `room`."""
        return self.settings(room) or RoomSettings(self.spelling(room))

    def settings(self, room: str) -> RoomSettings | None:
        """Return the settings of `room`; None: it is an ordinary one."""
        return self._settings.get(self.spelling(room)) if self._settings else None

    def knows_room(self, room: str) -> bool:
        """Return whether something is remembered of `room`: settings, roles or restrictions."""
        return self._rooms.has(self.spelling(room))

    def has_only_moderator(self, room: str, account: int) -> bool:
        """Return whether nothing is remembered of `room` but that `account` is its moderator."""
        room = self.spelling(room)
        roles = self._members.get(room, {})
        others = room in self._settings or room in self.restrictions.rooms
        return roles == {account: "moderator"} and not others

    def rooms(self) -> set[str]:
        """Return the names of the rooms of which something is remembered."""
        return self._rooms.names

    def role(self, account: int, room: str = "") -> RoleName | None:
        """Return the role that `account` was given in `room` ("": on the server), or None."""
        return self._roles.get(account, {}).get(self.spelling(room))

    def roles(self, account: int) -> dict[str, RoleName]:
        """Return the roles of `account` by room ("": on the server)."""
        return dict(self._roles.get(account, {}))

    def is_external(self, account: int, room: str = "") -> bool:
        """Return whether `account` has its role in `room` from the auth command."""
        role = self.find(Role, f"{account} {room}")
        return role is not None and role.external

    def members(self, room: str = "") -> dict[int, RoleName]:
        """Return the roles that accounts have in `room` ("": on the server), by their numbers."""
        return dict(self._members.get(self.spelling(room), {}))

    def invitation(self, hash: str) -> Invitation | None:
        """Return the invitation whose token has this hash, or None."""
        return self.find(Invitation, hash)

    def read_mark(self, account: int, room: str) -> int:
        """Return the id up to which `account` has read `room`; 0: nothing."""
        mark = self.find(ReadMark, f"{account} {room}")
        return mark.id if mark else 0

    def read_time(self, account: int, room: str) -> float:
        """Return the time up to which `account` has read `room`; 0: nothing, or it has none."""
        mark = self.find(ReadMark, f"{account} {room}")
        return mark.time if mark else 0

    def webhook(self, name: str) -> Webhook | None:
        """Return the webhook called `name`, or None."""
        return self.find(Webhook, name)

    def apply(self, updates: Iterable[Update]) -> None:
        """Store and remove records as `updates` say."""
        for update in updates:
            if isinstance(update, Removed):
                self.remove(update.kind, update.key)
            else:
                self.put(update)

    def put(self, record: Record) -> None:
        """Store `record`, in place of one of the same kind and key."""
        of_kind = self._records.setdefault(record.kind, {})
        before = of_kind.get(record.key)
        if before is not None:
            self._unindex(before)
        of_kind[record.key] = record
        self._index(record)

    def remove(self, kind: str, key: str) -> None:
        """Remove the record of `kind` under `key`, if there is one."""
        record = self._records.get(kind, {}).pop(key, None)
        if record is not None:
            self._unindex(record)

    def _index(self, record: Record) -> None:
        if isinstance(record, _OF_ROOMS):
            self._rooms.add(record.room)
        match record:
            case Account():
                self._accounts[record.number] = record
                self.owners.register(record.name, record, record.first)
                self._verifiers.update(_kinds_of(record))
            case ReservedName():
                self.owners.register(record.name, record, record.first)
            case Webhook():
                self.owners.register(record.name, record)
            case Role():
                self._roles.setdefault(record.account, {})[record.room] = record.role
                self._members.setdefault(record.room, {})[record.account] = record.role
            case RoomSettings():
                self._settings[record.room] = record
            case Restriction():
                self.restrictions.add(record)
            case Server() | Presence():
                self.site.add(record)
        self.expiries.add(record)

    def _unindex(self, record: Record) -> None:
        if isinstance(record, _OF_ROOMS):
            self._rooms.remove(record.room)
        match record:
            case Account():
                del self._accounts[record.number]
                self.owners.unregister(record.name, record.first)
                self._verifiers.subtract(_kinds_of(record))
            case ReservedName():
                self.owners.unregister(record.name, record.first)
            case Webhook():
                self.owners.unregister(record.name)
            case Role():
                _delete(self._roles, record.account, record.room)
                _delete(self._members, record.room, record.account)
            case RoomSettings():
                del self._settings[record.room]
            case Restriction():
                self.restrictions.remove(record)
            case Server() | Presence():
                self.site.remove(record)


def _kinds_of(account: Account) -> set[ProofKind]:
    return {proof.kind for proof in account.proofs}


def _delete(table: dict[K, dict[V, RoleName]], key: K, inner: V) -> None:
    del table[key][inner]
    if not table[key]:
        del table[key]
