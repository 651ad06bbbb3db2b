"""A network with accounts and roles, for tests of moderation."""

from __future__ import annotations

from typing import Any

from netchat.chat.changes import change, change_as
from netchat.chat.chat import Chat
from netchat.model.events import Event, Refused
from netchat.state.changes import CONSOLE, Actor, Changed, OwnName, SetRole, What
from netchat.state.records import RoleName
from netchat.testing import START, Guest, Network, Program


class Moderated:
    """A network in which tests give names, roles and addresses to guests and programs."""

    def __init__(self, *arguments: str, start: float = START) -> None:
        self.network = Network("--history", "0", *arguments, start=start)
        self.chat: Chat = self.network.service.factory.chat

    def settle(self, what: What, by: Actor = CONSOLE) -> Changed | Refused:
        """Return the result of a change that `by` asks for, as netchat admin does."""
        results: list[Event] = []
        change_as(self.chat, by, what, results.append)
        self.network.settle()
        (result,) = results
        assert isinstance(result, Changed | Refused)
        return result

    def do(self, what: What) -> Changed:
        """Return the result of a change by netchat admin that is not refused."""
        result = self.settle(what)
        assert isinstance(result, Changed), result
        return result

    def own(self, name: str) -> int:
        """Return the number of a new account called `name`."""
        return self.do(OwnName(name)).number

    def role(self, name: str, role: RoleName | None, room: str = "") -> None:
        """Give the account called `name`, which is made if there is none, a role."""
        if self.chat.state.owner(name) is None:
            self.own(name)
        self.do(SetRole(name, room, role))

    def guest(self, name: str, *, host: str = "") -> Guest:
        """Return a guest of the text dialect called `name`, who is in the lobby."""
        return self.network.join(name, host)

    def person(self, name: str, role: RoleName | None = None, room: str = "") -> Guest:
        """Return the owner of `name`, in the lobby, with a role in `room` ("": on the server)."""
        guest = self.network.join(name)
        self._own(name)
        self._give(name, role, room, guest)
        return guest

    def program(
        self, name: str, role: RoleName | None = None, room: str = "", **hello: Any
    ) -> Program:
        """Return a program called `name`; with a `role`, it owns the name and has that role."""
        program = self.network.program(name, **hello)
        if role is not None:
            self._own(name)
            self._give(name, role, room, program)
        program.heard()
        return program

    def _own(self, name: str) -> None:
        who = self.chat.participants.find(name)
        assert who is not None, name
        results: list[Event] = []
        change(self.chat, who, OwnName(name), then=results.append)
        self.network.settle()
        assert isinstance(results[0], Changed), results

    def _give(self, name: str, role: RoleName | None, room: str, guest: Guest) -> None:
        if role is not None:
            self.do(SetRole(name, room, role))
        guest.heard()
