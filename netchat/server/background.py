"""What the server does beside its connections, from its start to its end."""

from __future__ import annotations

from typing import Protocol


class Background(Protocol):
    """Something that goes on while the server runs."""

    def start(self) -> None:
        """Begin; the journal is open."""

    def stop(self) -> None:
        """End at once; the journal is still open."""
