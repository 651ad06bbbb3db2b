"""Lines on their way from an input into the talk, only as fast as the server stores them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from netchat.client.conversation.interfaces import ChatClient
from netchat.dialects.framing import Framer, TooLong

MAX_LINE_BYTES = 64 * 1024
"""How many bytes of a line are held to find its end, if the server has no limit."""
_MAX_COMMAND_BYTES = 256
"""How many bytes a command may have before the text that is measured."""


class InputBuffer:
    """Cuts what is read into lines, and holds them until they can be said.

    `refuse` is called for each line that is far too long. Whoever reads goes on only if it
    `hungers`, so no more is held than was read at once.
    """

    def __init__(self, refuse: Callable[[], None]) -> None:
        self.ended = False
        self._refuse = refuse
        self._client: ChatClient | None = None
        self._flushing = False
        self._lines: deque[bytes | TooLong] = deque()
        self._framer = Framer(MAX_LINE_BYTES, longest=0)

    @property
    def wants_input(self) -> bool:
        """Whether more can be taken in."""
        return not self._lines

    def feed(self, data: bytes) -> None:
        """Take in what was read."""
        self._lines.extend(self._framer.feed(data))

    def end(self) -> None:
        """Learn that nothing more will be read; a last line needs no end."""
        self._lines.extend(self._framer.rest())
        self.ended = True

    def next(self) -> bytes | TooLong | None:
        """Return the next line, and forget it; None if there is none yet."""
        return self._lines.popleft() if self._lines else None

    def clear(self) -> None:
        """Forget what was read."""
        self._lines.clear()

    @property
    def exhausted(self) -> bool:
        """Whether all that there was is said."""
        return self.ended and not self._lines

    def flush_to(self, client: ChatClient) -> None:
        """Say what can be said in `talk` now."""
        self._client = client
        self._framer.yield_blanks = False
        self._framer.limit = (
            client.line_limit + _MAX_COMMAND_BYTES if client.line_limit else MAX_LINE_BYTES
        )
        # Saying a line tells us how many wait to be stored, which calls us again.
        if not self._flushing:
            self._flushing = True
            while self._lines and client.can_send and not client.leaving:
                self._say(client, self._lines.popleft())
            self._flushing = False

    def _say(self, client: ChatClient, line: bytes | TooLong) -> None:
        if isinstance(line, TooLong):
            self._refuse()
        else:
            client.say(line.decode(errors="surrogateescape"))
