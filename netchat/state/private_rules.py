"""The rules for private lines of owners: which are kept, and for whom.

They are judged in their place in the order, like changes (`netchat.state.judge`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from netchat.model.events import Told
from netchat.model.names import equivalent, match_keys
from netchat.state.rights import RuleError, account_gone
from netchat.state.state import ChatState

PRIVATE = ""
"""The room of the read mark for private lines: no room is called so."""
MAX_UNREAD_OF_GUESTS = 100
"""How many unread lines of guests an owner has at most while not connected."""
MAX_UNREAD_OF_GUEST = 20
"""How many of them one guest may have sent."""
MAX_UNREAD = 1000
"""How many unread lines of other owners an owner has at most while not connected."""
MAX_UNREAD_OF_OWNER = 200
"""How many of them one owner may have sent."""
NEWEST = 2 * MAX_UNREAD
"""Among how many lines, the newest of the box, those of other owners are counted."""
_FULL = "{} has too many unread lines{}; try again when they are here."
_GONE = "Nobody here is called {}; try /names."


def peer_key(account: int, name: str) -> str:
    """Return what identifies the other side of a private line: an account, or a guest's name.

    No name has a `#`, so the two are never confused.
    """
    return f"#{account}" if account else match_keys(name)[0]


def account_of(peer: str) -> int:
    """Return the account that `peer`, a `peer_key`, is; 0: a guest."""
    return 0 if is_guest(peer) else int(peer.removeprefix("#"))


def is_guest(peer: str) -> bool:
    """Return whether `peer`, a `peer_key`, is a guest."""
    return not peer.startswith("#")


def ignores(state: ChatState, account: int, name: str, sender: int = 0) -> bool:
    """Return whether `account` ignores `name`, which is of the account `sender` (0: a guest).

    However it is written, or was when somebody first owned it.
    """
    reader, owner = state.account(account), state.account(sender)
    names = (name, *(owner.spellings if owner else ()))
    return reader is not None and any(
        equivalent(one, other) for one in names for other in reader.ignored
    )


def check_told(state: ChatState, told: Told, unread: Callable[[], Iterable[str]]) -> None:
    """Raise RuleError if `told` is not to be kept.

    `unread` returns the peers of the unread lines that the recipient has received, from guests if
    the sender is one, and else from owners.
    """
    if told.sender and state.account(told.sender) is None:
        raise account_gone()
    recipient = state.account(told.recipient)
    if told.recipient and recipient is None:
        raise RuleError("no-such-user", _GONE.format(told.to))
    if not (recipient and told.absent):
        return
    counts = Counter(unread())
    most, most_of_one, whose = (
        (MAX_UNREAD, MAX_UNREAD_OF_OWNER, "")
        if told.sender
        else (MAX_UNREAD_OF_GUESTS, MAX_UNREAD_OF_GUEST, " from guests")
    )
    if counts[peer_key(told.sender, told.name)] >= most_of_one:
        raise RuleError("too-fast", _FULL.format(told.to, " from you"))
    if counts.total() >= most:
        raise RuleError("too-fast", _FULL.format(told.to, whose))
