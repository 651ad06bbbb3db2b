"""What the user types, and how they move between rooms: it becomes requests in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Collection

from netchat.client.conversation.account import password_refusal
from netchat.client.conversation.commands import Commands, size_problem
from netchat.client.conversation.display_lines import Refusal
from netchat.client.conversation.login import Target
from netchat.client.conversation.moves import Moves
from netchat.client.conversation.outbox import PAGE_UP
from netchat.client.conversation.room_context import RoomContext
from netchat.client.conversation.server_link import Channel
from netchat.model import events
from netchat.model.requests import (
    CURRENT_ROOM,
    Bye,
    ClientCommand,
    GetHistory,
    Leave,
    MoreHistory,
    Request,
    Say,
)
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import Own

ONE_ROOM = "Here you are in one room; leave it for another one with /join ROOM."
_AROUND = 10
"""How many lines are shown before and after a line that was found."""


class UserInput:
    """Moves the user, and queues what they type; `changed` is called after each input."""

    __slots__ = ("_changed", "_commands", "_context", "_moves", "_target", "leaving", "line_limit")

    def __init__(
        self,
        target: Target,
        context: RoomContext,
        moves: Moves,
        commands: Commands,
        changed: Callable[[], None],
    ) -> None:
        self.leaving = False
        """Whether the user leaves, and nothing more is accepted."""
        self.line_limit = 0
        """How many bytes of text the server accepts in a line, 0 for no limit."""
        self._target = target
        self._context = context
        self._moves = moves
        self._commands = commands
        self._changed = changed

    def say(self, typed: str) -> None:
        """Say the line `typed`, or execute the command in it, once the client is logged in."""
        request = self._target.parse(typed.encode(errors="surrogateescape"))
        match request:
            case Bye():
                self.leaving = True
            case events.Refused():
                self._refuse(request.message)
            case Request() if not self.leaving:
                self._execute(request, typed)
        self._changed()

    def say_text(self, text: str) -> None:
        """Say the line `text`, also if it would be a command, as `exit` is."""
        said = sanitize(text)
        if said.strip() and not self.leaving:
            self._execute(Say(CURRENT_ROOM, said), text)
        self._changed()

    def go_to(self, name: str) -> None:
        """Show the open room or talk called `name`, or the only one whose name begins like that."""
        self._moves.go_to(name)
        self._changed()

    def go_to_next_news(self) -> None:
        """Show the next room or talk with mentions, or else with unread lines."""
        self._moves.go_to_next_news()
        self._changed()

    def leave_room(self, name: str) -> None:
        """Leave the room, or close the talk, called `name`; "" is the current one."""
        self._moves.leave(name)
        self._changed()

    def older(self) -> None:
        """Show the lines said before the oldest one that was shown of the current room."""
        self._enqueue(MoreHistory(), PAGE_UP)
        self._changed()

    def own_with_password(self, password: str, channel: Channel | None) -> None:
        """Add the new `password` to the proofs that the name is the user's.

        It goes over `channel`, None being no connection.
        """
        refusal = password_refusal(channel)
        if refusal:
            self._refuse(refusal)
        else:
            self._enqueue(Own(password=password), "/own password")
        self._changed()

    def watch(self, words: Collection[str]) -> None:
        """Take lines with one of these `words` for mentions of the user, in any case."""
        self._context.mentions.watch(words)

    def _execute(self, request: Request, typed: str) -> None:
        if not isinstance(request, ClientCommand | Leave):
            resolved = self._commands.resolve(request)
            if resolved is not None:
                self._enqueue(resolved, typed)
        elif self._context.several:
            self._execute_here(request, typed)
        else:
            self._refuse(ONE_ROOM if isinstance(request, Leave) else _only_on_terminal(request))

    def _enqueue(self, request: Request, typed: str) -> None:
        if problem := size_problem(request, self.line_limit):
            self._refuse(problem)
            return
        self._moves.put(request, typed)

    def _execute_here(self, command: ClientCommand | Leave, typed: str) -> None:
        """Execute a `command` that only a client in several rooms has."""
        match command:
            case Leave():
                self._moves.leave(command.room)
            case ClientCommand(word="go"):
                self._moves.go_to(command.arguments)
            case ClientCommand(word="older"):
                self._enqueue(MoreHistory(), typed)
            case ClientCommand(word="context"):
                number = int(command.arguments)
                self._enqueue(GetHistory(before=number + 1, limit=_AROUND + 1), typed)
                self._enqueue(GetHistory(after=number, limit=_AROUND), typed)
            case ClientCommand():
                self._refuse(_only_on_terminal(command))

    def _refuse(self, sentence: str) -> None:
        self._context.frontend.show(Refusal(f"! {sentence}"))


def _only_on_terminal(command: ClientCommand) -> str:
    return f"Only a terminal has /{command.word}; type /help for what there is here."
