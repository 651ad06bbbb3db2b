"""What every connection reads of presence, whatever several devices of accounts and guests do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netchat.chat.chat import Chat
from tests.support.listeners import JsonListener

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOMS = ("lobby", "dev")
SPELLINGS = {1: ("ann", "Ann", "ANN"), 2: ("bob", "Bob", "BOB")}
"""The accounts, and how their owners write their names."""
CONNECTIONS = (1, 1, 1, 2, 2, 0, 0)
"""The account of each connection; 0: it is a guest's."""
STEPS = [
    "log in",
    "quit",
    "join lobby",
    "join dev",
    "catch up in dev",
    "leave lobby",
    "leave dev",
    "say",
    "say",
    "tell",
    "respell",
    "own",
    "end the others",
    "end turn",
    "settle",
]


class Reader(JsonListener):
    """A connection that keeps by its events who is in each of its rooms."""

    def __init__(self, chat: Chat, name: str, account: int) -> None:
        super().__init__(chat, name, room=None, account=account)
        self.rosters: dict[str, list[str]] = {}
        self.said: list[str] = []
        self.told: list[str] = []

    def read(self) -> None:
        """Take all events; AssertionError if one does not follow from those before."""
        for event in self.events:
            self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        roster = self.rosters.get(event.get("room", ""))
        match event["type"]:
            case "entered":
                assert roster is None
                self.rosters[event["room"]] = _unique(event["names"])
            case "names":
                self.rosters[event["room"]] = _unique(event["names"])
            case "joined":
                assert roster is not None
                assert set(roster).isdisjoint(event["names"])
                roster += _unique(event["names"])
            case "left":
                self._take_left(event)
            case "renamed":
                assert any(event["name"] in some for some in self.rosters.values()) or (
                    not self.rosters
                )
                for some in self.rosters.values():
                    some[:] = [event["to"] if name == event["name"] else name for name in some]
                    _unique(some)
            case "said":
                assert roster is not None
                self.said.append(event["text"])
            case "told":
                self.told.append(event["text"])

    def _take_left(self, event: dict[str, Any]) -> None:
        roster = self.rosters[event["room"]]
        for name in event["names"]:
            assert name in roster
            roster.remove(name)


def _unique(names: Sequence[str]) -> list[str]:
    assert len(set(names)) == len(names)
    return list(names)
