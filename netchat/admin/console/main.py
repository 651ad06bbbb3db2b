"""`netchat admin` and `netchat invite`: carry out one command, and print the answer."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from netchat.admin.arguments import report_error
from netchat.admin.console.commands import COMMANDS, invitation
from netchat.admin.console.doctor import examine
from netchat.admin.console.link import Link, RefusedError, reach
from netchat.admin.console.parser import make_invite_parser, make_parser, with_directory
from netchat.admin.console.spoken import export, forget
from netchat.admin.console.text import lines_for
from netchat.commandline.output import Output
from netchat.console.requests import AnyConsoleRequest
from netchat.journal.interface import JournalError

_encode = msgspec.json.Encoder().encode


def main(arguments: Sequence[str]) -> int:
    """Carry out the command in `arguments` of `netchat admin`; return the exit code."""
    parser = make_parser()
    given = parser.parse_args(with_directory(arguments))
    output = parser.output()
    if given.command == "doctor":
        code = examine(given.directory, output, time.time(), as_json=given.json)
    elif given.command == "export":
        code = _reach(given, output, lambda link: export(link, given.directory, given.name, output))
    elif given.command == "forget":
        code = _reach(given, output, partial(_forget, given, output))
    else:
        try:
            request = COMMANDS[given.command].request(given)
        except ValueError as error:
            parser.refuse(error)
        code = _reach(given, output, partial(_ask, given, request, output))
    return output.close(code)


def invite(arguments: Sequence[str]) -> int:
    """Make the invitation in `arguments` of `netchat invite`; return the exit code."""
    parser = make_invite_parser()
    given = parser.parse_args(arguments)
    output = parser.output()
    return output.close(_reach(given, output, partial(_ask, given, invitation(given), output)))


def _reach(given: Namespace, output: Output, act: Callable[[Link], None]) -> int:
    """Call `act` with what is at `given.directory`; return the exit code."""
    create = given.command == "operator" if "command" in given else False
    try:
        with reach(given.directory, time.time, create=create) as link:
            act(link)
    except RefusedError as error:
        report_error(str(error))
        if given.json:
            _print_json(output, type="error", code=error.code, message=str(error))
        return 1
    except JournalError as error:
        report_error(str(error))
        return 2
    return 0


def _ask(given: Namespace, request: AnyConsoleRequest, output: Output, link: Link) -> None:
    empty = True
    for row in link.ask(request):
        empty = False
        if given.json:
            output.write(_encode(row) + b"\n")
        else:
            for line in lines_for(row):
                output.print(line)
        if output.failed:
            return
    if link.message:
        _print_message(given, output, link.message)
    elif empty and not given.json:
        output.print("There are none.")


def _forget(given: Namespace, output: Output, link: Link) -> None:
    _print_message(given, output, forget(link, given.directory, given.name, at_once=given.now))


def _print_message(given: Namespace, output: Output, message: str) -> None:
    if given.json:
        _print_json(output, type="done", message=message)
    else:
        output.print(message)


def _print_json(output: Output, **fields: str) -> None:
    output.write(_encode(fields) + b"\n")
