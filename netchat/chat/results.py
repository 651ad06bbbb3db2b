"""Who is told the result of what has no participant to answer, or more to do than an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netchat.chat.delivery.backfill import Start
from netchat.model.events import Refused, Repeated, Said
from netchat.state.changes import Changed

Settled = Callable[[Changed | Refused], None]
"""Called with the result of a change, in its place in the order, after it has been applied."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody has asked for who joins a room: how they write it, and its earlier lines.

    It is judged by the `time` at which they have asked. A refusal has the `nonce`. `founds`: they
    are a guest, and make the room.
    """

    written: str
    time: float
    start: Start | None = None
    nonce: str = ""
    founds: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Who is told the result of a line that no participant says."""

    then: Callable[[Said | Repeated | Refused], None]
