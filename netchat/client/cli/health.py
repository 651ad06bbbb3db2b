"""`netchat health`: check whether a server answers and can store lines.

It connects, pings and leaves without a login: no guest sees it, and the server logs nothing. A
server that cannot store lines reports it, and is unhealthy. It needs neither curl nor a shell, and
runs as any user, so it can be the health check of a container. By default it checks the server that
has written the file in NETCHAT_LISTENING_FILE, or else the address in NETCHAT_LISTEN.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import msgspec

from netchat.client.cli.arguments import (
    ADDRESS,
    ADDRESS_HELP,
    add_trust_options,
    parse_trust,
    parse_with_port,
)
from netchat.client.cli.local_server import TlsAddress, listening
from netchat.client.cli.saved import apply_saved
from netchat.client.connection.address import Address, WebAddress, parse_host_and_port
from netchat.client.connection.errors import UserFacingError, not_netchat
from netchat.client.connection.trust import Trust
from netchat.commandline.parser import Parser
from netchat.commandline.stderr import print_error
from netchat.dialects.jsonl.events import AnyEvent, Closing, Pong
from netchat.dialects.text.dialect import PROMPT
from netchat.model.lines import whole_lines
from netchat.model.sanitize import sanitize

if TYPE_CHECKING:
    from netchat.client.connection.websocket_blocking import BlockingWebSocket

_PROXY_HEADER = b"PROXY UNKNOWN\r\n"
"""Tells a server that expects a proxy that this connection has no client behind it."""
_REQUESTS = b'{"type":"ping"}\n{"type":"bye"}\n'
_MAX_ANSWER = 4096
TIMEOUT = 4.0
"""Seconds that one check may take."""
RETRY_INTERVAL = 0.25
"""Seconds between two checks while waiting for a server."""
_PURPOSE = (
    "Check that a server answers and can store lines; without HOST, the server on this host\n"
    "that has written NETCHAT_LISTENING_FILE or that NETCHAT_LISTEN names."
)
_EXIT_CODES = "Exit code 0: it answers and can store lines; 1: it does not, or cannot."


class UnhealthyError(Exception):
    """The server does not answer as it should; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for: the server's address, if given, and what to trust with TLS.

    `wait` is how many seconds to wait for a healthy server; `answers` tells whether a server is
    healthy that answers but cannot store lines.
    """

    address: Address | None
    trust: Trust | None
    wait: float
    answers: bool


def check(
    where: Address | str,
    timeout: float,
    *,
    proxied: bool = False,
    trust: Trust | None = None,
    answers: bool = False,
) -> None:
    """Check the server at `where`, an address or the path of a unix socket.

    `proxied` tells whether it expects a proxy; with `trust`, the check uses TLS; with `answers`, it
    need not be able to store lines.

    Raises UnhealthyError if it does not answer within `timeout` seconds as a netchat server does.
    """
    try:
        with _connect(where, timeout, trust) as connection:
            connection.sendall((_PROXY_HEADER if proxied else b"") + _REQUESTS)
            answer = _receive(connection)
    except UserFacingError as error:
        raise UnhealthyError(str(error)) from error
    except (socket.gaierror, UnicodeError) as error:
        host = where.host if isinstance(where, Address) else where
        raise UnhealthyError(f"There is no host called {host}; check the name.") from error
    except OSError as error:
        raise UnhealthyError(f"{where} does not answer: {error.strerror or error}.") from error
    if answer.startswith(b"! "):
        sentence = sanitize(answer[2:].decode(errors="replace")).strip()
        raise UnhealthyError(f"{where} refuses: {sentence}")
    match _decode(answer):
        case [Pong() as pong, Closing()] if pong.trouble and not answers:
            raise UnhealthyError(f"{where} cannot store what is said: {pong.trouble}")
        case [Pong(), Closing()]:
            return
    if isinstance(where, WebAddress):
        raise UnhealthyError(str(not_netchat(where)))
    plain = isinstance(where, Address) and not (trust or isinstance(where, TlsAddress))
    hint = "; check the port, and whether it needs --tls" if plain else ""
    raise UnhealthyError(f"{where} does not answer as a netchat server does{hint}.")


def make_parser() -> Parser:
    """Return the parser of `netchat health`."""
    parser = Parser("netchat health", _PURPOSE, _EXIT_CODES, error_code=1)
    parser.add_argument("address", metavar=ADDRESS, nargs="?", help=ADDRESS_HELP)
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=_seconds,
        default=0,
        help="check again for this long until it is healthy, as after its start",
    )
    parser.add_argument(
        "--answers",
        action="store_true",
        help="exit with 0 also if it cannot store lines: a restart would not help",
    )
    add_trust_options(parser.add_argument_group("security"))
    return parser


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line.

    A wrong command line raises SystemExit with code 1: Docker, whose health check this is, reserves
    2.
    """
    parser = make_parser()
    given, port = parse_with_port(parser, lambda: parser.parse_known_args(arguments))
    wait, answers = given.pop("wait"), given.pop("answers")
    try:
        address = None
        if given["address"] is not None:
            saved = apply_saved(given, port)
            address = saved or parse_host_and_port(given["address"], port)
        parse_trust(given, address)
    except ValueError as error:
        parser.refuse(error)
    del given["address"]
    trust = Trust(**given)
    if trust.tls and address is None:
        parser.error("--tls, --ca and --fingerprint go with a HOST")
    return Options(address, trust if trust.tls else None, wait, answers)


def main(arguments: Sequence[str]) -> int:
    """Check the server that `arguments` name, or the one of this environment.

    Return the exit code; a wrong command line raises SystemExit.
    """
    options = parse(arguments)
    end = time.monotonic() + options.wait
    while True:
        try:
            where, proxied = (options.address, False) if options.address else listening()
            check(
                where,
                TIMEOUT,
                proxied=proxied,
                trust=options.trust,
                answers=options.answers,
            )
        except (UnhealthyError, ValueError) as error:
            if time.monotonic() + RETRY_INTERVAL < end:
                time.sleep(RETRY_INTERVAL)
                continue
            print_error(f"netchat: {error}")
            return 1
        return 0


def _seconds(text: str) -> float:
    seconds = float(text) if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text) else -1
    if not (0 <= seconds < 1e6 and isfinite(seconds)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, such as 30")
    return seconds


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
    try:
        connection.connect(where)
    except OSError:
        connection.close()
        raise
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
