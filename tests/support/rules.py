"""The rules of the chat's state, tried out on a state that a test makes."""

from __future__ import annotations

from netchat.model.events import Refused, Said
from netchat.state.changes import Actor, Change, Changed, What
from netchat.state.judge import settle
from netchat.state.records import Account, Counter, Proof, Role, RoleName
from netchat.state.state import ChatState
from tests.support.journals import NOW

__all__ = ["NOW"]

ANN = Actor("Ann", 1)
"""An operator, in `people`."""
BEA = Actor("Bea", 2)
"""A moderator of the lobby."""
CAT = Actor("Cat", 3)
"""A member of the lobby."""
DOT = Actor("Dot", 4)
"""The owner of a name, without any role."""
EVE = Actor("Eve")
"""A guest."""
MOD = Actor("Mod", 5)
"""Another moderator of the lobby."""


def key(number: int) -> Proof:
    """Return one of several proofs."""
    return Proof(0, "key", f"{number:064x}")


def people(*more: tuple[int, str, RoleName]) -> ChatState:
    """Return a state with ANN, BEA, CAT, DOT and MOD; `more` are further roles."""
    state = ChatState(
        Account(actor.account, actor.name, NOW - 100, (Proof(1, "key", actor.name),), 1)
        for actor in (ANN, BEA, CAT, DOT, MOD)
    )
    roles: list[tuple[int, str, RoleName]] = [
        (1, "", "operator"),
        (2, "lobby", "moderator"),
        (5, "lobby", "moderator"),
        (3, "lobby", "member"),
    ]
    state.put(Counter(100))
    for number, room, role in (*roles, *more):
        state.put(Role(number, room, role))
    return state


def line(name: str, id: int = 1, text: str = "hello") -> Said:
    """Return a line of `name`, one of `people` or a guest, in the lobby."""
    numbers = {actor.name: actor.account for actor in (ANN, BEA, CAT, DOT, MOD)}
    return Said("lobby", name, text, NOW, id=id, account=numbers.get(name, 0))


def judge(
    state: ChatState, what: What, by: Actor, *lines: Said, time: float = NOW
) -> Changed | Refused:
    """Settle the change; `lines` are those that are stored."""
    stored = {(line.room, line.id): line for line in lines}
    return settle(state, Change(what, by, time, "n"), lambda room, id: stored.get((room, id)))


def changed(state: ChatState, what: What, by: Actor, *lines: Said, time: float = NOW) -> Changed:
    """Settle the change, which is allowed."""
    result = judge(state, what, by, *lines, time=time)
    assert isinstance(result, Changed), result
    return result


def code(state: ChatState, what: What, by: Actor, *lines: Said, time: float = NOW) -> str:
    """Return the code with which the change is refused; nothing is changed by it."""
    before = set(state.records())
    result = judge(state, what, by, *lines, time=time)
    assert isinstance(result, Refused), result
    assert set(state.records()) == before
    assert result.nonce == "n"
    if result.code:
        assert result.message.endswith((".", "?")), result.message
        assert "\n" not in result.message
    return result.code
