"""Lines that were said, in rooms and to one person, as messages of IRC.

A line that is too long for its reader, or has several parts, becomes several messages: the first
has the msgid of the line, and the others have it with `.2`, `.3` behind it, because clients drop a
second message of one msgid. Who reads draft/multiline gets them in one batch instead.
"""

from __future__ import annotations

import re
import time as clock
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from netchat.dialects.irc.capabilities import MULTILINE
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
CONCAT = "draft/multiline-concat"
"""The tag of a message that goes on with the line of the one before."""
_BREAK = re.compile(f" *{LINE_BREAK} *")


class _Message(NamedTuple):
    """A line as it is written."""

    name: str
    command: str
    target: str
    text: str
    action: bool
    tags: dict[str, str]


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
    text = DELETED if event.deleted else event.text
    tags = writer.tags(time=event.time, msgid=msgid, account=account, by=event.name, batch=batch)
    text = _with_clock(writer, text, event.time) if clock_shown else text
    command, target = _command(event), channel_of(event.room)
    return _lines(writer, _Message(event.name, command, target, text, event.action, tags), event.id)


def told_lines(
    writer: Writer, event: Told, *, batch: str = "", clock_shown: bool = False
) -> Iterator[bytes]:
    """Yield the messages for a private line; `clock_shown` as in `said_lines`."""
    msgid = str(private_msgid(writer.view.epoch, event))
    account = writer.view.account_name(event.sender) if event.sender else ""
    tags = writer.tags(time=event.time, msgid=msgid, account=account, by=event.name, batch=batch)
    # What somebody does is said in this way to one person, who may read another dialect.
    does = f"* {event.name} "
    action = event.text.startswith(does)
    text = event.text.removeprefix(does) if action else event.text
    text = _with_clock(writer, text, event.time) if clock_shown else text
    message = _Message(event.name, _command(event), event.to, text, action, tags)
    return _lines(writer, message, event.id)


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


def private_msgid(epoch: str, event: Told) -> MsgId:
    """Return the msgid of a private line: the same for both sides, in which it has two numbers."""
    content = "\0".join((event.name, event.to, event.text, "notice" if event.notice else ""))
    return MsgId(epoch, "", crc32(content.encode()) or 1, sent=round(event.time * 1000))


def _command(event: Said | Told) -> str:
    return "NOTICE" if event.notice else "PRIVMSG"


def _with_clock(writer: Writer, text: str, time: float) -> str:
    if "server-time" in writer.capabilities:
        return text
    return f"[{clock.strftime('%H:%M', clock.gmtime(time))}] {text}"


def _lines(writer: Writer, message: _Message, id: int) -> Iterator[bytes]:
    name, command, target, text, action, tags = message
    source = writer.view.source(name)
    room = MAX_LINE - len(f":{source} {command} {target} :\r\n".encode())
    room -= len(action_text("")) if action else 0
    whole = _BREAK.split(text) if LINE_BREAK in text else [text]
    pieces = [split_text(line, room) for line in whole]
    if MULTILINE in writer.capabilities and not action and (len(whole) > 1 or len(pieces[0]) > 1):
        yield from _batch(writer, message, pieces, id)
        return
    msgid = tags.get("msgid", "")
    for number, part in enumerate((part for parts in pieces for part in parts if part), 1):
        some = {**tags, "msgid": f"{msgid}.{number}"} if msgid and number > 1 else tags
        said = action_text(part) if action else part
        yield writer.of(name, command, target, said, tags=some)


def _batch(writer: Writer, message: _Message, pieces: list[list[str]], id: int) -> Iterator[bytes]:
    name, command, target, _, _, tags = message
    reference = f"m{id}"
    yield writer.of(name, "BATCH", f"+{reference}", MULTILINE, target, tags=tags)
    for parts in pieces:
        for number, part in enumerate(parts):
            inner = {"batch": reference, CONCAT: ""} if number else {"batch": reference}
            yield writer.of(name, command, target, part, tags=inner)
    yield writer.of(name, "BATCH", f"-{reference}", tags={})
