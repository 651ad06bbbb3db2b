"""What the client displays, and the interface between its two halves.

A `Frontend` is what the user, or a script, works with: the terminal, the pipe, `netchat say`,
`netchat tail`. A `ChatClient` keeps the conversation and the connection to the server. Neither
depends on how the other is built; only the `ChatClient` knows the wire format.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from netchat.client.conversation.display_lines import DisplayLine, SaidLine

SecretKind = Literal["password", "account_password", "invitation"]
"""What a server may want: its own password, that of the account, or an invitation."""
NO_SECRETS: Mapping[SecretKind, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room that the user is in, or a private talk with the participant called `name`.

    `unread` is how many lines were said there since it was shown last, `mentions` how many of them
    mention the user. `members` is how many are in the room, 0 in a talk.
    The `current` one is shown.
    """

    name: str
    kind: Literal["room", "talk"] = "room"
    unread: int = 0
    mentions: int = 0
    members: int = 0
    topic: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class LastRead:
    """The `id` of the last line that the user has read in a room.

    `left_at` is when they were there last, in seconds since the epoch; None if that is not known.
    """

    id: int
    left_at: float | None = None


class Connect(Protocol):
    """A function that opens a client under a name; `secrets` replace the configured ones."""

    def __call__(
        self, name: str, frontend: Frontend, secrets: Mapping[SecretKind, str] = NO_SECRETS
    ) -> ChatClient:
        """Return the client, which reports everything to `frontend`."""


class Frontend(Protocol):
    """What the user, or a script, works with."""

    def entered(self, *, again: bool) -> None:
        """Called when the client is logged in, with `again` after a reconnect."""

    def show(self, line: DisplayLine) -> None:
        """Show a live line, or one that was missed while offline."""

    def show_on_entry(self, line: DisplayLine) -> None:
        """Show, if wanted, what comes with entering a room: the motd, the topic, the history."""

    def caught_up(self) -> None:
        """Called when every line that was said before the login has been shown."""

    def unstored_changed(self, lines: int) -> None:
        """Called with the number of the user's lines that are not known to be stored."""

    def removed(self, room: str) -> None:
        """Called when a moderator has removed the user from `room`; others stay open."""

    def room_shown(self, room: OpenRoom) -> None:
        """Called when `room` becomes the current one, before its lines are shown."""

    def rooms_changed(self) -> None:
        """Called when a figure of the open rooms, the connection or its delay has changed.

        At most once for each piece of input, from the user or from the server.
        """

    def mentioned(self, room: OpenRoom, line: SaidLine) -> None:
        """Called when a live `line` of a `room` that is not shown mentions the user."""

    def name_refused(self, reason: str) -> None:
        """Called when the name is refused; the conversation ends before it began."""

    def secret_required(self, reason: str, unstored: int, kind: SecretKind) -> None:
        """Called when the server wants a secret, or another one, at first or after a reconnect.

        The conversation is over unless `retry_with` is called; then `unstored` of the user's lines
        are lost.
        """

    def new_password_required(self) -> None:
        """Called when the user wants to choose a password; `own_with_password` gets it."""

    def reconnecting(self, reason: str) -> None:
        """Called when there is no connection and the client tries again; `reason` is a sentence."""

    def closed(self, problem: str, unstored: int) -> None:
        """Called once, when the conversation is over; an empty `problem` means that it ended well.

        `unstored` is the number of the user's lines that may not be stored.
        """


class ChatClient(Protocol):
    """What a frontend can do with the conversation, whatever the wire format is."""

    @property
    def name(self) -> str:
        """The user's current name."""

    @property
    def participants(self) -> Collection[str]:
        """The names in the room, as far as they are known."""

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms, as far as they are known."""

    @property
    def open_rooms(self) -> Sequence[OpenRoom]:
        """The rooms that the user is in, and their private talks, in the order of opening."""

    @property
    def has_entered(self) -> bool:
        """Whether the server has ever let the client in."""

    @property
    def journal(self) -> str:
        """The identifier of the server's journal, to which line ids belong; "" if not known."""

    @property
    def last_read(self) -> Mapping[str, LastRead]:
        """How far the user has read each room; the one that was entered last comes last."""

    @property
    def current(self) -> str:
        """The name of the room or talk that is shown, "" if there is none."""

    @property
    def online(self) -> bool:
        """Whether the client is logged in at present."""

    @property
    def delay(self) -> float | None:
        """How many seconds the server took for the last ping, None if that is not known."""

    @property
    def leaving(self) -> bool:
        """Whether the client is saying goodbye, and accepts no more lines."""

    @property
    def line_limit(self) -> int:
        """How many bytes of text the server accepts in a line, 0 for no limit."""

    @property
    def can_send(self) -> bool:
        """Whether another line may be said: few enough wait to be stored."""

    def say(self, text: str) -> None:
        """Say `text`, or execute the command in it; repeat it over reconnects until it is stored.

        Bytes that are not UTF-8 are surrogate escapes in `text`.
        """

    def say_text(self, text: str) -> None:
        """Say the line `text`, also if it would be a command, as `exit` is."""

    def go_to(self, name: str) -> None:
        """Show the open room or talk called `name`, or the only one whose name begins like that."""

    def go_to_next_news(self) -> None:
        """Show the next room or talk with mentions, or else with unread lines."""

    def leave_room(self, name: str) -> None:
        """Leave the room, or close the talk, called `name`; "" is the current one."""

    def older(self) -> None:
        """Show the lines said before the oldest one that was shown of the current room."""

    def watch(self, words: Collection[str]) -> None:
        """Take lines with one of these `words` for mentions of the user, in any case."""

    def own_with_password(self, password: str) -> None:
        """Add the new `password` to the proofs that the name is the user's."""

    def retry_with(self, kind: SecretKind, secret: str) -> None:
        """Log in again with another `secret`, and send every line that is not stored."""

    def leave(self, timeout: float | None) -> None:
        """Say goodbye once everything is stored; the frontend's `closed` is called at the end.

        That is after `timeout` seconds at the latest (None: no limit).
        """

    def pauseProducing(self) -> None:
        """Stop reading from the server."""

    def resumeProducing(self) -> None:
        """Read from the server again."""
