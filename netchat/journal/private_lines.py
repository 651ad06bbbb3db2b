"""Private lines of owners in a journal: how they are asked for, and how each journal settles them.

Each account has a box of its own with a copy of each line that it has sent or received, numbered
1, 2, 3. So what one side forgets, the other side keeps, and no device needs more than the last
number that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec.structs import replace

from netchat.journal.interface import NONCE_REUSED, PrivatePage, PrivateQuery
from netchat.journal.paging import PAGE_BYTES
from netchat.model.events import Event, Gap, Refused, Told
from netchat.model.notices import ToldAgain
from netchat.state.changes import Changed
from netchat.state.private_rules import PRIVATE, check_told, ignores, peer_key
from netchat.state.record import Removed
from netchat.state.rights import RuleError
from netchat.state.state import ChatState


class PrivateStore(Protocol):
    """The boxes of a journal, while it settles a batch."""

    def repeated(self, told: Told) -> Told | Refused | None:
        """Return the line that was settled with the client and the nonce of `told`.

        None if there is none; Refused (`repeat_refused`) if it had another text or recipient.
        """

    def unread(self, account: int, after: int, *, guests: bool) -> Sequence[str]:
        """Return the peers of the lines that `account` received above id `after`.

        Of those from `guests`, or of those from owners, among the newest of the box
        (`netchat.state.private_rules.NEWEST`).
        """

    def add(self, account: int, told: Told, peer: str) -> int:
        """Put `told` into the box of `account`, and return its id there; `peer` is the other side.

        `told.own` tells whether they have sent it.
        """

    def remember(self, told: Told) -> None:
        """Remember the nonce of `told`, which is settled, if it has one."""


def settle_private(state: ChatState, told: Told, store: PrivateStore) -> Event:
    """Return the result for `told`: as it was kept, ToldAgain, or Refused."""
    if not (told.sender or told.recipient):
        return told
    if (again := repeat_of(told, store)) is not None:
        return again
    try:
        check_told(
            state,
            told,
            lambda: store.unread(
                told.recipient,
                state.read_mark(told.recipient, PRIVATE),
                guests=not told.sender,
            ),
        )
    except RuleError as error:
        return error.refused(told.nonce)
    id = sent_id = 0
    if told.recipient and not ignores(state, told.recipient, told.name, told.sender):
        id = store.add(told.recipient, told, peer_key(told.sender, told.name))
    if state.account(told.sender) is not None:
        sent_id = store.add(told.sender, told.as_sent(), peer_key(told.recipient, told.to))
    settled = replace(told, id=id, sent_id=sent_id, absent=False)
    store.remember(settled)
    return settled


def repeat_of(told: Told, store: PrivateStore) -> ToldAgain | Refused | None:
    """Return the result for `told` if its client has used its nonce before; else None."""
    kept = told.sender or told.recipient
    before = store.repeated(told) if kept and told.client and told.nonce else None
    if isinstance(before, Told):
        return ToldAgain(replace(before.as_sent(), nonce=told.nonce))
    return before


def repeat_refused(told: Told) -> Refused:
    """Return the refusal of `told`, whose nonce was used for another line."""
    return Refused("nonce-reused", NONCE_REUSED, told.nonce)


def box_page(lines: Iterable[Told | Gap], query: PrivateQuery) -> PrivatePage:
    """Return the page that `query` asks for; `lines` are those of the box in its span, in order.

    They are the newest first if the newest were asked for. Lines that it does not ask for are left
    out, and so are gaps unless it asks for all lines.
    """
    every = not (query.peer or query.received)
    wanted = (
        line
        for line in lines
        if (every if isinstance(line, Gap) else not (query.received and line.own))
    )
    taken: list[Told | Gap] = []
    size = 0
    more = False
    for line in wanted:
        if len(taken) >= query.span.limit or size >= PAGE_BYTES:
            more = True
            break
        taken.append(line)
        size += len(line.text.encode()) if isinstance(line, Told) else 0
    return PrivatePage(tuple(reversed(taken) if query.span.newest else taken), more)


def forgotten(changed: Changed) -> list[int]:
    """Return the accounts that exist no more after `changed`: all their private lines go."""
    return [
        int(update.key)
        for update in changed.updates
        if isinstance(update, Removed) and update.kind == "account"
    ]
