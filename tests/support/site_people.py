"""Owners, moderators and guests on the servers of a site, for tests."""

from __future__ import annotations

from typing import Any

from netchat.chat.changes import change_as
from netchat.state.changes import CONSOLE, SetRole
from netchat.state.records import RoleName
from netchat.testing import Guest, Network, Program
from tests.support.proofs import PASSWORD, Key, challenged
from tests.support.site import Site

HERE = "127.0.0.1"
"""Whence a password may come without TLS."""


class People:
    """Those who come to the servers of `site`, `one` and `two`."""

    def __init__(self, *arguments: str, servers: int = 2) -> None:
        self.site = Site(servers, "--history", "0", *arguments)
        self.one, self.two = self.site.servers[0], self.site.servers[-1]

    def own(self, name: str, role: RoleName | None = None) -> None:
        """Have `name` owned, by a password and by a key, and give it a `role` on the server."""
        guest = self.one.join(name, HERE)
        self.site.settle()
        guest.say(f"/own {PASSWORD}")
        self.site.settle()
        guest.say("exit")
        self.site.settle()
        program = self.program(self.one, name, key=False)
        program.ask("own", key=Key(name).public)
        self.site.settle()
        program.ask("bye")
        if role is not None:
            chat = self.one.service.factory.chat
            change_as(chat, CONSOLE, SetRole(name, "", role), lambda _: None)
        self.site.settle()

    def guest(self, server: Network, name: str, host: str = "") -> Guest:
        """Return a guest of the text dialect who has read what came with the welcome."""
        guest = server.join(name, host)
        self.site.settle()
        guest.heard()
        return guest

    def owner(self, server: Network, name: str) -> Guest:
        """Return a device of the owner of `name`, of the text dialect."""
        guest = server.guest(HERE)
        guest.say(name)
        guest.say(PASSWORD)
        self.site.settle()
        guest.heard()
        return guest

    def program(
        self, server: Network, name: str, *, key: bool | None = None, **hello: Any
    ) -> Program:
        """Return a program; with a `key` (or, if it is False, a password) it proves its name."""
        hello.setdefault("rooms", ["lobby"])
        host = HERE if key is False else ""
        program = server.connect(Program(), host)
        program.network = server
        program.ask("hello", name=name, **hello)
        self.site.settle()
        if key:
            program.ask("auth", **Key(name).proof(challenged(program), hello.get("client", "")))
        elif key is False:
            program.told()
            program.ask("auth", method="password", password=PASSWORD)
        self.site.settle()
        return program

    def say(self, guest: Guest, line: str) -> list[str]:
        """Return what `guest` reads after they have said `line`."""
        guest.heard()
        guest.say(line)
        self.site.settle()
        return guest.heard()

    def ask(self, program: Program, type: str, **fields: Any) -> list[dict[str, Any]]:
        """Return what `program` is told after it has asked for something."""
        program.told()
        program.ask(type, **fields)
        self.site.settle()
        return program.told()
