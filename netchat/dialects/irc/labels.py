"""Answers to a request that has a label, in one message or in one batch.

Source: https://ircv3.net/specs/extensions/labeled-response.
"""

from __future__ import annotations

from collections.abc import Iterable

from netchat.dialects.irc.message import Message, format_message


def labeled(label: str, lines: Iterable[bytes], server: str, batch: str) -> bytes:
    """Return `lines` as the answer to the request with `label`; `batch` names it if it is one."""
    lines = list(lines)
    if not lines:
        return format_message(Message("ACK", (), server, {"label": label}))
    if len(lines) == 1 or _is_one_batch(lines):
        return b"".join([_tagged(lines[0], "label", label), *lines[1:]])
    begin = Message("BATCH", (f"+{batch}", "labeled-response"), server, {"label": label})
    end = Message("BATCH", (f"-{batch}",), server)
    inner = [line if _is_in_batch(line) else _tagged(line, "batch", batch) for line in lines]
    return b"".join([format_message(begin), *inner, format_message(end)])


def _is_one_batch(lines: list[bytes]) -> bool:
    """Return whether `lines` are one batch already."""
    begin, end = _reference(lines[0], b"+"), _reference(lines[-1], b"-")
    return bool(begin) and begin == end


def _reference(line: bytes, sign: bytes) -> bytes:
    """Return what a BATCH with this `sign` is called, or b"" if `line` is none."""
    rest = line.partition(b" ")[2] if line.startswith(b"@") else line
    _, command, *parameters = [*rest.split(), b""]
    is_batch = command == b"BATCH" and parameters[0].startswith(sign)
    return parameters[0][1:] if is_batch else b""


def _is_in_batch(line: bytes) -> bool:
    if _reference(line, b"-"):
        return True  # The end of a batch is in none.
    tags = line.partition(b" ")[0] if line.startswith(b"@") else b""
    return b"@batch=" in tags or b";batch=" in tags


def _tagged(line: bytes, tag: str, value: str) -> bytes:
    # Escaping a value is the same wherever it stands.
    tags = format_message(Message("X", (), "", {tag: value})).partition(b" ")[0]
    return tags + b";" + line[1:] if line.startswith(b"@") else tags + b" " + line
