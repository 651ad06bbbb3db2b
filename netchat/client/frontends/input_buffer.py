"""Lines from an input to the server, sent only as fast as the server stores them."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterable

from netchat.client.conversation.interfaces import ChatClient
from netchat.dialects.framing import Framer, TooLong

MAX_LINE_BYTES = 64 * 1024
"""Longest line that is buffered while its end is searched, in bytes, if the server has no limit."""
_MAX_COMMAND_BYTES = 256
"""How many bytes a command may have before the text to which the server's limit applies."""


class InputBuffer:
    """Split an input into lines, and buffer them until they can be sent.

    `refuse` is called for each line that is far too long. The caller reads on only while
    `wants_input`, so at most one read is buffered (backpressure).
    """

    def __init__(self, refuse: Callable[[], None]) -> None:
        self.ended = False
        self._refuse = refuse
        self._client: ChatClient | None = None
        self._flushing = False
        self._at_start = True
        self._lines: deque[bytes | TooLong] = deque()
        self._framer = Framer(MAX_LINE_BYTES, longest=0)

    @property
    def wants_input(self) -> bool:
        """Whether the buffer is empty, so more can be read."""
        return not self._lines

    def feed(self, data: bytes) -> None:
        """Buffer the lines in `data`."""
        self._add(self._framer.feed(data))

    def end(self) -> None:
        """Record that the input has ended; its last line needs no line end."""
        self._add(self._framer.rest())
        self.ended = True

    def next(self) -> bytes | TooLong | None:
        """Remove and return the next line, None if there is none yet."""
        return self._lines.popleft() if self._lines else None

    def clear(self) -> None:
        """Drop every buffered line."""
        self._lines.clear()

    @property
    def exhausted(self) -> bool:
        """Whether the input has ended and every line of it was sent."""
        return self.ended and not self._lines

    def flush_to(self, client: ChatClient) -> None:
        """Say as many lines to `client` as it can send now."""
        self._client = client
        self._framer.yield_blanks = False
        self._framer.limit = (
            client.line_limit + _MAX_COMMAND_BYTES if client.line_limit else MAX_LINE_BYTES
        )
        # Saying a line changes the number of unstored lines, which calls this method again.
        if not self._flushing:
            self._flushing = True
            while self._lines and client.can_send and not client.leaving:
                self._say(client, self._lines.popleft())
            self._flushing = False

    def _add(self, lines: Iterable[bytes | TooLong]) -> None:
        for line in lines:
            # Windows tools begin what they send through a pipe with a byte order mark.
            if self._at_start and isinstance(line, bytes):
                line = line.removeprefix(BOM_UTF8)  # noqa: PLW2901
            self._at_start = False
            self._lines.append(line)

    def _say(self, client: ChatClient, line: bytes | TooLong) -> None:
        if isinstance(line, TooLong):
            self._refuse()
        else:
            client.say(line.decode(errors="surrogateescape"))
