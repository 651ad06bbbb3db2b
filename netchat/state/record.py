"""What every record of the chat's state is: immutable, stored under its kind and its key."""

from __future__ import annotations

from msgspec import Struct


class Record(Struct, frozen=True, tag_field="kind", omit_defaults=True, forbid_unknown_fields=True):
    """Any record."""

    @property
    def key(self) -> str:
        """What identifies the record among those of its kind."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """The kind of the record."""
        return str(self.__struct_config__.tag)


class Removed(Struct, frozen=True):
    """The record of `kind` under `key` exists no more."""

    kind: str
    key: str


Update = Record | Removed
"""What a change does to one record: it is stored as given, or removed."""
