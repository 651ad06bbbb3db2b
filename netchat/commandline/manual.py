"""`netchat man` and `netchat completion`: print files for man and for the user's shell.

The files are made from the parsers of all commands, by `make docs`, and are part of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from netchat.commandline.parser import Parser

FOLDER = "manual"
"""The folder of the files, beside this module."""
MAN_PAGE = "netchat.1"
SHELLS = ("bash", "zsh", "fish")
_INSTALLED = """\
examples:
  netchat completion bash > ~/.local/share/bash-completion/completions/netchat
  netchat completion zsh > ~/.zfunc/_netchat       (a directory in $fpath, before compinit)
  netchat completion fish > ~/.config/fish/completions/netchat.fish
"""
_READ = """\
examples:
  netchat man | man -l -
  netchat man > ~/.local/share/man/man1/netchat.1  (then `man netchat` shows it)
"""


def completion_file(shell: str) -> str:
    """Return the name of the file with the completion for `shell`, one of SHELLS."""
    return f"netchat.{shell}"


def make_completion_parser() -> Parser:
    """Return the parser of `netchat completion`."""
    parser = Parser("netchat completion", "Print the completion for a shell.", _INSTALLED)
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
    return parser


def make_man_parser() -> Parser:
    """Return the parser of `netchat man`."""
    return Parser("netchat man", "Print the manual page, netchat(1).", _READ)


def print_completion(arguments: Sequence[str]) -> int:
    """Print the completion for the shell that `arguments` name; return the exit code."""
    parser = make_completion_parser()
    return _print(parser, completion_file(parser.parse_args(arguments).shell))


def print_man_page(arguments: Sequence[str]) -> int:
    """Print the manual page; return the exit code."""
    parser = make_man_parser()
    parser.parse_args(arguments)
    return _print(parser, MAN_PAGE)


def _print(parser: Parser, name: str) -> int:
    output = parser.output()
    output.write((files(__package__) / FOLDER / name).read_bytes())
    return output.close(0)
