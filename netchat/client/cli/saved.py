"""`netchat save`, `netchat forget`, and the saved names in the place of a HOST.

A saved name without a port stands for its server; HOST:PORT is always a host.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from netchat.client.cli.arguments import (
    ADDRESS,
    add_login_options,
    parse_single_word,
    parse_trust,
    parse_with_port,
)
from netchat.client.connection.address import Address, parse_host_and_port
from netchat.client.settings.saved_servers import SavedServers, can_be_saved, check_saved_name
from netchat.client.settings.settings_file import SettingsFile, SettingsFileError
from netchat.commandline.parser import Parser

_TRUST = ("tls", "ca", "fingerprint")
_FILES = ("ca", "password_file", "account_password_file")
_EXAMPLES = """\
examples:
  netchat save class chat.example.org --tls --name Ann
  netchat save home 192.0.2.7 6001 --room lobby --room dev
  netchat class

`netchat` lists what is saved, `netchat forget NAME` removes it. Where a HOST is expected, the name
is enough, also for netchat say, tail and health; what is given beside it comes first. A host of the
same name is reached as NAME:PORT. No password is saved, but the name of the file that has it.
"""


def apply_saved(given: dict[str, Any], port: str | None) -> Address | None:
    """If `given` names a saved server, complete it with what is saved, and return the address.

    What was given on the command line stays; a part of the trust replaces all that is saved of it.
    Raises ValueError if what is saved cannot be used, or if a saved name was mistyped.
    """
    if port is not None:
        return None
    try:
        servers = SavedServers(SettingsFile.of_user())
        saved = servers.find(given["address"])
        if saved is None and can_be_saved(given["address"]) and (names := servers.names()):
            # Imported here because it loads what the first question must not wait for.
            from netchat.client.cli.mistyped import check_not_mistyped

            check_not_mistyped(given["address"], names)
    except SettingsFileError as error:
        raise ValueError(f"{error}; correct that, or give the server as HOST:PORT.") from error
    if saved is None:
        return None
    trusted = any(given[option] for option in _TRUST)
    for option, value in saved.items():
        if option in given and not given[option] and not (trusted and option in _TRUST):
            given[option] = Path(value) if option == "ca" else value
    return parse_host_and_port(saved["address"], None)


def make_save_parser() -> Parser:
    """Return the parser of `netchat save`."""
    parser = Parser("netchat save", "Save a server, and how to reach it, under a name.", _EXAMPLES)
    parser.add_argument("saved_name", metavar="NAME", help="what you want to call it")
    parser.add_argument("address", metavar=ADDRESS, help="where the server is")
    add_login_options(parser, several_rooms=True)
    return parser


def make_forget_parser() -> Parser:
    """Return the parser of `netchat forget`."""
    parser = Parser("netchat forget", "Remove a saved server.", "")
    parser.add_argument("saved_name", metavar="NAME", help="the name under which it is saved")
    return parser


def save(arguments: Sequence[str], commands: Collection[str]) -> int:
    """Run `netchat save`; `commands` are the names of netchat's. Return the exit code."""
    parser = make_save_parser()
    given, port = parse_with_port(parser, lambda: parser.parse_known_intermixed_args(arguments))
    name = given.pop("saved_name")
    try:
        check_saved_name(name, commands)
        given["address"] = _as_typed(given["address"], port)
        parse_single_word("name", given["name"])
        for room in given["rooms"]:
            parse_single_word("room", room)
        parse_trust(dict(given), parse_host_and_port(given["address"], None))
        for option in _FILES:
            given[option] = given[option] and os.path.abspath(given[option])
        replaced = SavedServers(SettingsFile.of_user()).save(name, given)
    except ValueError as error:
        parser.refuse(error)
    except SettingsFileError as error:
        parser.refuse(f"{error}; correct that.")
    was = f"; it was {_shown_address(replaced)}" if replaced else ""
    output = parser.output()
    output.print(f"Saved: `netchat {name}` connects to {describe(given)}{was}.")
    return output.close(0)


def forget(arguments: Sequence[str]) -> int:
    """Run `netchat forget`; return the exit code."""
    parser = make_forget_parser()
    name = parser.parse_args(arguments).saved_name
    try:
        if not SavedServers(SettingsFile.of_user()).forget(name):
            parser.refuse(f"No server is saved as {name!r}; `netchat` lists those that are.")
    except SettingsFileError as error:
        parser.refuse(f"{error}; correct that.")
    return 0


def list_saved() -> list[str]:
    """Return the lines that list the saved servers, none if there is none.

    Raises SettingsFileError if they cannot be read.
    """
    servers = SavedServers(SettingsFile.of_user()).all()
    width = max(map(len, servers), default=0)
    return [f"  netchat {name:<{width}}  {describe(saved)}" for name, saved in servers.items()]


def describe(saved: Mapping[str, Any]) -> str:
    """Return where a saved server is, and as what it is entered."""
    parts = [_shown_address(saved)]
    if any(saved.get(option) for option in _TRUST):
        parts.append("with TLS")
    if name := saved.get("name"):
        parts.append(f"as {name}")
    if rooms := saved.get("rooms"):
        parts.append(f"in {', '.join(rooms)}")
    return " ".join(parts)


def _shown_address(saved: Mapping[str, Any]) -> str:
    """Return the address without the password that may be in it."""
    try:
        return str(parse_host_and_port(saved["address"], None))
    except ValueError:
        return "an address that is wrong"


def _as_typed(text: str, port: str | None) -> str:
    """Return the address in `text` and `port` as one text; ValueError if it is none."""
    address = parse_host_and_port(text, port)
    return str(address) if "://" not in text else text
