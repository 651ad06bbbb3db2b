"""CTCP and TAGMSG: what clients of IRC tell each other's programs, live, and nobody stores.

Each message counts like a line in the rate limit of its sender, and needs what a line needs: its
sender may speak there, and is not ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

from netchat.chat.actions import require_speech
from netchat.chat.enforcement import mute_refusal
from netchat.chat.refusal import RefusedError, require
from netchat.chat.telling import find_person
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.relayed import RELAYED_TAGS, TAGMSG, Relayed, relayed_tags
from netchat.dialects.irc.replies import Personal
from netchat.model.events import Event, Refused
from netchat.model.names import equivalent
from netchat.model.requests import Tell
from netchat.session.irc.command import Command
from netchat.session.irc.targets import find_joined, is_channel
from netchat.session.naming import check_may_speak
from netchat.state.records import Account

if TYPE_CHECKING:
    from netchat.chat.room import Participant
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

MAX_TARGETS = 4
MAX_MEMBERS = 100
"""In a room with more members no tags are relayed: they would cost more than lines do."""
DENIED_TAGS = ",".join(["*", *(f"-{name.removeprefix('+')}" for name in sorted(RELAYED_TAGS))])
"""The tags that are not relayed, as ISUPPORT has them (CLIENTTAGDENY)."""


def tagmsg(client: IrcClient, message: Message) -> None:
    """Relay tags to rooms, or to people; of those that are not relayed nobody is told."""
    tags = relayed_tags(message.tags)
    for target in dict.fromkeys(message.parameters[0].split(",")[:MAX_TARGETS]):
        try:
            if tags:
                relay(client, TAGMSG, target, tags=tags)
        except RefusedError as error:
            client.refuse(Refused(error.code, error.message, f"{TAGMSG}\x1f{target}"))


def relay(
    client: IrcClient,
    command: str,
    target: str,
    *text: str,
    tags: tuple[tuple[str, str], ...] = (),
) -> None:
    """Relay a message to the room or the person `target`; or raise RefusedError."""
    chat, who = client.chat, client.who
    check_may_speak(Tell(to=target, text=command), who, client.limits)
    if is_channel(target):
        room = find_joined(client, target)
        require_speech(chat, who, room)
        target = channel_of(room.name)
        members = room.members
        recipients: Iterable[Participant] = members if len(members) <= MAX_MEMBERS else ()
    else:
        require(mute_refusal(chat.state, chat.time(), who))
        target, recipients = _find(client, target)
    event = _relayed(client, command, target, *text, tags=tags)
    chat.ask(who, partial(_deliver, client, event, recipients))


def relay_to_self(client: IrcClient, command: str, text: str) -> None:
    """Send the client its own message, which is for nobody else."""
    event = _relayed(client, command, client.who.name, text)
    client.tell(event)
    client.chat.ask(client.who, partial(_deliver, client, event, ()))


def _relayed(
    client: IrcClient,
    command: str,
    target: str,
    *text: str,
    tags: tuple[tuple[str, str], ...] = (),
) -> Relayed:
    parts = (client.who.name, target, *text, *(x for tag in tags for x in tag))
    number = crc32("\0".join(parts).encode()) or 1
    time = client.chat.time()
    return Relayed(client.who.name, command, (target, *text), time, number, tags)


def _find(client: IrcClient, target: str) -> tuple[str, Iterable[Participant]]:
    """Return the name of the person `target`, and their devices."""
    person = find_person(client.chat, target)
    if person is None:
        raise RefusedError("no-such-user", "No such nick")
    if isinstance(person, Account):
        return person.name, client.chat.participants.of_account(person.number)
    return person.name, (person,)


def _deliver(client: IrcClient, event: Relayed, recipients: Iterable[Participant]) -> Event | None:
    """Deliver `event` to `recipients`, and return what its sender is told."""
    for recipient in _readers(client, list(recipients)):
        if recipient is not client.who or equivalent(event.parameters[0], client.who.name):
            client.chat.deliver(event, recipient)
    if not client.has("echo-message"):
        return None
    return Relayed(
        event.name, event.command, event.parameters, event.time, event.number, event.tags, own=True
    )


def _readers(client: IrcClient, recipients: Iterable[Participant]) -> Iterator[Participant]:
    """Yield those of `recipients` who speak IRC, and are here, and do not ignore the client."""
    chat = client.chat
    for recipient in recipients:
        speaks_irc = isinstance(recipient.listener.personal, Personal)
        if (
            speaks_irc
            and recipient in chat.participants
            and not recipient.detached
            and not chat.ignoring.ignores_name(recipient, client.who.name)
        ):
            yield recipient


COMMANDS = {TAGMSG: Command(tagmsg, 1)}
