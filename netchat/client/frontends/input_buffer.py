"""Lines on their way from an input into the talk, only as fast as the server stores them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from netchat.client.conversation.interfaces import Talk
from netchat.dialects.framing import Framer, TooLong

LONGEST = 64 * 1024
"""How many bytes of a line are held to find its end, if the server has no limit."""
_COMMAND = 256
"""How many bytes a command may have before the text that is measured."""


class Feed:
    """Cuts what is read into lines, and holds them until they can be said.

    `refuse` is called for each line that is far too long. Whoever reads goes on only if it
    `hungers`, so no more is held than was read at once.
    """

    def __init__(self, refuse: Callable[[], None]) -> None:
        self.ended = False
        self._refuse = refuse
        self._talk: Talk | None = None
        self._pouring = False
        self._held: deque[bytes | TooLong] = deque()
        self._framer = Framer(LONGEST, longest=0)

    @property
    def hungers(self) -> bool:
        """Whether more can be taken in."""
        return not self._held

    def read(self, data: bytes) -> None:
        """Take in what was read."""
        self._held.extend(self._framer.feed(data))

    def end(self) -> None:
        """Learn that nothing more will be read; a last line needs no end."""
        self._held.extend(self._framer.rest())
        self.ended = True

    def next(self) -> bytes | TooLong | None:
        """Return the next line, and forget it; None if there is none yet."""
        return self._held.popleft() if self._held else None

    def clear(self) -> None:
        """Forget what was read."""
        self._held.clear()

    @property
    def spent(self) -> bool:
        """Whether all that there was is said."""
        return self.ended and not self._held

    def pour(self, talk: Talk) -> None:
        """Say what can be said in `talk` now."""
        self._talk = talk
        self._framer.yield_blanks = False
        self._framer.limit = talk.longest + _COMMAND if talk.longest else LONGEST
        # Saying a line tells us how many wait to be stored, which calls us again.
        if not self._pouring:
            self._pouring = True
            while self._held and talk.room_left and not talk.leaving:
                self._say(talk, self._held.popleft())
            self._pouring = False

    def _say(self, talk: Talk, line: bytes | TooLong) -> None:
        if isinstance(line, TooLong):
            self._refuse()
        else:
            talk.say(line.decode(errors="surrogateescape"))
