"""What a conversation needs of the place where the user's key for the server is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from netchat.model.folding import fold


class KeyProblemError(Exception):
    """There is no key that can be used; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the user: `public` is the public key in hexadecimal digits.

    `names` are those that the server has accepted it for; `sign` returns a signature.
    """

    public: str
    names: tuple[str, ...]
    sign: Callable[[bytes], bytes] = field(repr=False)

    def is_for(self, name: str) -> bool:
        """Return whether the server has accepted this key for `name`, however it is spelt."""
        if any(fold(known) == fold(name) for known in self.names):
            return True
        # Imported here because it loads a large table, and most users write their name as always.
        from netchat.model.names import equivalent

        return any(equivalent(known, name) for known in self.names)


class KeyStore(Protocol):
    """Where the user's key for one server is kept."""

    @property
    def place(self) -> str:
        """Where the key is, for the user."""

    def find(self, journal: str) -> Key | None:
        """Return the key for the server whose journal is `journal`, None if there is none.

        Raises KeyProblemError if there is one that cannot be used.
        """

    def make(self, journal: str) -> Key:
        """Return the key for the server; make it if there is none, or raise KeyProblemError.

        `journal` is "" while the server has not told which one it is.
        """

    def add_name(self, name: str, journal: str) -> None:
        """Record that the server has accepted the key for `name`, or raise KeyProblemError.

        `journal` is the server's; a key that was made without one is for this one from now on.
        """
