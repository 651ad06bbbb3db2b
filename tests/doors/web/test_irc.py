"""Clients of IRC that come over a WebSocket, as a web client or a gateway does."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from netchat.testing import Network
from tests.support.irc import register
from tests.support.web import WebProgram

KINDS = {"text.ircv3.net": Opcode.TEXT, "binary.ircv3.net": Opcode.BINARY}


class WebIrc(WebProgram):
    """A client of IRC on a WebSocket; `taken` is what it has received."""

    def __init__(self, offer: str, path: str = "/ws") -> None:
        super().__init__(offer=offer, path=path)
        self.taken: list[Frame] = []
        self.kind = KINDS[offer]

    def _take(self, frame: Frame) -> None:
        self.taken.append(frame)

    def tell(self, *lines: str) -> list[str]:
        """Send `lines`, and return the lines received then."""
        self.taken.clear()
        self.send_frames(*[Frame(self.kind, line.encode()) for line in lines])
        return [bytes(frame.data).decode() for frame in self.taken]


def test_a_client_that_knows_no_path_is_taken_at_that_of_the_page() -> None:
    network = Network()
    ann = WebIrc("text.ircv3.net", path="/")
    ann.network = network
    network.connect(ann)
    assert " 001 Ann " in ann.tell("NICK Ann", "USER ann 0 * :Ann")[0]


@pytest.mark.parametrize("offer", KINDS)
def test_a_client_of_irc_on_a_websocket_talks_with_others(offer: str) -> None:
    network = Network()
    ann = WebIrc(offer)
    ann.network = network
    network.connect(ann)
    lines = ann.tell("NICK Ann", "USER ann 0 * :Ann")
    assert " 001 Ann " in lines[0]
    assert not any("\r" in line or "\n" in line for line in lines)
    assert ann.tell("JOIN #lobby")[0].endswith("JOIN #lobby")
    bob = register(network, "Bob")
    ann.taken.clear()
    bob.say("PRIVMSG #lobby :one two\r")
    bob.say("PRIVMSG #lobby :three four\r")
    assert [bytes(frame.data) for frame in ann.taken] == [
        b":Bob!~Bob@guest PRIVMSG #lobby :one two",
        b":Bob!~Bob@guest PRIVMSG #lobby :three four",
    ]
    assert {frame.opcode for frame in ann.taken} == {ann.kind}
    ann.tell("PRIVMSG #lobby :hello to you")
    assert bob.read()[-1].endswith("PRIVMSG #lobby :hello to you")
