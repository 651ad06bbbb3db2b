"""Parses and formats one IRC message.

Source: RFC 2812 section 2.3.1; IRCv3 "Message Tags" (escapes and size limits); "UTF8ONLY".
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

MAX_TAG_BYTES = 4094
"""The most bytes of tags that a client may send, without the `@` and the space after them."""
MAX_PARAMETERS = 15

Fault = Literal["INVALID_UTF8", "TAGS_TOO_LONG", "BODY_TOO_LONG"]

_DROPPED = str.maketrans("", "", "\0\r\n")
_NOT_IN_KEY = str.maketrans("", "", "\0\r\n ;=")
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_TO_ESCAPE = re.compile(r"[; \\\r\n\0]")
_ESCAPED = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n", "\0": ""}
_STAND_IN = "*"
"""What is written for a parameter that only the last one can be: an empty one, or with spaces."""


class Message(Struct, frozen=True):
    """An IRC message.

    A tag without a value has the value "". The source is without its `:`, and "" if there is none.
    """

    command: str
    parameters: tuple[str, ...] = ()
    source: str = ""
    tags: dict[str, str] = {}


class BadMessageError(ValueError):
    """A line is no message that may be read; `code` says why.

    INVALID_UTF8 is the code of UTF8ONLY's FAIL; the numeric for both others is 417.
    """

    def __init__(self, code: Fault) -> None:
        super().__init__(code)
        self.code: Fault = code


def parse(
    line: bytes, *, max_tag_bytes: int = MAX_TAG_BYTES, max_body_bytes: int | None = None
) -> Message | None:
    """Return the message in `line` (without its end), or None if it has no command.

    CR, LF and NUL are dropped. The command is in upper case. The 15th parameter takes the rest of
    the line. Raise BadMessageError if the line is not UTF-8, has more than `max_tag_bytes` of tags,
    or more than `max_body_bytes` behind them.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BadMessageError("INVALID_UTF8") from error
    if "\r" in text or "\0" in text or "\n" in text:
        text = text.translate(_DROPPED)
    tags: dict[str, str] = {}
    if text.startswith("@"):
        block, _, text = text[1:].partition(" ")
        if _size(block) > max_tag_bytes:
            raise BadMessageError("TAGS_TOO_LONG")
        tags = parse_tags(block)
    if max_body_bytes is not None and _size(text) > max_body_bytes:
        raise BadMessageError("BODY_TOO_LONG")
    return _parse_body(text.lstrip(" "), tags)


def parse_tags(block: str) -> dict[str, str]:
    """Return the tags of a `block` such as `time=1;+typing=active`; the last of a name counts."""
    tags = {}
    for tag in block.split(";"):
        key, _, value = tag.partition("=")
        if key:
            tags[key] = _ESCAPE.sub(_unescape, value) if "\\" in value else value
    return tags


def format_message(message: Message, *, colon: bool = False) -> bytes:
    """Return the line of `message` with its CRLF.

    The last parameter gets a `:` if it needs one, or if `colon` says so. CR, LF and NUL are
    dropped, except from the values of tags, where CR and LF are escaped. A parameter that cannot
    stand before another, because it is empty, has a space or begins with `:`, is written as `*`.
    """
    source = message.source.replace(" ", "")
    words = [f":{source} {message.command}" if source else message.command]
    if message.parameters:
        *middle, last = message.parameters
        for parameter in middle:
            words.append(_STAND_IN if _only_last(parameter) else parameter)
        words.append(f":{last}" if colon or _only_last(last) else last)
    text = " ".join(words)
    if "\r" in text or "\0" in text or "\n" in text:
        return format_message(_without_line_breaks(message), colon=colon)
    tags = f"@{format_tags(message.tags)} " if message.tags else ""
    return f"{tags}{text}\r\n".encode("utf-8", "replace")


def format_tags(tags: dict[str, str]) -> str:
    """Return the block of `tags`, without the `@` and the space after it."""
    words = []
    for key, value in tags.items():
        name = key.translate(_NOT_IN_KEY)
        words.append(f"{name}={_escape(value)}" if value else name)
    return ";".join(words)


def _parse_body(text: str, tags: dict[str, str]) -> Message | None:
    source = ""
    if text.startswith(":"):
        source, _, text = text[1:].partition(" ")
        text = text.lstrip(" ")
    head, colon, trailing = text.partition(" :")
    words = [word for word in head.split(" ") if word]
    if not words:
        return None
    if colon:
        words.append(trailing)
    if len(words) > 1 + MAX_PARAMETERS:
        words[MAX_PARAMETERS:] = [" ".join(words[MAX_PARAMETERS:])]
    return Message(words[0].upper(), tuple(words[1:]), source, tags)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _only_last(parameter: str) -> bool:
    return not parameter or parameter[0] == ":" or " " in parameter


def _without_line_breaks(message: Message) -> Message:
    return Message(
        message.command.translate(_DROPPED),
        tuple(parameter.translate(_DROPPED) for parameter in message.parameters),
        message.source.translate(_DROPPED),
        message.tags,
    )


def _unescape(escape: re.Match[str]) -> str:
    return _UNESCAPED.get(escape[1], escape[1])


def _escape(value: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], value)
