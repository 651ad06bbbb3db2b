"""Answer what a logged-in client asks about the chat as it is now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from netchat.chat.chat import Chat
from netchat.chat.questions import NOT_IN_ROOM, ask
from netchat.chat.quiet import quiet_names
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant, Room
from netchat.dialects.text.client_commands import not_here
from netchat.model.answers import Help, Names, Pong, Topic
from netchat.model.requests import (
    CURRENT_ROOM,
    ClientCommand,
    GetHelp,
    GetNames,
    GetRooms,
    GetTopic,
    Hello,
    Ping,
    Request,
)

QUERIES = (ClientCommand, GetHelp, GetNames, GetRooms, GetTopic, Hello, Ping)
"""The requests that are answered here."""


def answer_query(
    chat: Chat, participant: Participant, request: Request, find: Callable[[str], Room]
) -> None:
    """Answer `request` of `participant` behind all earlier ones.

    `find` returns the room of a name that the participant is in, or raises RefusedError.
    """
    match request:
        case Hello():
            raise RefusedError("bad-request", "You have said hello already.")
        case GetTopic():
            here = find(CURRENT_ROOM)
            refused = request.refuse("not-in-room", NOT_IN_ROOM)
            ask(chat, participant, here, lambda: Topic(here.name, here.topic), refused)
        case GetNames():
            room = find(request.room)
            refused = request.refuse("not-in-room", NOT_IN_ROOM)
            ask(chat, participant, room, partial(_names, chat, room), refused)
        case GetRooms():
            chat.ask(participant, lambda: chat.list_rooms(participant))
        case Ping():
            nonce = request.nonce or ""
            chat.ask(participant, lambda: Pong(nonce, chat.trouble))
        case GetHelp():
            topic = request.topic
            chat.ask(participant, lambda: Help(topic))
        case ClientCommand():
            raise RefusedError("unknown-type", not_here(request.word))


def _names(chat: Chat, room: Room) -> Names:
    site = chat.presence.site
    return Names(room.name, room.names, site.as_of if site else 0.0, quiet_names(room))
