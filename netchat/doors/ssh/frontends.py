"""Which frontend serves a session: a terminal, a pipe, or a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netchat.dialects.jsonl import dialect as jsonl
from netchat.doors.ssh.commands import NO_SUBSYSTEM, CommandError, Say, parse_command
from netchat.doors.ssh.plain import PlainFrontend, RefusingFrontend
from netchat.doors.ssh.say import SayFrontend
from netchat.doors.ssh.tail import TailFrontend
from netchat.doors.ssh.terminal_modules import terminal_session
from netchat.model.names import BadNameError, check_name
from netchat.model.requests import Hello

if TYPE_CHECKING:
    from netchat.doors.ssh.frontend import Frontend
    from netchat.doors.ssh.link import SessionLink
    from netchat.doors.ssh.session_channel import Start
    from netchat.session.interfaces import InputDialect

AGENT = "ssh"
"""What owners are told of such a session of theirs."""


class Served(NamedTuple):
    """A session: what serves it, and how it logs in; without a `hello` it does not."""

    frontend: Frontend
    hello: Hello | None
    dialect: InputDialect


def serve(start: Start, link: SessionLink, text: InputDialect, lobby: str) -> Served:
    """Return what serves the session that `start` asks for; people without a terminal read `text`.

    A command that is given no room is about the `lobby`.
    """
    try:
        _check_name(link.name)
        if start.subsystem:
            raise CommandError(NO_SUBSYSTEM)
        if start.command is not None:
            return _serve_command(start.command, link, lobby)
    except CommandError as error:
        # A terminal is in raw mode, in which the client goes to no new row at a LF.
        end = "\r\n" if start.terminal else "\n"
        return Served(RefusingFrontend(link, f"{error}{end}"), None, jsonl)
    hello = Hello(link.name, agent=AGENT)
    if start.terminal is None:
        return Served(PlainFrontend(link), hello, text)
    term, columns, rows = start.terminal
    terminal = terminal_session(link, term, start.environment, columns, rows)
    return Served(terminal, hello, jsonl)


def _check_name(name: str) -> None:
    """Check the name, which is that of the user's account on their machine if they gave none."""
    try:
        check_name(name)
    except BadNameError as error:
        raise CommandError(f"{error} Give a name as in: ssh NAME@HOST") from None


def _serve_command(line: str, link: SessionLink, lobby: str) -> Served:
    command = parse_command(line)
    room = command.room or lobby
    after = None if isinstance(command, Say) or command.after is None else {room: command.after}
    hello = Hello(link.name, rooms=(room,), after=after, agent=AGENT, quiet=True)
    if isinstance(command, Say):
        return Served(SayFrontend(link, command.text), hello, jsonl)
    return Served(TailFrontend(link, command), hello, jsonl)
