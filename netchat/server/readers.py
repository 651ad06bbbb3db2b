"""The functions that parse the text of an option; ValueError says what the option wants."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from netchat.doors.web.access import host_of
from netchat.model.names import BadNameError, check_room
from netchat.model.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.model.limits import Network
    from netchat.model.text_file import TextFile

UNIX = "unix"
"""The value of --web-proxy for those who connect to a unix socket."""
IN_MEMORY = ":memory:"
"""The value of --data with which the journal is kept in memory."""


def read_count(text: str) -> int:
    """Parse a whole number below 1e9."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(f"wants a whole number from 0 to 999999999, not {text!r}")
    return int(text)


def number_of(what: str, below: float) -> Callable[[str], float]:
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


def read_directory(text: str) -> Path | None:
    """Return the directory that `text` names, absolute; None for IN_MEMORY."""
    if not text:
        raise ValueError(f"wants a directory, or {IN_MEMORY}")
    return None if text == IN_MEMORY else read_path(text)


def read_path(text: str) -> Path:
    """Return the path that `text` names, absolute."""
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError(f"wants a path, and nobody's home directory is {text!r}") from None


def one_of(*texts: str) -> Callable[[str], str]:
    """Return a function that accepts these texts."""
    *first, last = texts

    def read(text: str) -> str:
        if text not in texts:
            raise ValueError(f"is {', '.join(first)} or {last}, not {text!r}")
        return text

    return read


def read_program(text: str) -> Path:
    """Return the absolute path of the program `text`, which can be run."""
    path = read_path(text)
    if not path.is_file() or not os.access(path, os.X_OK):
        raise ValueError(f"wants the path of a program that can be run, and {path} is none")
    return path


def read_flag(text: str) -> bool:
    """Parse true or false, in the environment or in the options file."""
    if text not in ("true", "false"):
        raise ValueError(f"wants true or false, not {text!r}")
    return text == "true"


def read_host(text: str) -> str:
    """Parse a host name without a port; it is returned in lower case."""
    host = host_of(text)
    if host is None or ":" in text.rpartition("]")[2]:
        raise ValueError(f"wants a host name like chat.example, not {text!r}")
    return host


def read_origin(text: str) -> str:
    """Parse the origin of a page (RFC 6454); it is returned in lower case."""
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


def read_proxy(text: str) -> Network | str:
    """Parse an IP network, or UNIX for those who connect to a unix socket."""
    if text == UNIX:
        return UNIX
    try:
        return read_network(text)
    except ValueError:
        raise ValueError(f"wants a network like 192.168.1.0/24, or {UNIX}, not {text!r}") from None


def read_room(text: str) -> str:
    """Parse the name of a room."""
    try:
        return check_room(text)
    except BadNameError as error:
        sentence = str(error).rstrip(".")
        raise ValueError(f"wants the name of a room, not {text!r}: {sentence}") from None


def motd_in(file: TextFile) -> tuple[str, ...]:
    """Return the lines of `file`, as they may be shown."""
    return tuple(map(sanitize, file.lines))
