"""The limits that an operator can set: the one table of their names, defaults and purposes.

Each limit is a field of one of the records below, and stands nowhere else. The server's options,
their help and docs/options.md are made from `limits_of` each record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal, TypeVar

from netchat.model.password import Password

T = TypeVar("T")

Network = IPv4Network | IPv6Network
Unit = Literal["N", "BYTES", "SECONDS", "LINES/S", "DAYS", "NAME", "FILE", "NETWORK", "MODE", ""]
"""What a limit is measured in; "" is a flag, which has no value."""
Names = Literal["open", "owned", "members"]
LONGEST_ESCAPE = 6
"""The most bytes that JSON needs for one byte of text."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the table.

    `option` is the name on the command line, `unit` what its value is measured in, and `at_zero`
    what 0 means; it is empty where the value is no number.
    """

    option: str
    unit: Unit
    default: Any
    purpose: str
    at_zero: str


def _row(unit: Unit, purpose: str, at_zero: str = "no limit", option: str = "") -> dict[str, str]:
    """Return the metadata of a field; `option` is its option where that has another name."""
    return {"unit": unit, "purpose": purpose, "at_zero": at_zero, "option": option}


def _limit(default: T, unit: Unit, purpose: str, *, at_zero: str = "no limit") -> T:
    return field(default=default, metadata=_row(unit, purpose, at_zero))


@dataclass(frozen=True, slots=True)
class RetentionLimits:
    """How much of what was said is kept."""

    keep_days: float = _limit(0, "DAYS", "Keep lines for this many days.", at_zero="for ever")
    keep_lines: int = _limit(
        0, "N", "Keep this many lines of each room, the newest.", at_zero="all"
    )


@dataclass(frozen=True, slots=True)
class ConversationLimits:
    """What the operator decides about conversations, whatever connection they go through."""

    lobby: str = _limit("lobby", "NAME", "The room that every guest joins first.", at_zero="")
    motd: tuple[str, ...] = _limit(
        (),
        "FILE",
        "A text file of at most 64 KiB that is shown to every guest on joining.",
        at_zero="",
    )
    history: int = _limit(
        50, "N", "Show this many earlier lines to a guest who joins a room.", at_zero="none"
    )
    password: Password | None = field(
        default=None,
        metadata=_row(
            "FILE",
            "A file whose first line is the password that every guest must give.",
            at_zero="",
            option="password-file",
        ),
    )
    names: Names = field(
        default="open",
        metadata=_row(
            "MODE",
            "open: any guest may speak; owned: who does not own their name may only listen; "
            "members: only owners come in, and new ones by invitation.",
            at_zero="",
        ),
    )
    plain_passwords: bool = _limit(
        False,
        "",
        "Take passwords of accounts over connections that others on the network can read.",
        at_zero="",
    )
    login_tries: int = _limit(
        5, "N", "Disconnect a client after this many refused names and passwords."
    )
    max_renames: int = _limit(5, "N", "Let a guest change their name this many times a minute.")
    max_rooms: int = _limit(10_000, "N", "Allow this many rooms with guests in them.")
    max_rooms_per_guest: int = _limit(100, "N", "Let a guest be in this many rooms at once.")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may cost; the session on it applies some of these as well."""

    login_timeout: float = _limit(
        15, "SECONDS", "Disconnect a client that has given no name after this many seconds."
    )
    max_login_line: int = _limit(
        512, "BYTES", "Refuse a line of more than this many bytes from a client without a name."
    )
    max_line: int = _limit(4096, "BYTES", "Refuse a line of more than this many bytes.")
    line_timeout: float = _limit(
        10, "SECONDS", "Disconnect a client whose overlong line goes on for this many seconds."
    )
    max_backlog: int = _limit(
        256 * 1024,
        "BYTES",
        "Disconnect a client when more than this many bytes are in its send queue.",
    )
    stall_timeout: float = _limit(
        30,
        "SECONDS",
        "Disconnect a client whose send queue has made no progress for this many seconds.",
    )
    burst: int = _limit(
        20, "N", "Accept this many lines from a guest at once.", at_zero="no rate limit"
    )
    rate: float = _limit(
        5,
        "LINES/S",
        "Accept this many lines a second after a burst; further lines wait.",
        at_zero="no rate limit",
    )
    flood_timeout: float = _limit(
        60,
        "SECONDS",
        "Disconnect a client that has had more than a burst of lines waiting for this many "
        "seconds.",
    )
    ping_after: float = _limit(
        60,
        "SECONDS",
        "Send TCP keepalive probes to a client that has been silent for this many seconds.",
        at_zero="no probes",
    )
    gone_after: float = _limit(
        120,
        "SECONDS",
        "Drop a connection whose client has not answered for this many seconds.",
        at_zero="no probes",
    )
    close_timeout: float = _limit(
        5,
        "SECONDS",
        "Drop a connection that is to be closed if its send queue is not empty after this many "
        "seconds.",
    )

    @property
    def announced_burst(self) -> int:
        """The burst that a welcome tells a client: 0 if lines are not rate limited."""
        return self.burst if self.rate else 0

    def longest_line(self, *, of_program: bool) -> int:
        """Return how many bytes a line of a client with a name may have; 0 for any number.

        Of a line in JSON the text alone is limited to `max_line`, once it has been decoded.
        """
        if of_program and self.max_line:
            return LONGEST_ESCAPE * self.max_line + self.max_login_line
        return self.max_line


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How many clients may be connected, and from which networks."""

    max_guests: int = _limit(
        0,
        "N",
        "Admit this many connections in all.",
        at_zero="as many as file descriptors allow",
    )
    max_nameless: int = _limit(
        128,
        "N",
        "Serve this many connections without a name; further ones wait until they send something.",
    )
    max_per_address: int = _limit(
        16,
        "N",
        "Admit this many connections from one address or IPv6 /64; this machine and the networks "
        "of --trust are exempt.",
    )
    join_rate: float = _limit(
        5,
        "LINES/S",
        "Tell the others of joins and leaves from one address this many times a second; if there "
        "are more, one line tells several.",
    )
    trust: tuple[Network, ...] = _limit(
        (),
        "NETWORK",
        "Exempt this network, such as 10.0.0.0/8, from --max-per-address.",
        at_zero="",
    )
    allow: tuple[Network, ...] = _limit(
        (), "NETWORK", "Admit only clients of this network and of this machine.", at_zero=""
    )
    deny: tuple[Network, ...] = _limit(
        (), "NETWORK", "Refuse clients of this network, even if --allow admits them.", at_zero=""
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a server."""

    retention: RetentionLimits = RetentionLimits()
    conversation: ConversationLimits = ConversationLimits()
    connection: ConnectionLimits = ConnectionLimits()
    admission: AdmissionLimits = AdmissionLimits()


RECORDS = (RetentionLimits, ConversationLimits, ConnectionLimits, AdmissionLimits)
"""The records that are in `Limits`."""


def limits_of(record: type) -> dict[str, Limit]:
    """Return the limits in one of RECORDS, by the names of its fields."""
    return {
        limit.name: Limit(
            limit.metadata["option"] or limit.name.replace("_", "-"),
            limit.metadata["unit"],
            limit.default,
            limit.metadata["purpose"],
            limit.metadata["at_zero"],
        )
        for limit in fields(record)
    }
