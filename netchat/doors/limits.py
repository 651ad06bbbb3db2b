"""What a connection may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may cost: lengths in bytes, times in seconds; 0 turns a limit off.

    A guest may say `burst` lines at once, and `rate` a second after that.
    """

    max_line: int = 4096
    max_login_line: int = 512
    max_backlog: int = 256 * 1024
    login_timeout: float = 15
    line_timeout: float = 10
    close_timeout: float = 5
    burst: int = 20
    rate: float = 5
    flood_timeout: float = 60
    stall_timeout: float = 30
    ping_after: float = 60
    gone_after: float = 120
