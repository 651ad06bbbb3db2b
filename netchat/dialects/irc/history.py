"""Earlier lines as a client of IRC reads them: in a batch, if it knows batches.

Sources: https://ircv3.net/specs/batches/chathistory, https://ircv3.net/specs/extensions/chathistory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.references import server_time
from netchat.dialects.irc.spoken import said_lines, told_lines
from netchat.dialects.irc.writer import BATCH
from netchat.model.events import Gap, Said, Told

if TYPE_CHECKING:
    from netchat.dialects.irc.writer import Writer

CHATHISTORY = "CHATHISTORY"
ASKS_ITSELF = "draft/chathistory"
"""The capability of clients that ask for earlier lines themselves, and are sent none."""
REFERENCE = "h"
"""What a batch of earlier lines is called; it is closed before another one begins."""


def history_lines(
    writer: Writer, target: str, lines: Iterable[Said | Told | Gap]
) -> Iterator[bytes]:
    """Yield `lines` of `target`, without those that are deleted or missing."""
    yield from batch_lines(writer, ("chathistory", target), _spoken(writer, lines))


def gap_lines(writer: Writer, event: Gap) -> Iterator[bytes]:
    """Yield that the lines of `event` are missing."""
    why = "cannot be read" if event.damaged else "are no longer kept"
    if event.last >= event.first:
        text = f"({event.last - event.first + 1} lines before this {why})"
        yield writer.from_server("NOTICE", channel_of(event.room), text)


def target_lines(writer: Writer, targets: Iterable[tuple[str, float]]) -> Iterator[bytes]:
    """Yield the `targets`, each with the time of its last line."""
    batch = REFERENCE if BATCH in writer.capabilities else ""
    each = (
        writer.tagged({"batch": batch} if batch else {}, CHATHISTORY, "TARGETS", target, time)
        for target, time in ((target, server_time(time)) for target, time in targets)
    )
    yield from batch_lines(writer, ("draft/chathistory-targets",), each)


def batch_lines(writer: Writer, kind: tuple[str, ...], lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `lines` in a batch of this `kind`, if the client knows batches."""
    if BATCH not in writer.capabilities:
        yield from lines
        return
    yield writer.from_server("BATCH", f"+{REFERENCE}", *kind)
    yield from lines
    yield writer.from_server("BATCH", f"-{REFERENCE}")


def _spoken(writer: Writer, lines: Iterable[Said | Told | Gap]) -> Iterator[bytes]:
    batch = REFERENCE if BATCH in writer.capabilities else ""
    for line in lines:
        if isinstance(line, Told):
            yield from told_lines(writer, line, batch=batch, clock_shown=True)
        elif isinstance(line, Said) and not line.deleted:
            yield from said_lines(writer, line, batch=batch, clock_shown=True)
