"""What a connection may cost, and who may have one."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from netchat.model.events import Closing

Network = IPv4Network | IPv6Network

LOGIN_TIMEOUT = Closing(
    "login-timeout", "That took too long; connect again and give a name sooner."
)
ENDLESS_LINE = Closing(
    "line-too-long", "That line goes on and on; connect again and send shorter ones."
)
FLOOD = Closing(
    "flood", "You say more than others can read, and the rest was not said; say it more slowly."
)
LONGEST_ESCAPE = 6
"""Bytes that a byte of text may have in JSON."""


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

    def of_line(self, *, of_program: bool) -> int:
        """Return how many bytes a line of a guest with a name may have.

        Of a program's line it is the text in it that is measured, where it is understood.
        """
        if of_program and self.max_line:
            return LONGEST_ESCAPE * self.max_line + self.max_login_line
        return self.max_line


@dataclass(frozen=True, slots=True)
class Admittance:
    """How many may be connected (0 turns a limit off), and from which networks.

    Who is in `deny` is refused, and if `allow` has any, so is who is not in it. The limit for an
    address does not hold for this machine and for who is in `trust`.
    """

    max_guests: int = 0
    max_nameless: int = 128
    max_per_address: int = 16
    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    trust: tuple[Network, ...] = ()
