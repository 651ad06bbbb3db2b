"""The arguments that the command lines of the client have in common."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netchat.client.connection.address import Address, WebAddress
from netchat.commandline.parser import Parser
from netchat.model.words import is_single_word

ADDRESS = "HOST[:PORT]"
ADDRESS_HELP = (
    "where the server is; ws://HOST or wss://HOST for its WebSocket; or the name of a saved server"
)


def parse_with_port(
    parser: Parser, parse: Callable[[], tuple[argparse.Namespace, list[str]]]
) -> tuple[dict[str, Any], str | None]:
    """Return the arguments that `parse` finds, and the PORT that may follow them, as for nc.

    `parse` returns what is not recognized, too; anything but a number there is an error.
    """
    given, rest = parse()
    if len(rest) > 1 or not all(text.isdecimal() for text in rest):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return vars(given), rest[0] if rest else None


def parse_single_word(kind: str, text: str | None) -> str:
    """Return the name of a guest or a room (`kind`) in `text`; "" for None; or ValueError."""
    if text is not None and not is_single_word(text):
        raise ValueError(f"{text!r} is not a {kind}; use letters, digits and _ . - only.")
    return text or ""


def parse_trust(given: dict[str, Any], address: Address | None) -> None:
    """Turn the options `given` into the fields of a Trust; raise ValueError if they are wrong.

    At the `address` of a WebSocket, the scheme says whether to use TLS.
    """
    given["fingerprint"] = _parse_fingerprint(given["fingerprint"])
    given["tls"] = given["tls"] or bool(given["ca"] or given["fingerprint"])
    if isinstance(address, WebAddress):
        if given["tls"] and not address.secure:
            raise ValueError(f"{address} has no TLS; write wss:// for a server with TLS.")
        given["tls"] = address.secure


def add_server(parser: Parser) -> None:
    """Add the address of the server, or the name under which it is saved."""
    parser.add_argument("address", metavar=ADDRESS, help=ADDRESS_HELP)


def add_login_options(parser: Parser, *, several_rooms: bool = False) -> argparse._ArgumentGroup:
    """Add the name, the room or `several_rooms`, and a group with trust and passwords; return it.

    "rooms" is a list.
    """
    parser.add_argument("--name", help="your name in the chat")
    room_help = "the room to join"
    if several_rooms:
        room_help += "; several times for several rooms, the first one is shown"
    parser.add_argument(
        "--room", dest="rooms", metavar="ROOM", action="append", default=[], help=room_help
    )
    group = parser.add_argument_group("security")
    add_trust_options(group)
    group.add_argument(
        "--password-file",
        metavar="FILE",
        help="the server's password is the first line of FILE (default: $NETCHAT_PASSWORD_FILE)",
    )
    group.add_argument(
        "--account-password-file",
        metavar="FILE",
        help="the password of your own name is the first line of FILE "
        "(default: $NETCHAT_ACCOUNT_PASSWORD_FILE)",
    )
    return group


def add_trust_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that make a Trust."""
    group.add_argument("--tls", action="store_true", help="use TLS, and trust this system's CAs")
    group.add_argument(
        "--ca",
        metavar="FILE",
        type=Path,
        help="use TLS, and trust the CA or server certificate in FILE",
    )
    group.add_argument(
        "--fingerprint",
        metavar="SHA256",
        help="use TLS, and trust the one certificate that has this SHA-256 (64 hex digits)",
    )


def _parse_fingerprint(text: str | None) -> bytes | None:
    if text is None:
        return None
    digits = text.replace(":", "")
    if not re.fullmatch("[0-9A-Fa-f]{64}", digits):
        raise ValueError(f"{text!r} is not a SHA-256; give its 64 hex digits.")
    return bytes.fromhex(digits)
