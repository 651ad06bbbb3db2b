"""The interfaces that a session uses: the dialect of its input, and the connection below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from netchat.accounts.authenticator import Authenticator
from netchat.chat import clients as chat
from netchat.chat.room import Participant
from netchat.dialects.framing import TooLong
from netchat.model.disconnects import BYE
from netchat.model.events import Closing, Refused
from netchat.model.limits import Limits
from netchat.model.requests import Hello, Request, SayLines
from netchat.session.state import State


class InputDialect(chat.Dialect, Protocol):
    """A dialect that can also parse a client's lines into requests."""

    @property
    def of_programs(self) -> bool:
        """Whether its clients are programs: they send a hello, and are asked nothing."""

    def parse_hello(self, line: bytes) -> Request | Refused:
        """Parse a `line` (without its line end) of a client that is not logged in."""

    def parse(self, line: bytes) -> Request | Refused | None:
        """Parse a `line` (without its line end) of a logged-in client; None: nothing to do."""

    def parse_plain(self, lines: bytes) -> SayLines | None:
        """Parse whole `lines` at once; None unless all of them are plain lines to say."""


class ClientEntry(Protocol):
    """What takes the lines of a client without a name."""

    def open(self) -> None:
        """Ask for the name, unless a line has arrived already."""

    def receive_line(self, line: bytes | TooLong) -> None:
        """Process one line (without its line end)."""

    def farewell(self, closing: Closing) -> bytes:
        """Return `closing` as the client reads it, on a line of its own."""

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""


class Client(Protocol):
    """What takes the lines of a client that is logged in."""

    def begin(self, hello: Hello, rooms: Sequence[str]) -> None:
        """Begin the conversation in `rooms`, as `hello` asks for it."""

    def receive_line(self, line: bytes | TooLong) -> bool:
        """Process one line (without its line end); return whether the next may follow at once."""

    def receive_whole_lines(self, data: bytes) -> bool:
        """Process whole lines if all of them are plain and can be said; else return False."""

    def end(self) -> None:
        """Called when the participant, who has been sent everything, is about to leave."""

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""


MakeClient = Callable[[Participant, Limits], Client]
"""Makes the client of a participant who has just got their name."""


class Connection(chat.Connection, Protocol):
    """The connection of a client, as its session uses it."""

    @property
    def begun(self) -> bytes:
        """The first byte of the line whose end has not arrived yet, or b""."""

    def verify_password(self, matches: Callable[[], bool], then: Callable[[bool], None]) -> None:
        """Call `then` with the result of `matches()`, which may be delayed to limit guessing.

        If the connection closes first, neither is called.
        """

    def verify_for(
        self,
        name: object,
        device: str,
        check: Callable[[Callable[[bool], None]], None],
        then: Callable[[bool], None],
    ) -> None:
        """Call `then` with what `check` has answered, at the pace of `name` and of the address.

        `name` is any key of the name; a `device` that has logged in to it before passes beside that
        pace. If the connection closes first, `then` may be called all the same.
        """

    @property
    def throttle_key(self) -> object:
        """What it has in common with those who wait for each other: its address."""

    @property
    def authenticator(self) -> Authenticator:
        """What verifies passwords for accounts."""

    @property
    def door(self) -> str:
        """How the client has come: tcp, tls, unix, web or ssh."""

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the network can read what the client sends."""

    def channel_binding(self) -> str:
        """Return what both ends of the TLS connection know and nobody else; "" without TLS.

        64 hexadecimal digits. Source: RFC 9266.
        """

    @property
    def ssh_key(self) -> str:
        """The SSH public key that the client has proved to have; "" if it has proved none."""

    def admit(self, join: Callable[[], bool]) -> None:
        """Call `join`, which may be delayed to limit how much the others read.

        It returns whether the client has joined. If the connection closes first, it is not called.
        """

    def tell_leave(self, leave: Callable[[], None]) -> None:
        """Call `leave`, which may be delayed for the same reason, also behind the closing."""

    def seconds(self) -> float:
        """Return the time, in seconds, of a clock that is never set back."""

    def count_refusal(self, code: str) -> None:
        """Called when a request of the client has been refused with `code`."""

    def ending(self, closing: Closing) -> None:
        """Called when the session ends the conversation with `closing`."""

    def logged_in(self, name: str) -> None:
        """Called when the client has logged in as `name`."""


class Entrant(Protocol):
    """The session whose client comes in."""

    state: State
    dialect: chat.Dialect
    personal: chat.Dialect

    def speak_irc(self) -> ClientEntry | None:
        """Let the client log in as those of IRC do, and return its entry; None: it cannot."""

    def register(
        self,
        hello: Hello,
        account: int,
        make: MakeClient,
        then: Callable[[Refused | None], None],
    ) -> None:
        """Join the chat as the owner of `account` (0: as a guest), or raise RefusedError.

        `make` makes the client of the participant. `then` is called when the client is about to
        join, or with the reason why it cannot.
        """

    def leave(self, closing: Closing = BYE, message: str = "") -> None:
        """Close the connection with `closing`; the client has said the `message` to that."""

    def close(self, closing: Closing) -> None:
        """Close the connection with `closing`."""
