"""What cuts the input of a connection into lines, as the input queue uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netchat.dialects.framing import TooLong

R_contra = TypeVar("R_contra", contravariant=True)


class Framing(Protocol[R_contra]):
    """Cuts reads into lines; a read is what arrives at once, in bytes or in any other form."""

    yield_blanks: bool
    """Whether blank lines are yielded."""
    limit: int
    """The most bytes that a line may have; 0: no limit."""

    @property
    def begun(self) -> bytes:
        """The first byte of the line whose end has not arrived yet, or b""."""

    def count(self, read: R_contra) -> int:
        """Return how many lines end in `read`."""

    def whole(self, read: R_contra) -> bytes:
        """Return `read` as lines with their ends, if it is nothing but lines that may be processed
        at once; otherwise b""."""

    def feed(self, read: R_contra) -> Iterator[bytes | TooLong]:
        """Yield the lines that `read` completes; raise EndlessLineError for an endless line."""

    def rest(self) -> Iterator[bytes | TooLong]:
        """Yield the last line if the input ended without a line end."""
