"""Clients that speak IRC with a server in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netchat.dialects.irc.message import Message, parse
from netchat.testing import Guest

if TYPE_CHECKING:
    from netchat.testing import Network

PASSWORD = "sesame-seeds-7"
SERVER = re.compile(r"(?<=:)[^ !]+(?= \d{3} )")


class IrcGuest(Guest):
    """A client that speaks IRC."""

    def read(self) -> list[str]:
        """Return the lines received since the last call, without their ends.

        The name of the server in front of a numeric reply is `server`, whatever machine this is.
        """
        return [SERVER.sub("server", line.removesuffix("\r")) for line in self.heard()]

    def messages(self) -> list[Message]:
        """Return the messages received since the last call."""
        return [message for line in self.heard() if (message := parse(line.encode())) is not None]

    def ask(self, *lines: str) -> list[str]:
        """Send `lines`, each with a line end, and return what is received then."""
        self.read()
        for line in lines:
            self.say(f"{line}\r")
        return self.read()


def connect(network: Network, host: str = "") -> IrcGuest:
    """Return a client that is connected, and has sent nothing."""
    client = network.connect(IrcGuest(), host)
    client.network = network
    return client


def register(
    network: Network, nick: str, *capabilities: str, host: str = "", rooms: str = "#lobby"
) -> IrcGuest:
    """Return a client called `nick` that has these `capabilities` and has joined `rooms`.

    What it was sent for that is read.
    """
    client = connect(network, host)
    client.say(f"CAP REQ :{' '.join(capabilities)}\r" if capabilities else "CAP LS 302\r")
    client.say(f"NICK {nick}\r")
    client.say(f"USER {nick} 0 * :{nick}\r")
    client.say("CAP END\r")
    if rooms:
        client.say(f"JOIN {rooms}\r")
    client.heard()
    return client


def log_in(network: Network, name: str, *capabilities: str) -> IrcGuest:
    """Return a client that has logged in as the owner `name`, in no room."""
    client = connect(network)
    if capabilities:
        client.say(f"CAP REQ :{' '.join(capabilities)}\r")
    for line in (f"PASS {name}:{PASSWORD}", f"NICK {name}", "USER a 0 * :A", "CAP END"):
        client.say(f"{line}\r")
    assert any(" 001 " in line for line in client.heard())
    return client


def own(network: Network, name: str) -> None:
    """Let somebody own `name`."""
    guest = network.join(name)
    guest.say(f"/own {PASSWORD}")
    guest.say("exit")


def texts(lines: list[str]) -> list[str]:
    """Return the texts of the messages among `lines`."""
    return [line.rpartition("PRIVMSG ")[2].partition(" ")[2].lstrip(":") for line in lines
            if " PRIVMSG " in line]  # fmt: skip
