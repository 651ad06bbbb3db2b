"""The table of the server's options.

The purposes and defaults of the limits come from `netchat.model.limits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netchat.model.limits import (
    AdmissionLimits,
    ConnectionLimits,
    ConversationLimits,
    Limit,
    RetentionLimits,
    limits_of,
)
from netchat.model.password import password_in
from netchat.model.state_directory import state_directory
from netchat.model.text_file import MAX_BYTES, TextFile
from netchat.server.options_file import Kind
from netchat.server.readers import (
    IN_MEMORY,
    motd_in,
    number_of,
    one_of,
    read_count,
    read_directory,
    read_flag,
    read_host,
    read_network,
    read_origin,
    read_path,
    read_program,
    read_proxy,
    read_room,
)
from netchat.server.setting import Setting
from netchat.server.site_settings import SITE_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_MOTD = 64 * 1024
"""In bytes: every guest is sent it with the welcome, in one line if they speak JSON."""


_READERS: dict[str, Callable[[str], Any]] = {
    "N": read_count,
    "BYTES": read_count,
    "SECONDS": number_of("seconds", 1e9),
    "LINES/S": number_of("lines a second", 1e6),
    "DAYS": number_of("days", 1e6),
    "NETWORK": read_network,
    "lobby": read_room,
    "FILE": str,
    "names": one_of("open", "owned", "members"),
    "": read_flag,
}
"""The function that parses a limit, by the unit or the option of the limit."""
_FILE_READERS: dict[str, Callable[[TextFile], Any]] = {
    "motd": motd_in,
    "password-file": password_in,
}
_MAX_BYTES = {"motd": MAX_MOTD}


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
                _FILE_READERS.get(limit.option),
                _MAX_BYTES.get(limit.option, MAX_BYTES),
            ),
        )


def _kind_of(limit: Limit) -> Kind:
    if limit.unit == "NETWORK":
        return Kind.LIST
    if not limit.unit:
        return Kind.FLAG
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
        read_directory,
        str(state_directory() or ""),
        at_start=True,
    ),
    "sync": Setting(
        "full: a stored line survives a power cut; normal: it survives a crash of the server only, "
        "but a slow disk can store more lines a second.",
        "MODE",
        one_of("full", "normal"),
        "full",
        at_start=True,
    ),
    "listening-file": Setting(
        "Write to FILE where the server listens, for `netchat health` and other programs.",
        "FILE",
        read_path,
        None,
        at_start=True,
    ),
    **dict(_settings_of(RetentionLimits, at_start=True)),
    "clock": Setting(
        "checked: when the clock jumps, no line is deleted because of its age until the clock is "
        "right again or --keep-days have passed; trusted: a jump makes no difference.",
        "MODE",
        one_of("checked", "trusted"),
        "checked",
        at_start=True,
    ),
    **dict(_settings_of(ConversationLimits)),
    **dict(_settings_of(ConnectionLimits)),
    **dict(_settings_of(AdmissionLimits)),
    "web": Setting(
        "Serve the page and its WebSocket on this endpoint. They are on those of --listen as well, "
        "but not every browser gets on with the question for a name there. The default applies "
        "only as long as --listen has its own.",
        "ENDPOINT",
        str,
        ("tcp:5080", "tcp6:5080"),
        Kind.LIST,
        at_start=True,
    ),
    "no-web": Setting(
        "Serve no page and no WebSocket.", "", read_flag, False, Kind.FLAG, at_start=True
    ),
    "web-host": Setting(
        "Answer browsers that ask for this host name. They may always use an IP address, "
        "localhost, a .local name or the name of this machine.",
        "NAME",
        read_host,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "web-origin": Setting(
        "Let pages of this origin, such as https://intranet.example, open a WebSocket.",
        "ORIGIN",
        read_origin,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "web-proxy": Setting(
        "Believe web proxies of this network when they tell the client's address, scheme and host "
        "(X-Forwarded-For, -Proto and -Host); unix: those who connect to a unix socket.",
        "NETWORK",
        read_proxy,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "ssh": Setting(
        "Take SSH clients on this endpoint, beside those of --listen.",
        "ENDPOINT",
        str,
        (),
        Kind.LIST,
        at_start=True,
    ),
    "no-ssh": Setting(
        "Take no SSH clients on the endpoints of --listen.",
        "",
        read_flag,
        False,
        Kind.FLAG,
        at_start=True,
    ),
    "ssh-passwords": Setting(
        "Let owners of names log in with the password of their account over SSH, and not only with "
        "a key.",
        "",
        read_flag,
        False,
        Kind.FLAG,
        at_start=True,
    ),
    "scram": Setting(
        "Store new passwords of accounts for SCRAM-SHA-256, in which clients prove a password "
        "without sending it, and not with argon2id, which is harder to guess.",
        "",
        read_flag,
        False,
        Kind.FLAG,
        at_start=True,
    ),
    "auth-command": Setting(
        "Let this program judge passwords: it reads one JSON object with name, password and "
        "address, and writes one with ok, account and roles.",
        "PROGRAM",
        read_program,
        None,
        at_start=True,
    ),
    **SITE_SETTINGS,
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
        one_of("text", "json"),
        "text",
        at_start=True,
    ),
    "log-files": Setting(
        "Keep this many log files of a megabyte each beside the one in use.",
        "N",
        read_count,
        10,
        Kind.NUMBER,
        "no rotation, for logrotate",
        at_start=True,
    ),
}
"""The settings by the name of their option, in the order of the help and of docs/options.md."""
