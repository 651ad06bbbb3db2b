"""What the client displays, and the interface between its two halves.

A `Frontend` is what the user, or a script, works with: the terminal, the pipe, `netchat say`,
`netchat tail`. A `ChatClient` keeps the conversation and the connection to the server. Neither
depends on how the other is built; only the `ChatClient` knows the wire format.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class DisplayLine:
    """Anything to display: `text` is the whole of it, in one line that is safe to print."""

    text: str


@dataclass(frozen=True, slots=True)
class SaidLine(DisplayLine):
    """A participant called `name` said `what` ("Bob: hi", "* Bob waves") to the room.

    `when` is the local time of a line from the history or missed while offline, "" for a live line;
    `seconds` is its time since the epoch, and `raw` the line as received, without control
    characters. `id` is its number in the room.
    """

    name: str
    what: str
    when: str
    seconds: float
    raw: bytes
    id: int = 0


@dataclass(frozen=True, slots=True)
class OwnLine(SaidLine):
    """A line that the user said on another device; its `text` calls the user "You"."""


@dataclass(frozen=True, slots=True)
class FoundLine(SaidLine):
    """A line that a search has found."""


@dataclass(frozen=True, slots=True)
class PrivateLine(DisplayLine):
    """A private message: `name` is the other participant, `own` tells whether the user sent it."""

    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class Notice(DisplayLine):
    """An answer of the server, or an event in the room, such as a join."""


@dataclass(frozen=True, slots=True)
class MissingLines(Notice):
    """Lines that the server cannot deliver; `raw` as in SaidLine."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class DayLine(Notice):
    """The day of the lines after it, which is not that of the lines before it."""


@dataclass(frozen=True, slots=True)
class UnreadMarker(Notice):
    """The place where the user had stopped reading; the lines after it were said meanwhile."""


def no_room(room: str) -> Notice:
    """Return what is shown to a user who was removed from `room`."""
    return Notice(f"* You are not in {room} any more; /join goes into another room")


@dataclass(frozen=True, slots=True)
class Refusal(DisplayLine):
    """A request was refused; the text says why."""


@dataclass(frozen=True, slots=True)
class ServerProblem(DisplayLine):
    """The server has a problem, but refuses no line of the user for it.

    If `text` says what the client does about it, `sentence` is the server's own sentence.
    """

    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Greeting(DisplayLine):
    """The name is granted."""


SecretKind = Literal["password", "account_password", "invitation"]
"""What a server may want: its own password, that of the account, or an invitation."""
NO_SECRETS: Mapping[SecretKind, str] = MappingProxyType({})


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
        """Called when a moderator has removed the user from `room`: they are in none now."""

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
