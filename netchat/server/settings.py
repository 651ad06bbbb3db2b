"""Every option of the server: what it is for, how its text is read, and its default."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

from netchat.doors.limits import Admittance, Limits, Network
from netchat.model.limits import Rules
from netchat.model.names import BadNameError, check_room
from netchat.model.password import password_in
from netchat.model.sanitize import printable
from netchat.server.options_file import read_text

if TYPE_CHECKING:
    from collections.abc import Callable

NOWHERE = ":memory:"
"""In place of a directory: nothing is kept."""


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(f"wants a whole number from 0 to 999999999, not {text!r}")
    return int(text)


def _number_of(what: str, below: float) -> Callable[[str], float]:
    """Return what reads a number of `what`, from 0 to `below` that."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1
        if not 0 <= number < below:
            raise ValueError(f"wants a number of {what}, 0 or more, not {text!r}")
        return number

    return read


_seconds = _number_of("seconds", 1e9)
_rate = _number_of("lines a second", 1e6)
_days = _number_of("days", 1e6)


def _directory(text: str) -> Path | None:
    if not text:
        raise ValueError(f"wants a directory, or {NOWHERE}")
    return None if text == NOWHERE else Path(text).expanduser().absolute()


def _sync(text: str) -> str:
    if text not in ("full", "normal"):
        raise ValueError(f"is full or normal, not {text!r}")
    return text


def _log_format(text: str) -> str:
    if text not in ("text", "json"):
        raise ValueError(f"is text or json, not {text!r}")
    return text


def read_network(text: str) -> Network:
    """Return the network written as `text` (ValueError: what it wants instead)."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"wants a network like 192.168.1.0/24, not {text!r}") from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ip_network((mapped, network.prefixlen - 96), strict=False)


def _room(text: str) -> str:
    try:
        return check_room(text)
    except BadNameError as error:
        sentence = str(error).rstrip(".")
        raise ValueError(f"wants the name of a room, not {text!r}: {sentence}") from None


def _lines(path: str) -> tuple[str, ...]:
    return tuple(printable(line) for line in read_text(path).splitlines())


@dataclass(frozen=True, slots=True)
class Setting:
    """An option: what it is for, and how its text is read (ValueError: what it wants instead).

    What holds `at_start` is not changed while the server runs.
    """

    purpose: str
    read: Callable[[str], Any]
    default: Any
    at_start: bool = False


_RULES, _LIMITS, _ADMITTANCE = Rules(), Limits(), Admittance()
SETTINGS = {
    "options-file": Setting(
        "A file with an option and its value a line; SIGHUP has it read again.", str, None
    ),
    "data": Setting(
        "The directory that keeps what is said; :memory: keeps nothing.",
        _directory,
        str(user_state_path("netchat")),
        at_start=True,
    ),
    "sync": Setting(
        "full: what is said outlives a power cut; normal: only a crash, but slow disks keep up.",
        _sync,
        "full",
        at_start=True,
    ),
    "keep-days": Setting(
        "Days for which what is said is kept; 0 for ever.", _days, 0, at_start=True
    ),
    "keep-lines": Setting("Lines that are kept of each room; 0 for all.", _count, 0, at_start=True),
    "lobby": Setting("The room that everybody comes into.", _room, _RULES.lobby),
    "motd": Setting("A text file to show to everybody who comes in.", _lines, None),
    "history": Setting(
        "Lines to show of what was said before; 0 for none.", _count, _RULES.history
    ),
    "password-file": Setting(
        "A file whose first line is the password that everybody must know.", password_in, None
    ),
    "login-tries": Setting("Names and passwords that a guest may try.", _count, _RULES.login_tries),
    "login-timeout": Setting(
        "Seconds until a guest must have a name.", _seconds, _LIMITS.login_timeout
    ),
    "max-login-line": Setting("Bytes in a line before the name.", _count, _LIMITS.max_login_line),
    "max-line": Setting("Bytes in a line.", _count, _LIMITS.max_line),
    "line-timeout": Setting(
        "Seconds in which a line that is too long must end.", _seconds, _LIMITS.line_timeout
    ),
    "max-backlog": Setting(
        "Bytes that a guest may be behind in his reading.", _count, _LIMITS.max_backlog
    ),
    "stall-timeout": Setting(
        "Seconds in which a guest who is behind in his reading must take something.",
        _seconds,
        _LIMITS.stall_timeout,
    ),
    "burst": Setting("Lines that a guest may say at once.", _count, _LIMITS.burst),
    "rate": Setting(
        "Lines a second that he may say after that; what is more waits.", _rate, _LIMITS.rate
    ),
    "flood-timeout": Setting(
        "Seconds for which more than a burst may wait; then he is closed.",
        _seconds,
        _LIMITS.flood_timeout,
    ),
    "max-renames": Setting(
        "New names that a guest may take in a minute.", _count, _RULES.max_renames
    ),
    "max-rooms": Setting("Rooms with somebody in them.", _count, _RULES.max_rooms),
    "max-rooms-per-guest": Setting(
        "Rooms that a guest may be in at once.", _count, _RULES.max_rooms_per_guest
    ),
    "ping-after": Setting(
        "Seconds of silence after which the kernel asks a peer whether it is still there.",
        _seconds,
        _LIMITS.ping_after,
    ),
    "gone-after": Setting(
        "Seconds after which a peer that does not answer is gone.", _seconds, _LIMITS.gone_after
    ),
    "close-timeout": Setting(
        "Seconds in which a guest must take his last lines.", _seconds, _LIMITS.close_timeout
    ),
    "max-guests": Setting(
        "Connections in all; 0: as many as file descriptors allow.",
        _count,
        _ADMITTANCE.max_guests,
    ),
    "max-nameless": Setting(
        "Connections without a name to talk with; others wait until they say something.",
        _count,
        _ADMITTANCE.max_nameless,
    ),
    "max-per-address": Setting(
        "Connections from one address, or one IPv6 /64; not of this machine, nor of --trust.",
        _count,
        _ADMITTANCE.max_per_address,
    ),
    "log-format": Setting("text, or json: one object a line.", _log_format, "text", at_start=True),
}
