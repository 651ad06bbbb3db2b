"""Telnet negotiation, swallowed: a telnet client may join, and its options change nothing here.

A line end always ends a line, even inside a negotiation that was cut short; what is left of that
is no UTF-8, and is refused as such. Source: RFC 854, RFC 855, RFC 1184.
"""

from __future__ import annotations

import re

_NEGOTIATION = re.compile(
    rb"""
      \xff\xfa .*? \xff\xf0     # IAC SB option ... IAC SE
    | \xff [\xfb-\xfe] .        # IAC WILL/WONT/DO/DONT option
    | \xff [\xec-\xf9]          # IAC command
    """,
    re.VERBOSE | re.DOTALL,
)


def swallow(line: bytes) -> bytes:
    """Return `line` without telnet negotiation."""
    return _NEGOTIATION.sub(b"", line) if b"\xff" in line else line
