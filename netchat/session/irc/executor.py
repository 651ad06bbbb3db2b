"""Executes the messages of a logged-in client of IRC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.dialects.framing import TooLong
from netchat.dialects.irc.message import BadMessageError, Message, parse
from netchat.dialects.irc.plain import parse_plain
from netchat.dialects.irc.refusals import context
from netchat.dialects.irc.replies import LabelBegin, LabelEnd
from netchat.model.events import Refused
from netchat.session import private
from netchat.session.irc import offer
from netchat.session.irc.commands import COMMANDS
from netchat.session.irc.greeting import greet
from netchat.session.irc.playback import mark_rooms
from netchat.session.naming import may_only_listen

if TYPE_CHECKING:
    from netchat.model.limits import Limits
    from netchat.model.requests import Hello
    from netchat.session.irc.client import IrcClient
    from netchat.session.irc.command import Command

TOO_LONG = "That line is too long, so nobody saw it; send shorter ones"


class IrcExecutor:
    """Takes the messages of `client`."""

    __slots__ = ("_client",)

    def __init__(self, client: IrcClient) -> None:
        self._client = client

    def begin(self, hello: Hello, rooms: Sequence[str]) -> None:
        """Greet the client; `rooms` is empty, because it joins rooms itself."""
        greet(self._client)
        private.begin(self._client.chat, self._client.who, hello)

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        offer.apply_limits(self._client, limits)

    def end(self) -> None:
        """Mark what the client was sent as read, unless it does that itself."""
        mark_rooms(self._client)

    def receive_whole_lines(self, data: bytes) -> bool:
        """Process whole lines if all of them say plain text in one room; else return False."""
        client = self._client
        request = parse_plain(data)
        if request is None or may_only_listen(client.who, client.limits):
            return False
        return client.executor.say_lines(request)

    def receive_line(self, line: bytes | TooLong) -> bool:
        """Process one line; return whether the next may follow at once."""
        client = self._client
        if isinstance(line, TooLong):
            client.reply("417", TOO_LONG)
            return True
        try:
            message = parse(line)
        except BadMessageError as error:
            self._refuse(error)
            return True
        if message is None:
            return True
        command = COMMANDS.get(message.command)
        label = client.label(message)
        later = command and command.answers_later and not command.lacks_parameters(message)
        if label and not later:
            client.tell(LabelBegin(label))
            self._execute(message, command)
            client.tell(LabelEnd())
        else:
            self._execute(message, command)
        return command is None or not command.is_expensive

    def _execute(self, message: Message, command: Command | None) -> None:
        client = self._client
        if command is None:
            client.reply("421", message.command, "Unknown command")
        elif command.lacks_parameters(message):
            client.reply("461", message.command, "Not enough parameters")
        else:
            try:
                command.execute(client, message)
            except RefusedError as error:
                about = context(message.command, *message.parameters[:1])
                client.refuse(Refused(error.code, error.message, about))

    def _refuse(self, error: BadMessageError) -> None:
        client = self._client
        if error.code == "INVALID_UTF8":
            sentence = "That is not UTF-8, so nobody saw it; set your client to UTF-8"
            client.fail("*", error.code, sentence)
        else:
            client.reply("417", TOO_LONG)
