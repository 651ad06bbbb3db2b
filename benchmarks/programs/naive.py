"""A naive chat server: LineReceiver, and one transport.write per member.

`python naive.py [KEY CERTIFICATE]`; it speaks the part of netchat's text dialect that the load
generator needs, and prints its port.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import reactor as installed
from twisted.internet import ssl
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver
from twisted.python import log

LOBBY = b"lobby"
reactor: Any = installed
rooms: dict[bytes, set[NaiveChat]] = {}


class NaiveChat(LineReceiver):
    """The connection of a client in a room."""

    transport: Any
    delimiter = b"\n"
    name = b""
    room = LOBBY

    def connectionMade(self) -> None:
        """Ask for the name."""
        self.transport.setTcpNoDelay(True)
        self.transport.write(b"Enter username: ")

    def connectionLost(self, _: object = None) -> None:
        """Remove the client from its room."""
        rooms.get(self.room, set()).discard(self)

    def lineReceived(self, line: bytes) -> None:
        """Process a name, a command or a line to say."""
        if not self.name:
            self.name = line
            self.transport.write(b"Welcome to chat room. Enter 'exit' anytime to exit\n")
            self.enter(LOBBY)
        elif line == b"exit":
            self.transport.write(b"DISCONNECTED!!\n")
            self.transport.loseConnection()
        elif line.startswith(b"/join "):
            rooms[self.room].discard(self)
            self.enter(line[6:])
            self.transport.write(b"* You are now in " + self.room + b"\n")
        else:
            self.tell_others(self.name + b": " + line + b"\n")

    def enter(self, room: bytes) -> None:
        """Join `room`."""
        self.room = room
        rooms.setdefault(room, set()).add(self)
        self.tell_others(b"* " + self.name + b" joined\n")

    def tell_others(self, line: bytes) -> None:
        """Send a line to all other members of the room."""
        for member in rooms[self.room]:
            if member is not self:
                member.transport.write(line)


def main() -> None:
    """Serve until a signal arrives."""
    log.startLogging(sys.stdout, setStdout=False)
    factory = Factory.forProtocol(NaiveChat)
    factory.noisy = False
    listen = {"port": 0, "factory": factory, "interface": "127.0.0.1", "backlog": 4096}
    if sys.argv[1:]:
        context = ssl.DefaultOpenSSLContextFactory(*sys.argv[1:])
        port = reactor.listenSSL(contextFactory=context, **listen)
    else:
        port = reactor.listenTCP(**listen)
    print(f"starting on {port.getHost().port}", flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
