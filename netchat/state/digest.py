"""A digest of the whole state, by which servers of a site see that they know the same."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from netchat.state.state import ChatState

_SIZE = 16
_encode = msgspec.msgpack.Encoder().encode


def digest_of(state: ChatState) -> str:
    """Return a digest of all records of `state`, as 32 hexadecimal digits."""
    digest = blake2b(digest_size=_SIZE)
    for record in sorted(state.records(), key=lambda record: (record.kind, record.key)):
        digest.update(_encode(record))
    return digest.hexdigest()
