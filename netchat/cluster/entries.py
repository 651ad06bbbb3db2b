"""The contents of an entry of the log: the events of one server's turn, and who has caused each.

MessagePack: a version, and for each event the number of who has caused it (0: the server), its
kind, and its fields, those with default values left out. An entry of a kind, a version or with a
field that is not known is never skipped: whoever did so would see another chat from there on.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from netchat.journal.log_places import count_lines
from netchat.model.events import Event, Said, SaidLines, Told, TopicSet
from netchat.state import site_changes
from netchat.state.changes import Actor, Change, What

VERSION = 1
"""A server stops at an entry of a higher version."""


class UnknownEntryError(Exception):
    """An entry that this version of netchat cannot read; the message is a sentence."""


class Item(Struct, frozen=True):
    """An event, and the `number` of the guest who has caused it (0: the server)."""

    number: int
    event: Event


class _Entry(Struct, array_like=True):
    version: int
    items: list[tuple[int, str, Raw]]


_WHATS = [*What.__subclasses__()]
assert site_changes.Arrive in _WHATS, "those of a site are imported"
_Change = msgspec.defstruct(
    "_Change",
    [("what", reduce(or_, _WHATS)), ("by", Actor), ("time", float), ("nonce", str, "")],
    omit_defaults=True,
    forbid_unknown_fields=True,
)

_KINDS: dict[str, type[Event]] = {
    "said": Said,
    "lines": SaidLines,
    "topic": TopicSet,
    "told": Told,
    "change": Change,
}
_NAMES = {type: name for name, type in _KINDS.items()}
_encode = msgspec.msgpack.Encoder().encode
_decode_entry = msgspec.msgpack.Decoder(_Entry).decode
_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {
    name: msgspec.msgpack.Decoder(type) for name, type in _KINDS.items()
}
_decoders["change"] = msgspec.msgpack.Decoder(_Change)


def is_shared(event: Event) -> bool:
    """Return whether other servers hear `event`; what only one guest of this one reads is not."""
    return type(event) in _NAMES


def encode(items: Iterable[Item]) -> bytes:
    """Return the payload of an entry with these `items`."""
    return _encode(
        [VERSION, [(x.number, _NAMES[type(x.event)], Raw(_encode(x.event))) for x in items]]
    )


def decode(payload: bytes) -> list[Item]:
    """Return the items of an entry; UnknownEntryError if they are not all known."""
    try:
        entry = _decode_entry(payload)
        if entry.version > VERSION:
            raise _unknown(f"has version {entry.version}")
        return [Item(number, _event(kind, raw)) for number, kind, raw in entry.items]
    except msgspec.DecodeError as error:
        raise _unknown(f"cannot be read ({error})") from error


def without_texts(items: Iterable[Item], lines: Container[int]) -> list[Item]:
    """Return `items` with asterisks as the texts of these `lines`, which are counted from 0.

    They are as many as the characters were: a server that reads the entry only now computes from
    it what the others have computed from the text, and the audit has its length.
    """
    found = []
    first = 0
    for item in items:
        event = item.event
        match event:
            case SaidLines():
                texts = enumerate(event.texts, first)
                kept = tuple(_hidden(text) if line in lines else text for line, text in texts)
                found.append(Item(item.number, replace(event, texts=kept)))
            case Said() | Told() if first in lines:
                found.append(Item(item.number, replace(event, text=_hidden(event.text))))
            case _:
                found.append(item)
        first += count_lines(event)
    return found


def _hidden(text: str) -> str:
    return "*" * len(text)


def _event(kind: str, raw: Raw) -> Event:
    decoder = _decoders.get(kind)
    if decoder is None:
        raise _unknown(f"has an event of the kind {kind}")
    event: Any = decoder.decode(raw)
    if kind == "change":
        return Change(event.what, event.by, event.time, event.nonce)
    assert isinstance(event, Event)
    return event


def _unknown(what: str) -> UnknownEntryError:
    return UnknownEntryError(f"An entry of the log {what}; upgrade this server.")
