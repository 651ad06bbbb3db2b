"""Telnet negotiation, swallowed: a telnet client may join, and its options change nothing here.

A line end always ends a line, even inside a negotiation that was cut short; what is left of that
is no UTF-8, and is refused as such. Source: RFC 854, RFC 855, RFC 1184.
"""

from __future__ import annotations

import re

_SE = b"\xff\xf0"
_COMMAND = re.compile(
    rb"""
      \xff [\xfb-\xfe] .        # IAC WILL/WONT/DO/DONT option
    | \xff [\xec-\xf9]          # IAC command
    """,
    re.VERBOSE | re.DOTALL,
)
_NEGOTIATION = re.compile(
    rb"\xff\xfa .*? \xff\xf0 |" + _COMMAND.pattern,  # IAC SB option ... IAC SE
    _COMMAND.flags,
)


def strip_negotiation(line: bytes) -> bytes:
    """Return `line` without telnet negotiation."""
    if b"\xff" not in line:
        return line
    # Behind the last SE no SB can match; looking for one from each SB anew would be quadratic.
    behind = line.rfind(_SE) + len(_SE) if _SE in line else 0
    return _NEGOTIATION.sub(b"", line[:behind]) + _COMMAND.sub(b"", line[behind:])
