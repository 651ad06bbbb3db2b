"""Lines that were said, in rooms and to one person, as messages of IRC.

A line that is too long for its reader, or has several parts, becomes several messages: the first
has the msgid of the line, and the others have it with `.2`, `.3` behind it, because clients drop a
second message of one msgid.
"""

from __future__ import annotations

import time as clock
from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.formatting import action_text
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.pieces import split_text
from netchat.dialects.irc.references import MsgId
from netchat.model.lines import LINE_BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netchat.dialects.irc.writer import Writer
    from netchat.model.events import Said, Told

MAX_LINE = 512
"""Bytes of a message without its tags, with CR and LF. Source: RFC 2812 section 2.3."""
DELETED = "(this line was deleted)"


def said_lines(
    writer: Writer, event: Said, *, batch: str = "", clock_shown: bool = False
) -> Iterator[bytes]:
    """Yield the messages for `event`; with `clock_shown`, its time is in the text if nowhere else.

    A line that is deleted has a text that says so.
    """
    msgid = str(MsgId(writer.view.epoch, event.room, event.id))
    account = writer.view.account_name(event.account) if event.account > 0 else ""
    channel = channel_of(event.room)
    text = DELETED if event.deleted else event.text
    if clock_shown and "server-time" not in writer.capabilities:
        text = f"[{clock.strftime('%H:%M', clock.gmtime(event.time))}] {text}"
    command = "NOTICE" if event.notice else "PRIVMSG"
    tags = writer.tags(time=event.time, msgid=msgid, account=account, by=event.name, batch=batch)
    yield from _messages(writer, event.name, (command, channel), text, tags, action=event.action)


def told_lines(writer: Writer, event: Told, *, owner: int = 0, batch: str = "") -> Iterator[bytes]:
    """Yield the messages for a private line; it is kept for account `owner` unless that is 0."""
    msgid = str(MsgId(writer.view.epoch, "", event.id, owner)) if owner and event.id else ""
    account = writer.view.account_name(event.sender) if event.sender else ""
    tags = writer.tags(time=event.time, msgid=msgid, account=account, by=event.name, batch=batch)
    command = "NOTICE" if event.notice else "PRIVMSG"
    yield from _messages(writer, event.name, (command, event.to), event.text, tags, action=False)


def _messages(  # noqa: PLR0913 - each has a name
    writer: Writer,
    name: str,
    head: Sequence[str],
    text: str,
    tags: dict[str, str],
    *,
    action: bool,
) -> Iterator[bytes]:
    source = writer.view.source(name)
    room = MAX_LINE - len(f":{source} {' '.join(head)} :\r\n".encode())
    room -= len(action_text("")) if action else 0
    parts = [part for line in text.split(LINE_BREAK) for part in split_text(line.strip(), room)]
    msgid = tags.get("msgid", "")
    for number, part in enumerate(parts, 1):
        some = {**tags, "msgid": f"{msgid}.{number}"} if msgid and number > 1 else tags
        said = action_text(part) if action else part
        yield writer.of(name, *head, said, tags=some)
