"""Entries of the log of a site, for the tests of journals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.journal.interface import LogPlace
from netchat.model.events import Event, SaidLines, Told
from netchat.state.changes import CONSOLE, SERVER, Change, DeleteLines, Forget
from netchat.state.site_changes import Reach
from tests.support.journals import NOW, append

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netchat.journal.interface import Journal


def told(text: str, sender: int = 0, recipient: int = 0, nonce: str = "") -> Told:
    """Return a private line between these accounts (0: a guest)."""
    client = "client" if nonce else ""
    return Told("Ann", "Bob", text, NOW, nonce, client, sender, recipient)


def lines(*texts: str, nonces: Sequence[str] = (), account: int = 0) -> SaidLines:
    """Return lines that Bob says together."""
    client = "bobs-client" if nonces else ""
    return SaidLines("lobby", "Bob", texts, NOW, 0, tuple(nonces), client, account=account)


def reach(position: int) -> Change:
    """Return the change that ends the entry at `position`."""
    return Change(Reach(position, 1, position), SERVER, 0)


def take(journal: Journal, position: int, *events: Event) -> Sequence[Event]:
    """Let `journal` take an entry with these `events`; return their results."""
    return append(journal, *events, reach(position))[:-1]


def delete(*ids: int) -> Change:
    """Return the deletion of lines of the lobby."""
    return Change(DeleteLines("lobby", ids), CONSOLE, NOW)


def forget(name: str) -> Change:
    """Return the change that forgets an account."""
    return Change(Forget(name), CONSOLE, NOW)


def places(journal: Journal) -> list[tuple[int, int]]:
    """Return the places of the texts that are to go."""
    found: list[object] = []
    journal.log_places(found.append)
    (some,) = found
    assert isinstance(some, list | tuple)
    assert all(isinstance(place, LogPlace) for place in some)
    return [tuple(place) for place in some]
