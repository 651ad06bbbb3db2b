"""Telnet negotiation: it is removed, so that telnet clients can join; their options have no effect.

A line end always ends a line, even within a negotiation; the rest of that negotiation is invalid
UTF-8, and refused as such. Source: RFC 854, RFC 855, RFC 857, RFC 1184.
"""

from __future__ import annotations

import re

ECHO_OFF = b"\xff\xfb\x01"
"""IAC WILL ECHO: the client shows no more what is typed, because the server would."""
ECHO_ON = b"\xff\xfc\x01"
"""IAC WONT ECHO: the client shows again what is typed."""
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


def has_negotiation(line: bytes) -> bool:
    """Return whether `line` has telnet negotiation in it, as no client but telnet sends it."""
    return len(strip_negotiation(line)) < len(line)


def strip_negotiation(line: bytes) -> bytes:
    """Return `line` without telnet negotiation."""
    if b"\xff" not in line:
        return line
    # No SB matches after the last SE; searching for an SE from each SB would take quadratic time.
    end = line.rfind(_SE) + len(_SE) if _SE in line else 0
    return _NEGOTIATION.sub(b"", line[:end]) + _COMMAND.sub(b"", line[end:])
