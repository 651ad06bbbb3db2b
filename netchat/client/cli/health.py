"""`netchat health`: does the server that listens here answer as it should?

It connects, pings, and leaves again without a name: no guest sees it, and the server logs nothing.
A server that cannot store what is said tells so, and is not well. It needs neither curl nor a
shell, and runs as any user, so that a container's health check can be this and nothing else. Where
to look is what the server itself was told: NETCHAT_LISTEN.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence

import msgspec

from netchat.client.cli.arguments import Parser, add_trust_options, parse_trust
from netchat.client.cli.stderr import print_error
from netchat.client.connection.address import DEFAULT_PORT, Address, parse_address
from netchat.client.connection.trust import Trust
from netchat.dialects.jsonl.events import AnyEvent, Closing, Pong
from netchat.dialects.text.dialect import PROMPT
from netchat.model.sanitize import sanitize

WILDCARD_HOSTS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - mapped, not bound
PROXIED = "haproxy:"
_PROXY_HEADER = b"PROXY UNKNOWN\r\n"
"""Says to a server that waits for a proxy that nobody is behind this one."""
_REQUESTS = b'{"type":"ping"}\n{"type":"bye"}\n'
_MAX_ANSWER = 4096
_PURPOSE = (
    "Ask whether the server is well; without HOST, the one that NETCHAT_LISTEN tells of, "
    "on this host."
)
_EXIT_CODES = "Exit code 0: it is; 1: it does not answer, or cannot store what is said."


class TlsAddress(Address):
    """An address where TLS is spoken."""


class UnhealthyError(Exception):
    """The server does not answer as it should; the message is one sentence."""


def check(
    where: Address | str, timeout: float, *, proxied: bool = False, trust: Trust | None = None
) -> None:
    """Talk to the server at `where`, an address or the path of a unix socket.

    `proxied` tells whether it expects a proxy; with `trust`, TLS is spoken.

    Raise UnhealthyError if it does not answer within `timeout` seconds as a netchat server does.
    """
    try:
        with _connect(where, timeout, trust) as connection:
            connection.sendall((_PROXY_HEADER if proxied else b"") + _REQUESTS)
            answer = _receive(connection)
    except OSError as error:
        raise UnhealthyError(f"{where} does not answer: {error.strerror or error}.") from error
    if answer.startswith(b"! "):
        sentence = sanitize(answer[2:].decode(errors="replace")).strip()
        raise UnhealthyError(f"{where} refuses: {sentence}")
    match _decode(answer):
        case [Pong() as pong, Closing()] if pong.trouble:
            raise UnhealthyError(f"{where} stores nothing of what is said: {pong.trouble}")
        case [Pong(), Closing()]:
            return
    plain = isinstance(where, Address) and not (trust or isinstance(where, TlsAddress))
    hint = "; check the port, and whether it wants --tls" if plain else ""
    raise UnhealthyError(f"{where} does not answer as a netchat server does{hint}.")


def listening(environment: Mapping[str, str] = os.environ) -> tuple[Address | str, bool]:
    """Return where the server of this environment listens first, without TLS if it can be.

    And whether it expects a proxy there.
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
    """Return which server the command line names, and whom to trust if TLS is spoken there.

    SystemExit with code 1 if it makes no sense: Docker, whose health check this is, reserves 2.
    """
    parser = Parser("netchat health", _PURPOSE, _EXIT_CODES, error_code=1)
    parser.add_argument("address", metavar="HOST[:PORT]", nargs="?", help="where the server is")
    add_trust_options(parser.add_argument_group("security"))
    given = vars(parser.parse_args(arguments))
    text = given.pop("address")
    try:
        address = parse_address(text) if text is not None else None
        parse_trust(given)
    except ValueError as error:
        parser.refuse(error)
    trust = Trust(**given)
    if trust.tls and address is None:
        parser.error("--tls, --ca and --fingerprint go with a HOST")
    return address, trust if trust.tls else None


def main(arguments: Sequence[str]) -> int:
    """Check the server that `arguments` name, or the one of this environment.

    Return the exit code; SystemExit if the arguments make no sense.
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


def _connect(where: Address | str, timeout: float, trust: Trust | None) -> socket.socket:
    if isinstance(where, Address):
        plain = socket.create_connection((where.host, where.port), timeout)
        # With the one that this environment has told us of, it is no matter who answers: nothing
        # that is secret is said.
        secure = trust is not None or isinstance(where, TlsAddress)
        return _secure(plain, where, trust) if secure else plain
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(where)
    return connection


def _secure(plain: socket.socket, address: Address, trust: Trust | None) -> socket.socket:
    # Here, not above: most servers are asked without it, every few seconds.
    from netchat.client.connection.tls_blocking import UntrustedServerError, start_tls

    try:
        return start_tls(plain, address, trust)
    except UntrustedServerError as error:
        plain.close()
        raise UnhealthyError(str(error)) from error


def _receive(connection: socket.socket) -> bytes:
    """Return what comes until the server closes, or up to where it stops making sense."""
    answer = b""
    while len(answer) < _MAX_ANSWER and (data := connection.recv(_MAX_ANSWER)):
        answer += data
    return answer


def _decode(answer: bytes) -> Sequence[AnyEvent]:
    """Return what the server says in `heard`; nothing if that is not how one speaks."""
    try:
        lines = answer.removeprefix(PROMPT).splitlines()
        return [msgspec.json.decode(line, type=AnyEvent) for line in lines]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
