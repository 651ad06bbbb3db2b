"""The conversation with one client, from the prompt to the closing, without I/O.

A request that breaks a rule of the chat is answered with a refusal, and the session goes on; too
many refused logins, or a breach of the protocol, end it. The login itself is in `entry`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from netchat.chat import actions
from netchat.chat.chat import Chat
from netchat.chat.room import Participant
from netchat.dialects.framing import TooLong
from netchat.model.disconnects import BYE, LOGIN_TIMEOUT, NO_LINE_END, REPLACED
from netchat.model.events import Closing, Refused
from netchat.model.limits import Limits
from netchat.model.requests import Hello
from netchat.model.sanitize import sanitize
from netchat.session.account_requests import remember_device
from netchat.session.entry import Entry
from netchat.session.interfaces import Client, ClientEntry, Connection, InputDialect, MakeClient
from netchat.session.irc.entry import IrcEntry
from netchat.session.quotas import check_room_names, check_room_quota
from netchat.session.state import State

if TYPE_CHECKING:
    from netchat.chat.clients import Dialect
    from netchat.dialects.irc.dialect import SharedDialects

MAX_AGENT = 64
"""Characters of what a program calls itself that the owner of its account is shown."""


class Session:
    """Takes the lines of one client, and writes to `connection` what the client is to read.

    The client reads `dialect` until it has chosen another, which it can if that is one of people.
    It can choose IRC if there is `irc`, which has the dialects of its clients.
    """

    __slots__ = (
        "_chat",
        "_client",
        "_connection",
        "_entry",
        "_farewell",
        "_irc",
        "_limits",
        "dialect",
        "is_broken",
        "participant",
        "personal",
        "state",
    )

    def __init__(
        self,
        chat: Chat,
        connection: Connection,
        limits: Limits,
        dialect: InputDialect,
        irc: SharedDialects | None = None,
    ) -> None:
        self.dialect: Dialect = dialect
        self.personal: Dialect = dialect
        self.participant: Participant | None = None
        self.state = State.LOGIN
        self._chat = chat
        self._connection = connection
        self._limits = limits
        self._irc = irc
        self._entry: ClientEntry = Entry(self, chat, connection, limits, dialect)
        self._client: Client | None = None
        self.is_broken = False
        """Whether what the client was sent last may not have reached it."""
        self._farewell = ""
        """What the client has said to its end."""

    @property
    def name(self) -> str:
        """The name in the chat; "" before login."""
        return self.participant.name if self.participant else ""

    @property
    def is_program(self) -> bool:
        """Whether a line of the client may be longer than its text."""
        return self.dialect.name != "text"

    @property
    def is_entering(self) -> bool:
        """Whether the client is still connected and has no name."""
        return self.participant is None and self.state.is_open

    def open(self) -> None:
        """Ask for the name, unless a line has arrived already."""
        if self.state is State.LOGIN:
            self._entry.open()

    def enter(self, hello: Hello, account: int, dialect: InputDialect) -> None:
        """Let a client come in that its door has authenticated as the owner of `account`, or as a
        guest (0); it speaks `dialect`. A refusal closes the connection."""
        if self.state is State.LOGIN and isinstance(self._entry, Entry):
            self._entry.enter(hello, account, dialect)

    def receive_line(self, line: bytes | TooLong) -> bool:
        """Process one line (without its line end); return whether the next may follow at once.

        After an expensive request the next line has to wait for another turn of the reactor.
        """
        if self.state is State.LOGIN:
            self._entry.receive_line(line)
        elif self.state is State.JOINED and self._client is not None:
            return self._client.receive_line(line)
        return True

    def receive_whole_lines(self, data: bytes) -> bool:
        """Process whole lines if all of them are plain and can be said; else return False."""
        if self.state is not State.JOINED or self._client is None:
            return False
        return self._client.receive_whole_lines(data)

    def apply_limits(self, limits: Limits) -> None:
        """Use `limits` from now on."""
        self._limits = limits
        if self._client is not None:
            self._client.apply_limits(limits)
        elif self.participant is None:
            self._entry.apply_limits(limits)

    def close(self, closing: Closing) -> None:
        """Send `closing` after the answers to all earlier requests, and then close."""
        if not self.state.is_open:
            return
        if closing is LOGIN_TIMEOUT and self._connection.begun:
            closing = NO_LINE_END
        self.state = State.CLOSING
        self._connection.ending(closing)
        if self.participant is None:
            self._connection.write(self._entry.farewell(closing))
            self._connection.close()
        else:
            actions.disconnect(self._chat, self.participant, closing)

    def speak_irc(self) -> ClientEntry | None:
        """Let the client log in as those of IRC do, and return its entry; None: it cannot."""
        if self._irc is None:
            return None
        self._entry = IrcEntry(self, self._chat, self._connection, self._limits, self._irc)
        return self._entry

    def leave(self, closing: Closing = BYE, message: str = "") -> None:
        """Close with `closing`, leave the chat with a `message`, and free the name."""
        self._farewell = message
        self.close(closing)
        self._tell_leave()

    def cut_off(self, closing: Closing) -> bytes:
        """Leave the chat at once; return `closing` as the client reads it, to be sent last.

        Nothing follows it: the connection drops what it has not sent, or an answer is missing.
        """
        self.state = State.CLOSING
        self.is_broken = True
        self._detach()
        return self.personal.render(closing)

    def register(
        self,
        hello: Hello,
        account: int,
        make: MakeClient,
        then: Callable[[Refused | None], None],
    ) -> None:
        """Join the chat as the owner of `account` (0: as a guest), or raise RefusedError.

        `make` makes the client of the participant.

        `then` is called when the client is about to join, or with the reason why it cannot.
        """
        limits = self._limits.conversation
        rooms = (limits.lobby,) if hello.rooms is None else check_room_names(hello.rooms)
        check_room_quota(self._chat, limits, rooms, 0)

        def registered(result: Participant | Refused) -> None:
            if isinstance(result, Refused):
                then(result)
            elif self.state.is_open:
                then(None)
                self._join(result, hello, rooms, make)
            else:
                actions.leave_chat(self._chat, result)

        actions.register(
            self._chat,
            hello.name,
            self,
            self._connection,
            hello.client.hex if hello.client else "",
            account=account,
            agent=sanitize(hello.agent or "")[:MAX_AGENT],
            quiet=bool(hello.quiet),
            then=registered,
        )

    def _join(self, who: Participant, hello: Hello, rooms: Sequence[str], make: MakeClient) -> None:
        """Begin the conversation of `who` in `rooms`."""
        self.participant = who
        self.state = State.JOINED
        del self._entry  # There may be many clients, and it is not used any more.
        self._client = make(who, self._limits)
        self._client.begin(hello, rooms)
        self._connection.logged_in(who.name)
        if who.account:
            remember_device(self._chat, who)

    def connection_lost(self) -> None:
        """Called when the connection is closed, whichever end has closed it."""
        self.state = State.CLOSED
        self._detach()

    def _detach(self) -> None:
        if self.participant is not None:
            self.participant.detached = True
        self._tell_leave()

    def fast_send_changed(self) -> None:
        """Called when the `fast_send` of the connection has changed."""
        if self.participant is not None:
            self.participant.refresh_fast_send()

    def replaced(self) -> None:
        """Called when the same client has logged in on another connection."""
        self.ended(REPLACED)

    def ended(self, closing: Closing) -> None:
        """Called when the session, or the name, is no longer the client's: leave at once."""
        self.close(closing)
        self._leave_chat()

    def unreadable(self, closing: Closing) -> None:
        """Called when lines that the client is to receive cannot be read from the journal."""
        self.leave(closing)

    def unanswered(self, closing: Closing) -> None:
        """Called when it is not known what has become of a request: leave at once."""
        if self.participant is None:
            self.close(closing)
        elif self.state.is_open:
            self._connection.ending(closing)
            self._connection.write(self.cut_off(closing))
            self._connection.close()

    def _tell_leave(self) -> None:
        if self._client is not None:
            self._connection.tell_leave(self._leave_chat)

    def _leave_chat(self) -> None:
        if self.participant is not None and self._client is not None:
            if not self.is_broken:
                self._client.end()
            self._client = None
            actions.leave_chat(self._chat, self.participant, self._farewell)
