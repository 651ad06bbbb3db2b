"""What is asked of the server. Source: RFC 2812 section 3.4, https://modern.ircdocs.horse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.masks import is_match
from netchat.session.irc.command import Command
from netchat.session.irc.greeting import NETWORK, VERSION, isupport_lines, lusers_lines, motd_lines
from netchat.session.irc.view import operators_here

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

OPERATORS_ARE_MADE = "Operators are made by others, or at the shell: netchat admin operator add"

Lines = Callable[["IrcClient"], Iterator[bytes]]


def _of_this_server(lines: Lines) -> Callable[[IrcClient, Message], None]:
    """Return a command that answers `lines`, unless another server is asked."""

    def execute(client: IrcClient, message: Message) -> None:
        server = message.parameters[0] if message.parameters else ""
        if not server or is_match(server, client.dialects.view.server) or _is_here(client, server):
            client.answer(lambda: lines(client))
        else:
            client.reply("402", server, "No such server")

    return execute


def _is_here(client: IrcClient, nick: str) -> bool:
    """Return whether `nick` is somebody, who stands for the server on which they are."""
    return client.chat.participants.find(nick) is not None


def version(client: IrcClient) -> Iterator[bytes]:
    """Yield which program the server is, and what it can do."""
    view = client.dialects.view
    yield client.personal.numeric("351", VERSION, view.server, "One chat for all programs")
    yield from isupport_lines(client)


def time(client: IrcClient) -> Iterator[bytes]:
    """Yield the time."""
    view = client.dialects.view
    yield client.personal.numeric("391", view.server, view.time_text(client.chat.time()))


def admin(client: IrcClient) -> Iterator[bytes]:
    """Yield whom to ask for help."""
    numeric, server = client.personal.numeric, client.dialects.view.server
    names = ", ".join(who.name for who in operators_here(client.chat))
    yield numeric("256", server, "Administrative info")
    yield numeric("257", f"Operators who are here: {names or 'none'}")
    yield numeric("258", f"{NETWORK} on {server}")


def info(client: IrcClient) -> Iterator[bytes]:
    """Yield what this server is."""
    numeric = client.personal.numeric
    yield numeric("371", f"{VERSION}: one chat for IRC, terminals, browsers and programs")
    yield numeric("371", "What is said is kept: who comes back gets what they have missed")
    yield numeric("374", "End of /INFO list")


def links(client: IrcClient, message: Message) -> None:
    """Show no other server: the servers of a site are one for their clients."""
    client.reply("365", "*", "End of /LINKS list")


def lusers(client: IrcClient, message: Message) -> None:
    """Show how many are here."""
    client.answer(lambda: lusers_lines(client))


def stats(client: IrcClient, message: Message) -> None:
    """Show nothing: figures of the server are for its operators."""
    client.reply("219", message.parameters[0], "End of /STATS report")


def users(client: IrcClient, message: Message) -> None:
    """Refuse to tell who is logged in to the machine of the server."""
    client.reply("446", "USERS has been disabled")


def oper(client: IrcClient, message: Message) -> None:
    """Refuse: who is an operator follows from their account."""
    client.reply("491", OPERATORS_ARE_MADE)


COMMANDS = {
    "ADMIN": Command(_of_this_server(admin)),
    "INFO": Command(_of_this_server(info)),
    "LINKS": Command(links),
    "LUSERS": Command(lusers),
    "MOTD": Command(_of_this_server(motd_lines)),
    "OPER": Command(oper, 2),
    "STATS": Command(stats, 1),
    "TIME": Command(_of_this_server(time)),
    "USERS": Command(users),
    "VERSION": Command(_of_this_server(version)),
}
