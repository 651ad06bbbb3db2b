"""BATCH: a message of several lines, which is one message here.

Source: https://ircv3.net/specs/extensions/multiline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.dialects.irc.capabilities import MULTILINE
from netchat.dialects.irc.spoken import CONCAT
from netchat.session.irc.open_batch import OpenBatch, multiline_limits

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

INVALID = "MULTILINE_INVALID"


def begin(client: IrcClient, reference: str, rest: tuple[str, ...], label: str) -> str:
    """Begin a message; return why that cannot be done, or ""."""
    kind, target = (*rest, "", "")[:2]
    if kind != MULTILINE or not client.has(MULTILINE):
        return "This server takes batches of type draft/multiline from clients that have asked"
    if not target or "," in target:
        return "A message of several lines has one target"
    if client.open_batch is not None:
        return "Finish the batch before you begin another"
    client.open_batch = OpenBatch(reference, target, label)
    return ""


def take(client: IrcClient, message: Message) -> bool:
    """Take a line of a message; return False if `message` is in no batch."""
    reference, batch = message.tags.get("batch"), client.open_batch
    if reference is None:
        return False
    if batch is None or batch.reference != reference:
        client.fail("BATCH", INVALID, "There is no open batch of that name")
        client.open_batch = None
        return True
    if not batch.failed:
        _add(client, batch, message)
    return True


def _add(client: IrcClient, batch: OpenBatch, message: Message) -> None:
    target, text = (*message.parameters, "", "")[:2]
    goes_on = CONCAT in message.tags
    if target.casefold() != batch.target.casefold():
        sentence = "All lines of a message have one target"
        _fail(client, batch, "MULTILINE_INVALID_TARGET", batch.target, target or "*", sentence)
        return
    if (batch.command or message.command) != message.command or (goes_on and not text):
        _fail(client, batch, INVALID, "That line cannot be in this message")
        return
    max_bytes, max_lines = multiline_limits(client.limits)
    batch.size += len(text.encode()) + (bool(batch.lines) and not goes_on)
    if len(batch.lines) + 1 > max_lines:
        sentence = f"A message has at most {max_lines} lines"
        _fail(client, batch, "MULTILINE_MAX_LINES", str(max_lines), sentence)
    elif batch.size > max_bytes:
        sentence = f"A message has at most {max_bytes} bytes"
        _fail(client, batch, "MULTILINE_MAX_BYTES", str(max_bytes), sentence)
    else:
        batch.command = message.command
        if goes_on and batch.lines:
            batch.lines[-1] += text
        else:
            batch.lines.append(text)


def _fail(client: IrcClient, batch: OpenBatch, code: str, *context: str) -> None:
    client.fail("BATCH", code, *context)
    batch.failed = True
    batch.lines.clear()


def finish(client: IrcClient, reference: str) -> OpenBatch | None:
    """Return the message called `reference`, which is complete now; None if there is none."""
    batch = client.open_batch
    if batch is None or batch.reference != reference:
        return None
    client.open_batch = None
    return batch
