"""What a frontend can ask of a conversation, with or without a connection."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.interfaces import LastRead, OpenRoom
from netchat.client.conversation.outbox import WINDOW


class ConversationClient:
    """The part of a `ChatClient` that only needs the state of `conversation`."""

    __slots__ = ("_conversation",)

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    @property
    def name(self) -> str:
        """The user's current name."""
        return self._conversation.roster.name

    @property
    def participants(self) -> Collection[str]:
        """The names in the room, as far as they are known."""
        room = self._conversation.rooms.room
        return room.members.names if room is not None else ()

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms, as far as they are known."""
        return self._conversation.roster.rooms

    @property
    def open_rooms(self) -> Sequence[OpenRoom]:
        """The rooms that the user is in, and their private talks, in the order of opening."""
        return self._conversation.rooms.open_rooms

    @property
    def has_entered(self) -> bool:
        """Whether the server has ever let the client in."""
        return self._conversation.has_entered

    @property
    def journal(self) -> str:
        """The identifier of the server's journal, to which line ids belong; "" if not known."""
        return self._conversation.rooms.journal

    @property
    def last_read(self) -> Mapping[str, LastRead]:
        """How far the user has read each room; the one that was entered last comes last."""
        return self._conversation.rooms.last_read

    @property
    def current(self) -> str:
        """The name of the room or talk that is shown, "" if there is none."""
        current = self._conversation.rooms.current
        return current.name if current is not None else ""

    @property
    def online(self) -> bool:
        """Whether the client is logged in at present."""
        return self._conversation.online

    @property
    def delay(self) -> float | None:
        """How many seconds the server took for the last ping, None if that is not known."""
        return self._conversation.pings.delay

    @property
    def leaving(self) -> bool:
        """Whether the client is saying goodbye."""
        return self._conversation.leaving

    @property
    def line_limit(self) -> int:
        """How many bytes of text the server accepts in a line, 0 for no limit."""
        return self._conversation.input.line_limit

    @property
    def can_send(self) -> bool:
        """Whether another line may be said: few enough wait to be stored."""
        return self._conversation.outbox.unstored < WINDOW

    def say(self, text: str) -> None:
        """Say `text`; while there is no connection, keep it until there is."""
        self._conversation.input.say(text)

    def say_text(self, text: str) -> None:
        """Say the line `text`, also if it would be a command, as `exit` is."""
        self._conversation.input.say_text(text)

    def go_to(self, name: str) -> None:
        """Show the open room or talk called `name`, or the only one whose name begins like that."""
        self._conversation.input.go_to(name)

    def go_to_next_news(self) -> None:
        """Show the next room or talk with mentions, or else with unread lines."""
        self._conversation.input.go_to_next_news()

    def leave_room(self, name: str) -> None:
        """Leave the room, or close the talk, called `name`; "" is the current one."""
        self._conversation.input.leave_room(name)

    def older(self) -> None:
        """Show the lines said before the oldest one that was shown of the current room."""
        self._conversation.input.older()

    def watch(self, words: Collection[str]) -> None:
        """Take lines with one of these `words` for mentions of the user, in any case."""
        self._conversation.input.watch(words)

    def own_with_password(self, password: str) -> None:
        """Add the new `password` to the proofs that the name is the user's."""
        self._conversation.input.own_with_password(password, self._conversation.channel)
