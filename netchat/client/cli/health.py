"""`netchat health`: check whether a server answers and can store lines.

It connects, pings and leaves without a login: no guest sees it, and the server logs nothing. A
server that cannot store lines reports it, and is unhealthy. It needs neither curl nor a shell, and
runs as any user, so it can be the health check of a container. By default it checks the address in
NETCHAT_LISTEN, the server's own setting.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from netchat.client.cli.arguments import (
    ADDRESS,
    ADDRESS_HELP,
    Parser,
    add_trust_options,
    parse_trust,
)
from netchat.client.cli.stderr import print_error
from netchat.client.connection.address import DEFAULT_PORT, Address, WebAddress, parse_address
from netchat.client.connection.errors import UserFacingError, not_netchat
from netchat.client.connection.trust import Trust
from netchat.dialects.jsonl.events import AnyEvent, Closing, Pong
from netchat.dialects.text.dialect import PROMPT
from netchat.model.lines import whole_lines
from netchat.model.sanitize import sanitize

if TYPE_CHECKING:
    from netchat.client.connection.websocket_blocking import BlockingWebSocket

WILDCARD_HOSTS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - mapped, not bound
PROXIED = "haproxy:"
_PROXY_HEADER = b"PROXY UNKNOWN\r\n"
"""Tells a server that expects a proxy that this connection has no client behind it."""
_REQUESTS = b'{"type":"ping"}\n{"type":"bye"}\n'
_MAX_ANSWER = 4096
_PURPOSE = (
    "Check that a server answers and can store lines; without HOST, the server on this host\n"
    "that NETCHAT_LISTEN names."
)
_EXIT_CODES = "Exit code 0: it answers and can store lines; 1: it does not, or cannot."


class TlsAddress(Address):
    """An address where the server uses TLS."""


class UnhealthyError(Exception):
    """The server does not answer as it should; the message is one sentence."""


def check(
    where: Address | str, timeout: float, *, proxied: bool = False, trust: Trust | None = None
) -> None:
    """Check the server at `where`, an address or the path of a unix socket.

    `proxied` tells whether it expects a proxy; with `trust`, the check uses TLS.

    Raises UnhealthyError if it does not answer within `timeout` seconds as a netchat server does.
    """
    try:
        with _connect(where, timeout, trust) as connection:
            connection.sendall((_PROXY_HEADER if proxied else b"") + _REQUESTS)
            answer = _receive(connection)
    except UserFacingError as error:
        raise UnhealthyError(str(error)) from error
    except OSError as error:
        raise UnhealthyError(f"{where} does not answer: {error.strerror or error}.") from error
    if answer.startswith(b"! "):
        sentence = sanitize(answer[2:].decode(errors="replace")).strip()
        raise UnhealthyError(f"{where} refuses: {sentence}")
    match _decode(answer):
        case [Pong() as pong, Closing()] if pong.trouble:
            raise UnhealthyError(f"{where} cannot store what is said: {pong.trouble}")
        case [Pong(), Closing()]:
            return
    if isinstance(where, WebAddress):
        raise UnhealthyError(str(not_netchat(where)))
    plain = isinstance(where, Address) and not (trust or isinstance(where, TlsAddress))
    hint = "; check the port, and whether it needs --tls" if plain else ""
    raise UnhealthyError(f"{where} does not answer as a netchat server does{hint}.")


def listening(environment: Mapping[str, str] = os.environ) -> tuple[Address | str, bool]:
    """Return the first address of NETCHAT_LISTEN, if possible one without TLS.

    Return also whether the server expects a proxy there.
    """
    secure: tuple[Address, bool] | None = None
    for endpoint in environment.get("NETCHAT_LISTEN", "").replace("\\:", "\0").split():
        bare = endpoint.removeprefix(PROXIED)
        kind, *parts = (part.replace("\0", ":") for part in bare.split(":"))
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
    return secure or (Address("127.0.0.1", DEFAULT_PORT), False)


def parse(arguments: Sequence[str]) -> tuple[Address | None, Trust | None]:
    """Return the server's address on the command line, and what to trust if it uses TLS.

    A wrong command line raises SystemExit with code 1: Docker, whose health check this is, reserves
    2.
    """
    parser = Parser("netchat health", _PURPOSE, _EXIT_CODES, error_code=1)
    parser.add_argument("address", metavar=ADDRESS, nargs="?", help=ADDRESS_HELP)
    add_trust_options(parser.add_argument_group("security"))
    given = vars(parser.parse_args(arguments))
    text = given.pop("address")
    try:
        address = parse_address(text) if text is not None else None
        parse_trust(given, address)
    except ValueError as error:
        parser.refuse(error)
    trust = Trust(**given)
    if trust.tls and address is None:
        parser.error("--tls, --ca and --fingerprint go with a HOST")
    return address, trust if trust.tls else None


def main(arguments: Sequence[str]) -> int:
    """Check the server that `arguments` name, or the one of this environment.

    Return the exit code; a wrong command line raises SystemExit.
    """
    address, trust = parse(arguments)
    try:
        where, proxied = (address, False) if address else listening()
        check(where, timeout=4, proxied=proxied, trust=trust)
    except (UnhealthyError, ValueError) as error:
        print_error(f"netchat: {error}")
        return 1
    return 0


def _value_of(parts: Sequence[str], name: str) -> str:
    return next(
        (part.removeprefix(f"{name}=") for part in parts if part.startswith(f"{name}=")), ""
    )


def _connect(
    where: Address | str, timeout: float, trust: Trust | None
) -> socket.socket | BlockingWebSocket:
    # What most checks, which run every few seconds, do not need is imported when it is needed.
    if isinstance(where, WebAddress):
        from netchat.client.connection.websocket_blocking import open_websocket

        return open_websocket(where, timeout, trust, os.environ)
    if isinstance(where, Address):
        plain = socket.create_connection((where.host, where.port), timeout)
        # For the server of this environment any certificate will do: nothing secret is sent.
        secure = trust is not None or isinstance(where, TlsAddress)
        return _secure(plain, where, trust) if secure else plain
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(where)
    return connection


def _secure(plain: socket.socket, address: Address, trust: Trust | None) -> socket.socket:
    from netchat.client.connection.tls_blocking import start_tls

    try:
        return start_tls(plain, address, trust)
    except UserFacingError:
        plain.close()
        raise


def _receive(connection: socket.socket | BlockingWebSocket) -> bytes:
    """Return what the server sends until it closes, or until it has sent _MAX_ANSWER bytes."""
    answer = b""
    while len(answer) < _MAX_ANSWER and (data := connection.recv(_MAX_ANSWER)):
        answer += data
    return answer


def _decode(answer: bytes) -> Sequence[AnyEvent]:
    """Return the events in `answer`, none if it is not in the JSON lines dialect."""
    try:
        lines = whole_lines(answer.removeprefix(PROMPT))
        return [msgspec.json.decode(line, type=AnyEvent) for line in lines]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
