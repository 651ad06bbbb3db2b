"""The `netchat` command: the client, unless its first argument names another command.

A server with the name of a command is reached as NAME:PORT. Without arguments it connects nowhere:
it lists the saved servers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

from netchat.commandline.output import Output
from netchat.commandline.parser import Parser
from netchat.commandline.stderr import print_error
from netchat.model.lines import lines_of

CLIENT = ("netchat.client.cli.options", "make_parser")
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "say": ("netchat.client.cli.options", "make_say_parser"),
        "tail": ("netchat.client.cli.options", "make_tail_parser"),
        "health": ("netchat.client.cli.health", "make_parser"),
        "save": ("netchat.client.cli.saved", "make_save_parser"),
        "forget": ("netchat.client.cli.saved", "make_forget_parser"),
        "admin": ("netchat.admin.console.parser", "make_parser"),
        "invite": ("netchat.admin.console.parser", "make_invite_parser"),
        "backup": ("netchat.admin.backup", "make_parser"),
        "cert": ("netchat.admin.cert", "make_parser"),
        "export": ("netchat.admin.export", "make_parser"),
        "verify": ("netchat.admin.verify", "make_parser"),
        "completion": ("netchat.commandline.manual", "make_completion_parser"),
        "man": ("netchat.commandline.manual", "make_man_parser"),
        "help": ("netchat.command", "make_help_parser"),
    }
)
"""The commands beside the client: the module of the parser, and the function that makes it."""
TOOLS = {
    "save": ("netchat.command", "save"),
    "forget": ("netchat.client.cli.saved", "forget"),
    "admin": ("netchat.admin.console.main", "main"),
    "invite": ("netchat.admin.console.main", "invite"),
    "backup": ("netchat.admin.backup", "main"),
    "cert": ("netchat.admin.cert", "main"),
    "export": ("netchat.admin.export", "main"),
    "verify": ("netchat.admin.verify", "main"),
    "completion": ("netchat.commandline.manual", "print_completion"),
    "man": ("netchat.commandline.manual", "print_man_page"),
}
"""The function that runs a command; the others are commands of the client."""
_FIRST_STEPS = """\
netchat is a chat for private networks; no server is saved yet.

  netchat HOST                  talk, on port 5001; HOST 6001 for another port
  netchat HOST --tls            the same over TLS
  netchat save class HOST       save a server; then `netchat class` is enough
  netchat say HOST TEXT         say a line, and leave: for scripts
  netchat tail HOST --follow    print what is said
  twistd -n netchat             start a server here

`netchat --help` explains the options; `netchat help` shows all commands."""
_MORE = """
`netchat save NAME HOST` saves one more, `netchat forget NAME` removes one;
`netchat help` shows all commands."""
_SERVER = """\
The server:
  twistd -n netchat [options]
  `twistd netchat --help` shows its options.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in the arguments `argv` (None: the process's); return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments:
        return _list_servers()
    if arguments[0] == "help":
        return _help(arguments[1:])
    # Imported when needed, because they need different packages.
    if arguments[0] in TOOLS:
        return _run(TOOLS[arguments[0]], arguments[1:])
    return _run(("netchat.client.cli.command", "main"), arguments)


def save(arguments: Sequence[str]) -> int:
    """Run `netchat save`; return the exit code."""
    from netchat.client.cli import saved

    return saved.save(arguments, COMMANDS)


def make_client_parser() -> Parser:
    """Return the parser of the client."""
    return _make(CLIENT)


def make_parser_of(command: str) -> Parser:
    """Return the parser of `command`, one of COMMANDS."""
    return _make(COMMANDS[command])


def make_help_parser() -> Parser:
    """Return the parser of `netchat help`."""
    parser = Parser("netchat help", "Show the help of all commands, or all of one.", "")
    parser.add_argument(
        "command", metavar="COMMAND", nargs="?", choices=tuple(COMMANDS), help=", ".join(COMMANDS)
    )
    return parser


def overview() -> str:
    """Return how each command is called, and what it is for."""
    parts = [_summary(make_client_parser()), *(_summary(make_parser_of(name)) for name in COMMANDS)]
    return "\n".join([*parts, "`netchat help COMMAND` explains the arguments.\n", _SERVER])


def _help(arguments: Sequence[str]) -> int:
    command = make_help_parser().parse_args(arguments).command
    if command is None:
        return _print(overview().rstrip("\n"), code=0)
    make_parser_of(command).parse_args(["--help"])
    return 0


def _list_servers() -> int:
    """List the saved servers, or print the first steps if there are none; return the exit code.

    It is no success: a script whose variable with the address is empty has said nothing.
    """
    from netchat.client.cli import saved
    from netchat.client.settings.settings_file import SettingsFileError

    try:
        servers = saved.list_saved()
    except SettingsFileError as error:
        print_error(f"netchat: {error}; correct that.")
        return 2
    if not servers:
        return _print(_FIRST_STEPS, code=2)
    return _print("\n".join(["Saved servers:", *servers, _MORE]), code=2)


def _print(text: str, code: int) -> int:
    output = Output()
    output.print(text)
    return output.close(code)


def _summary(parser: Parser) -> str:
    purpose = "".join(f"  {line}\n" for line in lines_of(parser.description or ""))
    return parser.format_usage().removeprefix("usage: ").replace("\n       ", "\n") + purpose


def _make(place: tuple[str, str]) -> Parser:
    parser = _load(place)()
    assert isinstance(parser, Parser), f"{place} makes a parser"
    return parser


def _run(place: tuple[str, str], arguments: Sequence[str]) -> int:
    code = _load(place)(arguments)
    assert isinstance(code, int), f"{place} returns an exit code"
    return code


def _load(place: tuple[str, str]) -> Callable[..., object]:
    module, name = place
    function: Callable[..., object] = getattr(import_module(module), name)
    return function
