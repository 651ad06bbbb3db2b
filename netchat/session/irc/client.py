"""A logged-in client of IRC, as the functions that execute its commands use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from netchat.dialects.irc.history import ASKS_ITSELF
from netchat.dialects.irc.replies import Personal, Reply
from netchat.model.disconnects import BYE
from netchat.model.events import Closing, Event, Refused
from netchat.session.naming import check_may_speak
from netchat.session.requests import RequestExecutor

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.clients import Dialect
    from netchat.chat.room import Participant
    from netchat.dialects.irc.dialect import SharedDialects
    from netchat.dialects.irc.message import Message
    from netchat.dialects.irc.user import User
    from netchat.model.limits import Limits
    from netchat.model.requests import Request
    from netchat.session.interfaces import Connection
    from netchat.session.irc.open_batch import OpenBatch


class IrcSession(Protocol):
    """The session of the client."""

    dialect: Dialect

    def leave(self, closing: Closing = BYE, message: str = "") -> None:
        """Close the connection with `closing`; the client has said the `message` to that."""


class IrcClient:
    """The client of `who`; `personal` renders what it is answered."""

    __slots__ = ("chat", "connection", "dialects", "limits", "open_batch", "personal",
                 "rename_times", "session", "user", "who")  # fmt: skip

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        session: IrcSession,
        chat: Chat,
        who: Participant,
        *,
        connection: Connection,
        limits: Limits,
        dialects: SharedDialects,
        personal: Personal,
        user: User,
    ) -> None:
        self.session = session
        self.chat = chat
        self.who = who
        self.connection = connection
        self.limits = limits
        self.dialects = dialects
        self.personal = personal
        self.user = user
        self.open_batch: OpenBatch | None = None
        """The message of several lines that the client is about to send."""
        self.rename_times: tuple[float, ...] = ()
        """When the client has changed its names, as far as that counts."""

    @property
    def executor(self) -> RequestExecutor:
        """What executes its requests: it keeps nothing, so that it takes no memory."""
        executor = RequestExecutor(self.chat, self.who, self.limits, single=False)
        executor.shows_newest = self.is_played_back
        return executor

    @property
    def is_played_back(self) -> bool:
        """Whether it is sent earlier lines of a room that it joins, without asking for them."""
        return not self.user.is_bot and not self.has(ASKS_ITSELF)

    def has(self, capability: str) -> bool:
        """Return whether the client has `capability`."""
        return capability in self.user.capabilities

    def label(self, message: Message) -> str:
        """Return the label of `message`, or ""."""
        return message.tags.get("label", "") if self.has("labeled-response") else ""

    def request(self, request: Request) -> None:
        """Execute `request` as any client's; RefusedError if the rules do not allow it."""
        check_may_speak(request, self.who, self.limits)
        self.executor.execute(request)

    def reply(self, number: str, *parameters: str) -> None:
        """Answer a numeric reply, behind the answers to all earlier messages."""
        self.answer(lambda: [self.personal.numeric(number, *parameters)])

    def answer_lines(self, *lines: bytes) -> None:
        """Answer these messages, behind the answers to all earlier ones."""
        self.answer(lambda: lines)

    def answer(self, lines: Callable[[], Iterable[bytes]]) -> None:
        """Answer `lines()`, which is called when its place in the order has come."""
        self.chat.ask(self.who, lambda: Reply(tuple(lines())))

    def refuse(self, refused: Refused) -> None:
        """Tell the client of a refusal."""
        self.connection.count_refusal(refused.code)
        self.tell(refused)

    def fail(self, command: str, code: str, *context: str) -> None:
        """Answer a FAIL; the last of `context` is a sentence."""
        self.answer(lambda: [self._from_server("FAIL", command, code, *context)])

    def tell(self, event: Event) -> None:
        """Send `event` behind the answers to all earlier messages."""
        self.chat.ask(self.who, lambda: event)

    def set_capabilities(self, capabilities: frozenset[str]) -> None:
        """Let the client read what these capabilities are for, from now on."""
        self.user.capabilities = capabilities
        self.session.dialect = self.personal.dialect = self.dialects.take(self.user)
        self.who.refresh_fast_send()

    def note(self, command: str, code: str, *context: str) -> None:
        """Answer a NOTE, or the last of `context`, a sentence, to who knows no standard replies."""
        if self.has("standard-replies"):
            self.answer(lambda: [self._from_server("NOTE", command, code, *context)])
        else:
            self.answer(lambda: [self._from_server("NOTICE", self.who.name, context[-1])])

    def _from_server(self, command: str, *parameters: str) -> bytes:
        return self.personal.dialect.writer.from_server(command, *parameters)
