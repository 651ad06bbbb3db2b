"""A client of IRC that checks each line it receives, as `CheckedClient` does in JSON lines."""

from __future__ import annotations

from netchat.dialects.irc.message import Message, parse
from netchat.dialects.irc.references import parse_msgid
from tests.torture.checked_clients import Ledger
from tests.torture.event_loop import EventLoop
from tests.torture.line_clients import LineClient

CAPABILITIES = "message-tags server-time batch labeled-response echo-message draft/chathistory"
LOBBY = "#lobby"
PAGE = 500
"""The most lines in an answer to CHATHISTORY."""


class CheckedIrcClient(LineClient):
    """A client in the lobby that checks ids and order of all lines.

    When it reconnects, it asks for the history after its last line, and says a line again that it
    finds neither there nor among its echoes: IRC has nothing by which the server would know it.
    """

    def __init__(self, loop: EventLoop, ledger: Ledger, name: str) -> None:
        super().__init__(loop, name)
        self.ledger = ledger
        self.last = 0
        """All lines up to this id were received."""
        self.waiting: dict[str, str] = {}
        """Unacknowledged texts by label."""
        self.entered = False
        self.said = 0
        self._last_msgid = ""
        self._page = 0
        """The lines of the page of history that is being read."""
        self._live: list[Message] = []
        """Live lines that were received before all of the history."""

    def log_in(self, port: int) -> None:
        """Log in over a new connection; the previous one is left as it is."""
        self.entered, self._live = False, []
        self.connect(port)
        self.write(f"CAP REQ :{CAPABILITIES}".encode())
        self.write(f"NICK {self.name}\r\nUSER {self.name} 0 * :{self.name}\r\nCAP END".encode())
        self.write(f"JOIN {LOBBY}".encode())

    def say(self, text: str) -> None:
        """Say one line."""
        self.said += 1
        self.waiting[f"n{self.said}"] = text
        self._say(f"n{self.said}", text)

    def read(self, line: bytes) -> None:
        """Process a line of the server."""
        message = parse(line)
        match message:
            case Message("PRIVMSG", (_, _), tags=tags) if "batch" in tags:
                self._page += 1
                self._hear(message)
            case Message("PRIVMSG") if not self.entered:
                self._live.append(message)
            case Message("PRIVMSG"):
                self._hear(message)
            case Message("366"):
                self._ask_for_history()
            case Message("BATCH", (reference, *_)) if reference[0] == "-":
                self._end_page()
            case Message("PING", (token,)):
                self.write(f"PONG :{token}".encode())
            case Message("ERROR", (*_, text)):
                self.told(text)
            case Message("FAIL" | "433" | "404", parameters):
                self._fault(f"received {parameters}")

    def told(self, text: str) -> None:
        """Called with what the server says before it closes the connection."""

    def came_in(self) -> None:
        """Called when all that was missed has been received."""

    def lost(self) -> None:
        """Called when the server has closed the connection."""
        self.entered = False

    def _ask_for_history(self) -> None:
        self._page = 0
        which = f"AFTER {LOBBY} msgid={self._last_msgid}" if self.last else f"LATEST {LOBBY} *"
        self.write(f"CHATHISTORY {which} {PAGE}".encode())

    def _end_page(self) -> None:
        if self._page >= PAGE:
            self._ask_for_history()
            return
        self.entered, live, self._live = True, self._live, []
        for message in live:
            self._hear(message, may_be_known=True)
        for label, text in self.waiting.items():
            self._say(label, text)
        self.came_in()

    def _say(self, label: str, text: str) -> None:
        self.write(f"@label={label} PRIVMSG {LOBBY} :{text}".encode())

    def _hear(self, message: Message, *, may_be_known: bool = False) -> None:
        msgid, text = parse_msgid(message.tags["msgid"]), message.parameters[1]
        assert msgid is not None
        self.ledger.record(msgid.id, text)
        if message.source.partition("!")[0] == self.name:
            self._acknowledge(msgid.id, text)
        if msgid.id == self.last + 1:
            self.last, self._last_msgid = msgid.id, message.tags["msgid"]
        elif msgid.id > self.last or not may_be_known:
            self._fault(f"had {self.last}, and received {msgid.id}")

    def _acknowledge(self, id: int, text: str) -> None:
        label = next((label for label, said in self.waiting.items() if said == text), "")
        if self.ledger.acknowledged.setdefault(text, id) != id:
            self._fault(f"said {text!r}, which is stored twice")
        self.waiting.pop(label, None)

    def _fault(self, what: str) -> None:
        self.ledger.faults.append(f"{self.name} {what}")
