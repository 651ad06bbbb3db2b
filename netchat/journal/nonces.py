"""What becomes of a line whose client has used its nonce before."""

from __future__ import annotations

from msgspec.structs import replace

from netchat.events import Refused, Repeated, Said


def answer_again(stored: Said | None, said: Said) -> Repeated | Refused:
    """Return the line as it was `stored` under the nonce of `said`, if it is the same line.

    None is stored if nobody can tell any more which line it was.
    """
    if stored is None or (stored.room, stored.text, stored.action) != (
        said.room,
        said.text,
        said.action,
    ):
        return Refused(
            "nonce-reused",
            "That nonce was used for another line; give each line a nonce of its own.",
            said.nonce,
        )
    return Repeated(replace(stored, nonce=said.nonce, client=said.client))
