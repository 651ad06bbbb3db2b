"""What the command lines of `netchat` have in common: the parser, and the options for TLS."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, NoReturn

from netchat.client.connection.address import Address, WebAddress


class Parser(argparse.ArgumentParser):
    """The parser of `program`'s command line; on an error it exits with `error_code`."""

    def __init__(self, program: str, purpose: str, examples: str, *, error_code: int = 2) -> None:
        super().__init__(
            prog=program,
            description=purpose,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self._error_code = error_code

    def error(self, message: str) -> NoReturn:
        """Exit with `message` and a hint at --help."""
        self.refuse(f"{message}; {self.prog} --help shows what can be given.")

    def refuse(self, sentence: object) -> NoReturn:
        """Exit with `sentence`."""
        self.exit(self._error_code, f"netchat: {sentence}\n")


ADDRESS = "HOST[:PORT]"
ADDRESS_HELP = "where the server is; ws://HOST or wss://HOST for its WebSocket"


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
