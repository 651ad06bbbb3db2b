"""The command lines of `netchat`, `netchat say` and `netchat tail`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from netchat import __version__
from netchat.client.cli.arguments import (
    add_login_options,
    add_server,
    parse_single_word,
    parse_trust,
    parse_with_port,
)
from netchat.client.cli.saved import apply_saved
from netchat.client.connection.address import Address, parse_host_and_port
from netchat.client.connection.trust import Trust
from netchat.commandline.parser import Parser

_EXAMPLES = """\
examples:
  netchat chat.example.org                      talk, on port 5001
  netchat chat.example.org 6001                 another port, as with nc; also HOST:6001
  netchat wss://chat.example.org                by WebSocket; HTTPS_PROXY is honoured
  netchat '[::1]:6001' --name Alice --room dev  an IPv6 address, another port; no questions
  netchat save class chat.example.org --tls     save a server, and how to reach it;
  netchat class                                 this is enough from then on
  echo "deploy done" | netchat HOST --name ci   say a line, and leave
  netchat HOST --name log --follow </dev/null   print what is said, until stopped

other commands:
  netchat                                       the saved servers
  netchat say HOST --name ci deploy done        say a line; exit code 0: it is stored
  netchat tail HOST --name log --follow         print what was said, and what is said from now on
  netchat health [HOST[:PORT]] [--tls]          exit code 0 if the server answers, 1 if not
  netchat help                                  all commands, also those for the operator

In the chat: /help shows the commands, Tab completes names and commands, 'exit' leaves.
In a pipe: the room's lines go to stdout, errors to stderr. Exit code 0: every line is stored, and
none of the output is lost.
After a lost connection, lines that were not stored are sent again, and stored once.
"""
_SAY_EXAMPLES = """\
examples:
  netchat say chat.example.org --name ci deploy done
  netchat say HOST --name ci --room ops "$(uptime)" || echo "nobody was told" >&2
  df -h | netchat say HOST --name disk

Each line is said as it is, also one that begins with /. Nothing is printed. Exit code 0: every line
is stored; 1: a line may not be, and one sentence on stderr says why. Until the timeout, a server
that cannot be reached or cannot store lines is tried again; no line is stored twice. A name that is
taken, and a server that takes nobody from here, are reported at once.
"""
_TAIL_EXAMPLES = """\
examples:
  netchat tail chat.example.org --name log                   the last 10 lines of the lobby
  netchat tail HOST --name log --room dev --last 0 --follow  what is said from now on
  netchat tail HOST --name log --room dev --after 1041 --json >> dev.jsonl

Each line of a room has a number, its id: 1, 2, 3. --json prints each as the JSON object that the
server sent, and a "gap" object for lines that the server no longer keeps. With --follow, it
reconnects when the connection breaks, and no line is missing or printed twice; interrupt it to end
it, with exit code 0. Exit code 1: a line could not be read or printed.
"""


@dataclass(frozen=True, slots=True)
class ConnectOptions(Trust):
    """Which server to connect to, and the name and the room there.

    `rooms` are those to join, in order, none if not given; `name`, `password` (the server's),
    `account_password` (that of the name) and `invitation` are "" if not given.
    """

    address: Address
    name: str
    rooms: tuple[str, ...]
    password: str = field(repr=False)
    account_password: str = field(repr=False)
    invitation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Options(ConnectOptions):
    """The command line of `netchat`."""

    plain: bool
    follow: bool
    replay: bool
    timestamps: bool


@dataclass(frozen=True, slots=True)
class SayOptions(ConnectOptions):
    """The command line of `netchat say`; `text` is None to read stdin."""

    text: str | None
    timeout: float


@dataclass(frozen=True, slots=True)
class TailOptions(ConnectOptions):
    """The command line of `netchat tail`; `after` is None for the `last` lines."""

    last: int
    after: int | None
    follow: bool
    json: bool


def parse_options(argv: Sequence[str] | None) -> Options:
    """Return the options in the command line `argv`; a wrong one raises SystemExit with code 2."""
    return Options(**_parse(make_parser(), argv, takes_port=True))


def make_parser() -> Parser:
    """Return the parser of the client."""
    parser = _parser(
        "netchat",
        "Join a netchat server: a prompt on a terminal, plain lines in a pipe.",
        _EXAMPLES,
        several_rooms=True,
    )
    parser.add_argument("--version", action="version", version=f"netchat {__version__}")
    group = parser.add_argument_group("in a pipe")
    group.add_argument("--plain", action="store_true", help="plain lines, on a terminal too")
    group.add_argument("--follow", action="store_true", help="stay after the end of the input")
    group.add_argument("--replay", action="store_true", help="print the room's earlier lines, too")
    group.add_argument(
        "--timestamps", action="store_true", help="put the time before each line, [HH:MM]"
    )
    return parser


def parse_say(argv: Sequence[str]) -> SayOptions:
    """Return the options in the command line `argv` of `netchat say`, or exit as above."""
    parser = make_say_parser()
    given = _parse(parser, argv, one_room=True)
    if not given["name"]:
        parser.error("a name must be given with --name NAME")
    if not given["timeout"] > 0:
        parser.error("--timeout must be more than 0 seconds")
    words = given.pop("text")
    text = None if words in ([], ["-"]) else " ".join(words)
    if text is not None and not text.strip():
        parser.error("there is nothing to say")
    return SayOptions(text=text, **given)


def make_say_parser() -> Parser:
    """Return the parser of `netchat say`."""
    parser = _parser("netchat say", "Say something on a netchat server, and leave.", _SAY_EXAMPLES)
    parser.add_argument(
        "text", metavar="TEXT", nargs="*", help="what to say; - or nothing to read stdin"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=30.0,
        help="give up when no line is stored for so long (default: 30)",
    )
    return parser


def parse_tail(argv: Sequence[str]) -> TailOptions:
    """Return the options in the command line `argv` of `netchat tail`, or exit as above."""
    # Imported here because it takes as long as the rest of the command line.
    from netchat.model.requests import MAX_HISTORY

    parser = make_tail_parser()
    given = _parse(parser, argv, takes_port=True, one_room=True)
    if not given["name"]:
        parser.error("a name must be given with --name NAME")
    if not 0 <= given["last"] <= MAX_HISTORY:
        parser.error(f"--last takes 0 to {MAX_HISTORY}; --after gives more lines")
    if given["after"] is not None and not 0 <= given["after"] < 2**53:
        parser.error("--after takes the id of a line, or 0 for all lines")
    return TailOptions(**given)


def make_tail_parser() -> Parser:
    """Return the parser of `netchat tail`."""
    from netchat.model.requests import MAX_HISTORY

    parser = _parser("netchat tail", "Print what was said on a netchat server.", _TAIL_EXAMPLES)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--last",
        metavar="N",
        type=int,
        default=10,
        help=f"the last N lines, 0 to {MAX_HISTORY} (default: 10)",
    )
    which.add_argument("--after", metavar="ID", type=int, help="all lines whose id is above ID")
    parser.add_argument("--follow", action="store_true", help="stay, and print what is said")
    parser.add_argument("--json", action="store_true", help="JSON, one object a line")
    return parser


def _parser(program: str, purpose: str, examples: str, *, several_rooms: bool = False) -> Parser:
    parser = Parser(program, purpose, examples)
    add_server(parser)
    group = add_login_options(parser, several_rooms=several_rooms)
    group.add_argument(
        "--invite",
        metavar="WORD",
        dest="invitation",
        default="",
        help="come in as a new member, by this invitation",
    )
    return parser


def _parse(
    parser: Parser,
    argv: Sequence[str] | None,
    *,
    takes_port: bool = False,
    one_room: bool = False,
) -> dict[str, Any]:
    port = None
    if takes_port:
        given, port = parse_with_port(parser, lambda: parser.parse_known_intermixed_args(argv))
    else:
        given = vars(parser.parse_intermixed_args(argv))
    if one_room and len(given["rooms"]) > 1:
        parser.error("--room goes with one room here")
    try:
        given["address"] = apply_saved(given, port) or parse_host_and_port(given["address"], port)
        given["name"] = parse_single_word("name", given["name"])
        given["rooms"] = tuple(parse_single_word("room", room) for room in given["rooms"])
        parse_trust(given, given["address"])
        for kind in ("password", "account_password"):
            given[kind] = _read_password(f"{kind}_file", given.pop(f"{kind}_file"))
    except ValueError as error:
        parser.refuse(error)
    return given


def _read_password(option: str, path: str | None) -> str:
    path = path or os.environ.get(f"NETCHAT_{option.upper()}")
    if not path:
        return ""
    # Imported here because it loads OpenSSL.
    from netchat.model.password import read_password

    try:
        return read_password(path)
    except ValueError as error:
        raise ValueError(f"--{option.replace('_', '-')} {error}.") from None
