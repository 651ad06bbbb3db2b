"""Lines that were said, in rooms and to one person, as messages of IRC.

A line that is too long for its reader, or has several parts, becomes several messages: the first
has the msgid of the line, and the others have it with `.2`, `.3` behind it, because clients drop a
second message of one msgid.
"""

from __future__ import annotations

import time as clock
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from netchat.dialects.irc.formatting import action_text
from netchat.dialects.irc.names import CHANNEL, channel_of
from netchat.dialects.irc.pieces import split_text
from netchat.dialects.irc.references import MsgId
from netchat.model.lines import LINE_BREAK

if TYPE_CHECKING:
    from netchat.dialects.irc.writer import Writer
    from netchat.model.events import Said, SaidLines, Told

MAX_LINE = 512
"""Bytes of a message without its tags, with CR and LF. Source: RFC 2812 section 2.3."""
DELETED = "(this line was deleted)"


def said(writer: Writer, event: Said) -> Iterable[bytes]:
    """Return the messages for `event` as those read it who are there; fast for what is plain."""
    if event.action or event.notice:
        return said_lines(writer, event)
    (line,) = _plain_lines(writer, event, (event.text,), event.id)
    return (line,) if line else said_lines(writer, event)


def said_together(writer: Writer, event: SaidLines) -> Iterable[bytes]:
    """Return the messages for `event`, as `said` does for each of its lines."""
    lines = _plain_lines(writer, event, event.texts, event.first)
    if all(lines):
        return lines
    each = zip(lines, event.each(), strict=True)
    return chain.from_iterable((a,) if a else said_lines(writer, b) for a, b in each)


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


def _plain_lines(
    writer: Writer, event: Said | SaidLines, texts: Sequence[str], first: int
) -> list[bytes]:
    """Return the message of each of `texts`, or b"" if it is not one plain line."""
    source, is_bot = writer.view.speaker(event.name)
    before, after = writer.said_tags(event, is_bot=is_bot)
    start = f":{source} PRIVMSG {CHANNEL}{event.room} "
    room = MAX_LINE - len(start.encode()) - len(":\r\n")
    lines = []
    for id, text in enumerate(texts, first):
        if not _is_plain(text, room):
            lines.append(b"")
            continue
        tags = f"{before}{id}{after}" if before else after
        colon = ":" if " " in text or text[0] == ":" else ""
        lines.append(f"{tags}{start}{colon}{text}\r\n".encode())
    return lines


def _is_plain(text: str, room: int) -> bool:
    """Return whether `text` is one line of at most `room` bytes, with no space at its ends."""
    return (
        len(text) <= room
        and text.isprintable()
        and LINE_BREAK not in text
        and text[:1] not in ("", " ")
        and text[-1] != " "
        and (text.isascii() or len(text.encode()) <= room)
    )


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
