"""What a client is sent when its registration has succeeded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat import __version__
from netchat.dialects.irc.isupport import AnnouncedLimits, isupport_tokens, lines
from netchat.dialects.irc.spoken import MAX_LINE
from netchat.model.requests import MAX_HISTORY, MAX_TOPIC
from netchat.model.state_requests import MAX_REASON
from netchat.session.irc import moderation, modes, monitor
from netchat.session.irc.own import USER_MODES
from netchat.session.irc.relay import DENIED_TAGS, MAX_TARGETS
from netchat.session.irc.view import MAX_REALNAME, operators_here
from netchat.state.moderation_rules import MAX_RESTRICTIONS

if TYPE_CHECKING:
    from netchat.session.irc.client import IrcClient

NETWORK = "netchat"
VERSION = f"netchat-{__version__}"
CHANNEL_MODES = "Wbimnoruv"


def greet(client: IrcClient) -> None:
    """Send the welcome."""
    client.answer(lambda: _welcome(client))


def _welcome(client: IrcClient) -> Iterator[bytes]:
    numeric, view = client.personal.numeric, client.personal.dialect.writer.view
    source = view.source(client.who.name)
    yield numeric("001", f"Welcome to the {NETWORK} IRC Network {source}")
    yield numeric("002", f"Your host is {view.server}, running version {VERSION}")
    yield numeric("003", "This server keeps what is said")
    yield numeric("004", view.server, VERSION, USER_MODES, CHANNEL_MODES, "Wbov")
    yield from isupport_lines(client)
    yield from lusers_lines(client)
    yield from motd_lines(client)


def isupport_lines(client: IrcClient) -> Iterator[bytes]:
    """Yield what the server can do, and its limits."""
    for tokens in lines(isupport_tokens(_announced(client))):
        yield client.personal.numeric("005", *tokens, "are supported by this server")


def _announced(client: IrcClient) -> AnnouncedLimits:
    return AnnouncedLimits(
        network=NETWORK,
        line_bytes=MAX_LINE,
        topic_bytes=MAX_TOPIC,
        away_bytes=MAX_REASON,
        kick_bytes=MAX_REASON,
        realname_bytes=MAX_REALNAME,
        history=MAX_HISTORY,
        monitor=monitor.MOST,
        channels=client.limits.conversation.max_rooms_per_guest,
        bans=MAX_RESTRICTIONS,
        modes=modes.MOST,
        channel_modes="b,,W,imnru",
        denied_tags=DENIED_TAGS,
        targets={
            "PRIVMSG": MAX_TARGETS,
            "NOTICE": MAX_TARGETS,
            "TAGMSG": MAX_TARGETS,
            "JOIN": 0,
            "PART": 0,
            "KICK": moderation.MOST,
            "NAMES": 0,
        },
    )


def motd_lines(client: IrcClient) -> Iterator[bytes]:
    """Yield the message of the day."""
    numeric, server = client.personal.numeric, client.dialects.view.server
    motd = client.limits.conversation.motd
    if not motd:
        yield numeric("422", "There is no message of the day")
        return
    yield numeric("375", f"- {server} Message of the day - ")
    for line in motd:
        yield numeric("372", f"- {line}")
    yield numeric("376", "End of /MOTD command")


def lusers_lines(client: IrcClient) -> Iterator[bytes]:
    """Yield how many are here."""
    numeric, chat = client.personal.numeric, client.chat
    count, most = chat.participants.people, chat.participants.most_people
    yield numeric("251", f"There are {count} users and 0 invisible on 1 servers")
    if operators := len(operators_here(chat)):
        yield numeric("252", str(operators), "operator(s) online")
    if rooms := chat.occupied_rooms:
        yield numeric("254", str(rooms), "channels formed")
    yield numeric("255", f"I have {count} clients and 0 servers")
    yield numeric("265", str(count), str(most), f"Current local users {count}, max {most}")
    yield numeric("266", str(count), str(most), f"Current global users {count}, max {most}")
