"""A chat server as one writes it at first: LineReceiver, and one transport.write per member.

`python naive.py [KEY CERTIFICATE]`; it speaks as much of netchat's text dialect as the load
generator needs, and says on stdout on which port.
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
rooms: dict[bytes, set[Guest]] = {}


class Guest(LineReceiver):
    """Somebody in a room."""

    transport: Any
    delimiter = b"\n"
    name = b""
    room = LOBBY

    def connectionMade(self) -> None:
        """Ask for the name."""
        self.transport.setTcpNoDelay(True)
        self.transport.write(b"Enter username: ")

    def connectionLost(self, _: object = None) -> None:
        """Take the guest out of his room."""
        rooms.get(self.room, set()).discard(self)

    def lineReceived(self, line: bytes) -> None:
        """Take a name, a command or what is said."""
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
        """Go into `room`."""
        self.room = room
        rooms.setdefault(room, set()).add(self)
        self.tell_others(b"* " + self.name + b" joined\n")

    def tell_others(self, line: bytes) -> None:
        """Send a line to everybody else in the room."""
        for member in rooms[self.room]:
            if member is not self:
                member.transport.write(line)


def main() -> None:
    """Serve until a signal comes."""
    log.startLogging(sys.stdout, setStdout=False)
    factory = Factory.forProtocol(Guest)
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
