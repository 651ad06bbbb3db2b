"""A word that is nearly the name of a saved server, and no host either: it was mistyped.

Only such a word is looked up before the user is asked anything, and not for long.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from difflib import get_close_matches

from netchat.model.folding import fold

PATIENCE = 0.5
"""Seconds that a look-up may take; after that the word is taken for a host."""
_NO_HOST = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
"""The errors that say so; others tell of the network only."""


def check_not_mistyped(text: str, saved: Collection[str]) -> None:
    """Raise ValueError if `text`, which is not `saved`, is nearly a saved name, and no host."""
    names = {fold(name): name for name in saved}
    near = get_close_matches(fold(text), names, n=1, cutoff=0.66)
    if near and not _may_be_host(text):
        raise ValueError(
            f"There is no server saved as {text!r}, and no host of that name; "
            f"did you mean {names[near[0]]!r}?"
        )


def _may_be_host(name: str) -> bool:
    unknown = threading.Event()
    known = threading.Event()

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            try:
                socket.getaddrinfo(name, None)
            except socket.gaierror as error:
                if error.errno in _NO_HOST:
                    unknown.set()
        known.set()

    threading.Thread(target=look_up, daemon=True).start()
    known.wait(PATIENCE)
    return not unknown.is_set()
