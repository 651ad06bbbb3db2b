"""Where the server of this host listens, as `netchat health` has to know it.

A server writes it to the file in NETCHAT_LISTENING_FILE, as endpoint strings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from netchat.client.connection.address import DEFAULT_PORT, Address
from netchat.model.lines import lines_of

WILDCARD_HOSTS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - mapped, not bound
PROXIED = "haproxy:"
_PART = re.compile(r"(?:[^:\\]|\\.)+")
"""A part of an endpoint string, which is between two colons; a backslash quotes the next sign."""


class TlsAddress(Address):
    """An address where the server uses TLS."""


def listening(environment: Mapping[str, str] = os.environ) -> tuple[Address | str, bool]:
    """Return where the server of `environment` listens, if possible without TLS.

    Return also whether the server expects a proxy there. The file in NETCHAT_LISTENING_FILE says
    so, or else NETCHAT_LISTEN; the default is the server's.
    """
    written: Iterable[str] = ()
    if path := environment.get("NETCHAT_LISTENING_FILE"):
        # The server may not have written it, or not yet.
        with suppress(OSError, UnicodeDecodeError):
            written = lines_of(Path(path).read_text(encoding="utf-8"))
    given = environment.get("NETCHAT_LISTEN", "").split()
    default = Address("127.0.0.1", DEFAULT_PORT), False
    return _first_address(written) or _first_address(given) or default


def _first_address(endpoints: Iterable[str]) -> tuple[Address | str, bool] | None:
    """Return the first address in Twisted endpoint strings, as `listening` does; None: no address.

    A string with a port that is no number raises ValueError.
    """
    secure: tuple[Address, bool] | None = None
    for endpoint in endpoints:
        bare = endpoint.removeprefix(PROXIED)
        kind, *parts = [re.sub(r"\\(.)", r"\1", part) for part in _PART.findall(bare)] or [""]
        if kind == "unix" and parts:
            return parts[0].removeprefix("address="), bare != endpoint
        if kind in ("tcp", "tcp6", "ssl") and parts:
            interface = _value_of(parts, "interface")
            default = "::" if kind == "tcp6" else ""
            host = WILDCARD_HOSTS.get(interface or default, interface or default)
            port = int(_value_of(parts, "port") or parts[0])
            if kind != "ssl":
                return Address(host, port), bare != endpoint
            secure = secure or (TlsAddress(host, port), bare != endpoint)
    return secure


def _value_of(parts: Sequence[str], name: str) -> str:
    return next(
        (part.removeprefix(f"{name}=") for part in parts if part.startswith(f"{name}=")), ""
    )
