"""What can be written on the command line of `netchat`, and what each thing means."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from netchat import __version__
from netchat.client.address import Address, parse_address
from netchat.client.lines import is_wire_name

_EXAMPLES = """\
examples:
  netchat chat.example.org                      talk, on port 5001
  netchat '[::1]:6001' --name Alice --room dev  an IPv6 address, another port; no questions
  echo "deploy done" | netchat HOST --name ci   say a line, and leave
  netchat HOST --name log --follow </dev/null   print what is said, until stopped
  netchat health [HOST[:PORT]]                  exit code 0 if the server answers, 1 if not

In the chat: /help shows the commands, Tab completes names and commands, 'exit' leaves.
In a pipe: lines come out on stdout, what is refused on stderr; exit code 1 if anything was.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; `name` and `room` are "" if it does not say them."""

    address: Address
    name: str
    room: str
    tls: bool
    ca: Path | None
    fingerprint: bytes | None
    plain: bool
    follow: bool
    replay: bool
    timestamps: bool


def parse_options(argv: Sequence[str] | None) -> Options:
    """Return what the command line `argv` says; SystemExit with code 2 if it makes no sense."""
    parser = _parser()
    given = vars(parser.parse_args(argv))
    try:
        given["address"] = parse_address(given["address"])
        given["name"] = _parse_word("name", given["name"])
        given["room"] = _parse_word("room", given["room"])
        given["fingerprint"] = _parse_fingerprint(given["fingerprint"])
    except ValueError as error:
        parser.exit(2, f"netchat: {error}\n")
    given["tls"] = given["tls"] or bool(given["ca"] or given["fingerprint"])
    return Options(**given)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with one sentence."""
        self.exit(2, f"netchat: {message}; netchat --help shows what can be given.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="netchat",
        description="Join a netchat server: a prompt on a terminal, plain lines in a pipe.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("address", metavar="HOST[:PORT]", help="where the server is")
    parser.add_argument("--name", help="your name in the chat")
    parser.add_argument("--room", help="the room to be in")
    parser.add_argument("--version", action="version", version=f"netchat {__version__}")
    _add_security(parser.add_argument_group("security"))
    _add_looks(parser.add_argument_group("in a pipe"))
    return parser


def _add_security(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--tls", action="store_true", help="use TLS, and trust this system's CAs")
    group.add_argument(
        "--ca", metavar="FILE", type=Path, help="use TLS, and trust the CA, or the server, in FILE"
    )
    group.add_argument(
        "--fingerprint",
        metavar="SHA256",
        help="use TLS, and trust the one certificate that has this SHA-256 (64 hex digits)",
    )


def _add_looks(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--plain", action="store_true", help="plain lines, on a terminal too")
    group.add_argument("--follow", action="store_true", help="stay after the end of the input")
    group.add_argument("--replay", action="store_true", help="print what was said before, too")
    group.add_argument(
        "--timestamps", action="store_true", help="put the time before each line, [HH:MM]"
    )


def _parse_word(what: str, text: str | None) -> str:
    if text is not None and not is_wire_name(text):
        raise ValueError(f"{text!r} is no {what}; use letters, digits and _ . - only.")
    return text or ""


def _parse_fingerprint(text: str | None) -> bytes | None:
    if text is None:
        return None
    digits = text.replace(":", "")
    if not re.fullmatch("[0-9A-Fa-f]{64}", digits):
        raise ValueError(f"{text!r} is no SHA-256; give its 64 hex digits, with or without colons.")
    return bytes.fromhex(digits)
