"""What is typed and not sent stays in the room, or the talk, in which it was typed.

Otherwise a private line that has been begun would be said to a whole room.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from prompt_toolkit.document import Document

from netchat.client.conversation.interfaces import ChatClient

_Place = tuple[str, str]


class Draft(Protocol):
    """What holds the message that is being typed."""

    @property
    def document(self) -> Document:
        """The message, and the place of the cursor in it."""

    def reset(self, document: Document | None = None) -> None:
        """Begin with `document`, or with nothing."""


class Drafts:
    """Keeps what was begun in `buffer` in other rooms than the current one."""

    __slots__ = ("_buffer", "_kept")

    def __init__(self, buffer: Draft) -> None:
        self._buffer = buffer
        self._kept: dict[_Place, Document] = {}

    @contextmanager
    def moving(self, client: ChatClient) -> Iterator[None]:
        """Change drafts if the current room of `client` is another one at the end.

        This is for moves by a key only: behind a command, what is typed is for the room that it
        goes to.
        """
        before = _current(client)
        yield
        if before is None or _current(client) in (None, before):
            return
        if self._buffer.document.text:
            self._kept[before] = self._buffer.document
        self._buffer.reset(self.take(client))

    def take(self, client: ChatClient | None) -> Document:
        """Return what was begun in the current room of `client`, and keep it no longer."""
        place = None if client is None else _current(client)
        return Document() if place is None else self._kept.pop(place, Document())


def _current(client: ChatClient) -> _Place | None:
    return next(((room.kind, room.name) for room in client.open_rooms if room.current), None)
