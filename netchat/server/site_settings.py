"""The options of a server that is one of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.doors.web.access import host_of
from netchat.model.names import BadNameError, check_name
from netchat.server.options_file import Kind
from netchat.server.readers import number_of, read_path
from netchat.server.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DAYS = 1e6


def read_server_name(text: str) -> str:
    """Parse the name of a server, which is like that of a guest."""
    try:
        return check_name(text)
    except BadNameError as error:
        sentence = str(error).rstrip(".")
        raise ValueError(f"wants the name of a server, not {text!r}: {sentence}") from None


def read_address(text: str) -> str:
    """Parse a host and a port, such as chat.example:5001 or [2001:db8::1]:5001."""
    port = text.rpartition(":")[2]
    # Without a port, what follows the last colon is the end of an IPv6 address.
    if host_of(text) is None or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(f"wants a host and a port like chat.example:5001, not {text!r}")
    return text.lower()


def read_days(text: str) -> float:
    """Parse a number of days, which is not 0."""
    days = number_of("days", MAX_DAYS)(text)
    if not days:
        raise ValueError("wants more than 0 days, because the others read what is new in the log")
    return days


SITE_SETTINGS: Mapping[str, Setting] = {
    "cluster": Setting(
        "Be one of several servers that are one chat, and share its log on this PostgreSQL: "
        "postgresql://USER@HOST/DATABASE?sslmode=verify-full, without a password in it.",
        "URL",
        str,
        None,
        at_start=True,
    ),
    "cluster-password-file": Setting(
        "The password of --cluster is in this file.", "FILE", read_path, None, at_start=True
    ),
    "cluster-name": Setting(
        "The name of this server among those of the site; it stays the same at every start. "
        "Without it, that is the first part of this machine's name.",
        "NAME",
        read_server_name,
        None,
        at_start=True,
    ),
    "cluster-days": Setting(
        "Keep the log of the site for this many days; a server that was away for longer starts "
        "from a copy of another one's journal.",
        "DAYS",
        read_days,
        7.0,
        at_start=True,
    ),
    "advertise": Setting(
        "Tell guests of all servers of the site that they reach this one at this address.",
        "HOST:PORT",
        read_address,
        (),
        Kind.LIST,
        at_start=True,
    ),
}
"""The settings by the name of their option."""
