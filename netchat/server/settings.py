"""The table of the server's options, and the functions that parse their texts.

The purposes and defaults of the limits come from `netchat.model.limits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_state_path

from netchat.doors.web.access import host_of
from netchat.model.limits import (
    AdmissionLimits,
    ConnectionLimits,
    ConversationLimits,
    Limit,
    Network,
    RetentionLimits,
    limits_of,
)
from netchat.model.lines import lines_of
from netchat.model.names import BadNameError, check_room
from netchat.model.password import load_password
from netchat.model.sanitize import sanitize
from netchat.server.options_file import Kind, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IN_MEMORY = ":memory:"
"""The value of --data with which the journal is kept in memory."""


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(f"wants a whole number from 0 to 999999999, not {text!r}")
    return int(text)


def _number_of(what: str, below: float) -> Callable[[str], float]:
    """Return a function that parses a number of `what`, at least 0 and less than `below`."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1
        if not 0 <= number < below:
            raise ValueError(f"wants a number of {what}, 0 or more, not {text!r}")
        return number

    return read


def _directory(text: str) -> Path | None:
    if not text:
        raise ValueError(f"wants a directory, or {IN_MEMORY}")
    return None if text == IN_MEMORY else Path(text).expanduser().absolute()


def _one_of(first: str, second: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in (first, second):
            raise ValueError(f"is {first} or {second}, not {text!r}")
        return text

    return read


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"wants true or false, not {text!r}")
    return text == "true"


def _web_host(text: str) -> str:
    host = host_of(text)
    if host is None or ":" in text.rpartition("]")[2]:
        raise ValueError(f"wants a host name like chat.example, not {text!r}")
    return host


def _web_origin(text: str) -> str:
    scheme, mark, authority = text.lower().removesuffix("/").partition("://")
    if scheme not in ("http", "https") or not mark or host_of(authority) is None:
        raise ValueError(f"wants an origin like https://chat.example, not {text!r}")
    return f"{scheme}://{authority}"


def read_network(text: str) -> Network:
    """Parse an IP network, such as 192.168.1.0/24; ValueError if `text` is not one."""
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
    return tuple(sanitize(line) for line in lines_of(read_text(path)))


@dataclass(frozen=True, slots=True)
class Setting:
    """One option of the server.

    - `unit` is the placeholder of its value in documents;
    - `read` parses its text, each text if it is a LIST, and raises ValueError;
    - `default` is a text or a value;
    - `at_zero` says what 0 means, and is empty if the value is not a number;
    - `at_start`: a change takes effect only when the server is restarted.
    """

    purpose: str
    unit: str
    read: Callable[[str], Any]
    default: Any
    kind: Kind = Kind.TEXT
    at_zero: str = ""
    at_start: bool = False

    @property
    def help(self) -> str:
        """The purpose, followed by the meaning of 0 or by the note that it may be repeated."""
        if self.kind is Kind.LIST:
            return f"{self.purpose} May be given several times."
        return f"{self.purpose} 0: {self.at_zero}." if self.at_zero else self.purpose


_READERS: dict[str, Callable[[str], Any]] = {
    "N": _count,
    "BYTES": _count,
    "SECONDS": _number_of("seconds", 1e9),
    "LINES/S": _number_of("lines a second", 1e6),
    "DAYS": _number_of("days", 1e6),
    "NETWORK": read_network,
    "lobby": _room,
    "motd": _lines,
    "password-file": load_password,
}
"""The function that parses a limit, by the unit or the option of the limit."""


def _settings_of(record: type, *, at_start: bool = False) -> Iterator[tuple[str, Setting]]:
    """Yield the option and the setting of each limit in `record`, one of the RECORDS."""
    for limit in limits_of(record).values():
        yield (
            limit.option,
            Setting(
                limit.purpose,
                limit.unit,
                _READERS.get(limit.option) or _READERS[limit.unit],
                limit.default,
                _kind_of(limit),
                limit.at_zero,
                at_start,
            ),
        )


def _kind_of(limit: Limit) -> Kind:
    if limit.unit == "NETWORK":
        return Kind.LIST
    return Kind.NUMBER if limit.at_zero else Kind.TEXT


SETTINGS = {
    "listen": Setting(
        "Listen on this Twisted endpoint.",
        "ENDPOINT",
        str,
        ("tcp:5001", "tcp6:5001"),
        Kind.LIST,
        at_start=True,
    ),
    "options-file": Setting(
        "A TOML file of further options, such as history = 20; SIGHUP has it read again.",
        "FILE",
        str,
        None,
    ),
    "data": Setting(
        f"The directory of the journal; {IN_MEMORY} keeps nothing on disk.",
        "DIR",
        _directory,
        str(user_state_path("netchat")),
        at_start=True,
    ),
    "sync": Setting(
        "full: a stored line survives a power cut; normal: it survives a crash of the server only, "
        "but a slow disk can store more lines a second.",
        "MODE",
        _one_of("full", "normal"),
        "full",
        at_start=True,
    ),
    **dict(_settings_of(RetentionLimits, at_start=True)),
    "clock": Setting(
        "checked: when the clock jumps, no line is deleted because of its age until the clock is "
        "right again or --keep-days have passed; trusted: a jump makes no difference.",
        "MODE",
        _one_of("checked", "trusted"),
        "checked",
        at_start=True,
    ),
    **dict(_settings_of(ConversationLimits)),
    **dict(_settings_of(ConnectionLimits)),
    **dict(_settings_of(AdmissionLimits)),
    "web": Setting(
        "Serve the page and its WebSocket on this endpoint, too; they are on those of --listen "
        "already.",
        "ENDPOINT",
        str,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "no-web": Setting(
        "Serve no page and no WebSocket.", "", _flag, False, Kind.FLAG, at_start=True
    ),
    "web-host": Setting(
        "Answer browsers that ask for this host name. They may always use an IP address, "
        "localhost, a .local name or the name of this machine.",
        "NAME",
        _web_host,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "web-origin": Setting(
        "Let pages of this origin, such as https://intranet.example, open a WebSocket.",
        "ORIGIN",
        _web_origin,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "web-proxy": Setting(
        "Believe web proxies of this network when they tell the client's address, scheme and host "
        "(X-Forwarded-For, -Proto and -Host).",
        "NETWORK",
        read_network,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "metrics": Setting(
        "Answer monitoring systems on this endpoint, over HTTP: /metrics for Prometheus, /healthz "
        "and /readyz. Without an interface it is reached from this machine only.",
        "ENDPOINT",
        str,
        None,
        at_start=True,
    ),
    "log-format": Setting(
        "The format of the log: text, or json with one object a line.",
        "FORMAT",
        _one_of("text", "json"),
        "text",
        at_start=True,
    ),
    "log-files": Setting(
        "Keep this many log files of a megabyte each beside the one in use.",
        "N",
        _count,
        10,
        Kind.NUMBER,
        "no rotation, for logrotate",
        at_start=True,
    ),
}
"""The settings by the name of their option, in the order of the help and of docs/options.md."""
