"""What clients call a line by: its msgid, or its time.

A line's msgid is the journal's epoch, the room and the line's id in it, such as `9f3c2a1b-dev-17`;
a private line, which has another number for each side, has the time in milliseconds and a checksum
instead: `9f3c2a1b-@1764380000123-17`. The further parts of a line that was split for the reader
have their number behind it: `9f3c2a1b-dev-17.2`. A room's name needs no escape in a tag or a
parameter, and the id is behind the last hyphen.

Source: IRCv3 "Message IDs", "server-time", "chathistory".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

_EPOCH_LENGTH = 8
_MSGID = re.compile(
    r"(?P<epoch>[0-9A-Za-z]+)-(?:@(?P<sent>[1-9][0-9]{0,17})|(?P<room>[\w.-][^\s;:@\\]*))"
    r"-(?P<id>[1-9][0-9]{0,17})(?:\.(?P<part>[2-9]|[1-9][0-9]{1,5}))?",
)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?Z"
)


class MsgId(Struct, frozen=True):
    """A line: `id` in the `room`, or if that is "" a private line `sent` at that millisecond.

    `part` is 1 for the whole line or its first part.
    """

    epoch: str
    room: str
    id: int
    sent: int = 0
    part: int = 1

    def __str__(self) -> str:
        place = self.room or f"@{self.sent}"
        part = f".{self.part}" if self.part > 1 else ""
        return f"{self.epoch}-{place}-{self.id}{part}"


@lru_cache(maxsize=4)
def epoch_of(journal: str) -> str:
    """Return the epoch in the msgids of the `journal` with this identifier."""
    return re.sub("[^0-9A-Za-z]", "", journal)[:_EPOCH_LENGTH]


def parse_msgid(text: str, epoch: str | None = None) -> MsgId | None:
    """Return the line that `text` names, or None if it is no msgid of ours.

    With an `epoch`, the msgids of other journals are None as well.
    """
    found = _MSGID.fullmatch(text)
    if found is None or epoch not in (None, found["epoch"]):
        return None
    return MsgId(
        found["epoch"],
        found["room"] or "",
        int(found["id"]),
        int(found["sent"] or 0),
        int(found["part"] or 1),
    )


def parse_reference(text: str, epoch: str | None = None) -> MsgId | float | None:
    """Return what `msgid=...` or `timestamp=...` names, times in seconds; None for anything else.

    With an `epoch`, the msgids of other journals are None as well.
    """
    kind, _, value = text.partition("=")
    if kind == "msgid":
        return parse_msgid(value, epoch)
    return parse_server_time(value) if kind == "timestamp" else None


@lru_cache(maxsize=256)  # the lines of one turn have the same time
def server_time(seconds: float) -> str:
    """Return a time, in seconds since the epoch, as in `2019-02-28T19:30:01.727Z`."""
    when = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{when.isoformat(timespec='milliseconds')}Z"


def parse_server_time(text: str) -> float | None:
    """Return the seconds since the epoch at the time `text`, or None if it is none.

    A leap second (`:60`) is the first one of the next minute.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if second > 60:
        return None
    micro = int((found[7] or "").ljust(6, "0"))
    try:
        begun = datetime(year, month, day, hour, minute, tzinfo=UTC)
        return (begun + timedelta(seconds=second, microseconds=micro)).timestamp()
    except (ValueError, OverflowError):
        return None
