"""Changes of the chat's state for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.journal.interface import AuditPage, Journal
from netchat.model.events import Event, Refused
from netchat.state.audit_entry import AuditEntry
from netchat.state.changes import (
    CONSOLE,
    Actor,
    Change,
    Changed,
    OwnName,
    SetRole,
    What,
)
from netchat.state.records import Proof
from tests.support.journals import NOW, append

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = Proof(0, "key", "ab" * 32)


def change(what: What, by: Actor = CONSOLE, time: float = NOW, nonce: str = "") -> Change:
    """Return the change `what`, asked for by `by`."""
    return Change(what, by, time, nonce)


def own(name: str, time: float = NOW) -> Change:
    """Return the change by which a guest called `name` owns the name."""
    return change(OwnName(name, KEY), Actor(name), time)


def settled(journal: Journal, *asked: Change) -> list[Event]:
    """Append `asked` as one batch, and return the results, which are all Changed."""
    results = append(journal, *asked)
    assert all(isinstance(result, Changed) for result in results), results
    return results


def account(journal: Journal, name: str, role: str = "", room: str = "") -> Actor:
    """Return an owner called `name`, who may have a role; both are changes of `journal`."""
    (made,) = settled(journal, own(name))
    assert isinstance(made, Changed)
    if role:
        settled(journal, change(SetRole(name, room, role)))  # type: ignore[arg-type]
    return Actor(name, made.number)


def audit_of(journal: Journal, before: int = 0, limit: int = 1000) -> AuditPage:
    """Return the audit's entries."""
    found: list[object] = []
    journal.audit(before, limit, found.append)
    (page,) = found
    assert isinstance(page, AuditPage), page
    return page


def whole_audit(journal: Journal, limit: int = 2) -> list[AuditEntry]:
    """Return all entries of the audit, read in pages of `limit`, newest first."""

    def pages() -> Iterator[AuditEntry]:
        before = 0
        while True:
            page = audit_of(journal, before, limit)
            yield from reversed(page.entries)
            if not page.more:
                return
            before = page.entries[0].number

    return list(pages())


def code_of(result: Event) -> str:
    """Return the code of a refusal."""
    assert isinstance(result, Refused), result
    return result.code
