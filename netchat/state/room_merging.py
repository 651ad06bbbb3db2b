"""Records that were stored under several spellings of one room become those of one room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from netchat.model.registry import NameRegistry
from netchat.state.record import Record, Removed, Update
from netchat.state.records import Restriction, Role, RoomSettings


class Merged(Struct, frozen=True):
    """The room `kept`, which has the records of the room `gone` too, by these `updates`."""

    kept: str
    gone: str
    updates: tuple[Update, ...]


def merge_rooms(records: Iterable[Record]) -> list[Merged]:
    """Return what makes one room of the rooms in `records` whose names are equivalent.

    It is as strict as the strictest of them. Bans and mutes in one hold in it; roles only those
    have who were given one in the room that is kept, a private one if there is any: nobody may
    enter that who was not let in there.
    """
    rooms: dict[str, dict[tuple[str, str], Record]] = {}
    for record in records:
        if isinstance(record, Role | RoomSettings | Restriction) and record.room:
            rooms.setdefault(record.room, {})[record.kind, record.key] = record
    kept: NameRegistry[str] = NameRegistry()
    merged: list[Merged] = []
    for name in sorted(rooms, key=lambda name: (not _settings(name, rooms[name]).private, name)):
        known = kept.find(name)
        if known is None:
            kept.register(name, name)
        else:
            updates = _move(rooms[name].values(), known, rooms[known])
            merged.append(Merged(known, name, tuple(updates)))
    return merged


def _settings(name: str, records: dict[tuple[str, str], Record]) -> RoomSettings:
    found = records.get(("room", name))
    return found if isinstance(found, RoomSettings) else RoomSettings(name)


def _move(
    records: Iterable[Record], to: str, there: dict[tuple[str, str], Record]
) -> Sequence[Update]:
    updates: list[Update] = []
    for record in records:
        updates.append(Removed(record.kind, record.key))
        moved: Record | None = None
        if isinstance(record, RoomSettings):
            moved = _strictest(_settings(to, there), record)
        elif isinstance(record, Restriction):
            moved = replace(record, room=to)
            other = there.get((moved.kind, moved.key))
            if isinstance(other, Restriction) and _end(other) >= _end(moved):
                moved = None
        if moved is not None:
            there[moved.kind, moved.key] = moved
            updates.append(moved)
    return updates


def _strictest(one: RoomSettings, other: RoomSettings) -> RoomSettings:
    return RoomSettings(
        one.room,
        one.private or other.private,
        one.readonly or other.readonly,
        one.moderated or other.moderated,
        max(one.slow, other.slow),
        one.quiet_joins or other.quiet_joins,
    )


def _end(restriction: Restriction) -> float:
    return restriction.until or float("inf")
