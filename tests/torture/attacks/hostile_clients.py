"""Clients that say hostile lines, and clients that receive them, in each dialect."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.torture.attacks.hostile_lines import HostileLine
from tests.torture.attacks.raw_connection import RawConnection

_LINE_BREAK = "\n"


class HostileSpeaker:
    """Says hostile lines in a room, and counts refusals."""

    name = ""

    def __init__(self, port: int, room: str) -> None:
        self.connection = RawConnection(port)
        self.room = room
        self.refused = 0

    def say(self, line: HostileLine) -> None:
        """Say a line."""
        raise NotImplementedError

    def end(self, mark: str) -> None:
        """Say `mark`, and read all answers to the lines before it."""
        raise NotImplementedError


class HostileTextSpeaker(HostileSpeaker):
    """Uses the text dialect."""

    name = "person"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.connection.greet(self.name)
        self.connection.send(f"/join {room}\n".encode())

    def say(self, line: HostileLine) -> None:
        """Send the line as it is."""
        self.connection.send(line.data + b"\n")

    def end(self, mark: str) -> None:
        """Say `mark`, and read until the answer to a request after it."""
        self.connection.send(mark.encode() + b"\n/topic\n")
        while not (line := self.connection.line()).endswith(b" has no topic"):
            assert line, "the server has closed"
            self.refused += line.startswith(b"! ")


class HostileJsonSpeaker(HostileSpeaker):
    """Uses the JSON lines dialect; every other valid line has each non-ASCII character escaped."""

    name = "program"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.connection.hello(self.name, rooms=[room])
        self._count = 0

    def say(self, line: HostileLine) -> None:
        """Send the line in a request."""
        self._count += 1
        if line.valid and self._count % 2:
            text = line.data.decode()
            self.connection.ask(type="say", room=self.room, text=text.replace(" ", _LINE_BREAK, 1))
        elif line.valid:
            request = {"type": "say", "room": self.room, "text": line.data.decode()}
            self.connection.send(json.dumps(request).encode() + b"\n")
        else:
            start = f'{{"type":"say","room":"{self.room}","text":"'.encode()
            self.connection.send(start + line.data + b'"}\n')

    def end(self, mark: str) -> None:
        """Say `mark`, and read until its acknowledgement."""
        self.connection.ask(type="say", room=self.room, text=mark, nonce=mark)
        while event := self.connection.event("said", "error"):
            self.refused += event["type"] == "error"
            if event.get("nonce") == mark:
                return
        raise AssertionError("the server has closed")


class HostileIrcSpeaker(HostileSpeaker):
    """Uses IRC."""

    name = "client"

    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.connection.register(self.name, room, capabilities="echo-message standard-replies")

    def say(self, line: HostileLine) -> None:
        """Send the line as it is."""
        self.connection.send(b"PRIVMSG #%s :%s\r\n" % (self.room.encode(), line.data))

    def end(self, mark: str) -> None:
        """Say `mark`, and read until its echo."""
        self.connection.send(f"PRIVMSG #{self.room} :{mark}\r\n".encode())
        while (message := self.connection.message("PRIVMSG", "FAIL", "417")).parameters[-1] != mark:
            self.refused += message.command != "PRIVMSG"


class RoomListener:
    """Records the lines of the speaker in a room."""

    def __init__(self, port: int) -> None:
        self.connection = RawConnection(port)
        self.received: list[str] = []

    def listen_until(self, mark: str) -> None:
        """Record all texts up to `mark`."""
        while (text := self.next()) != mark:
            self.received.append(text)

    def next(self) -> str:
        """Return the text of the next line."""
        raise NotImplementedError


class TextListener(RoomListener):
    """Uses the text dialect."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.connection.greet(f"listener-{room}")
        self.connection.send(f"/join {room}\n".encode())
        while not self.connection.line().startswith(b"* You are now in"):
            pass
        self._start = f"{speaker}: "

    def next(self) -> str:
        """Return the text of the next line; if it is not one of the speaker, the whole line."""
        while line := self.connection.line():
            text = line.decode()
            if not text.startswith("* "):
                return text.removeprefix(self._start)
        raise AssertionError("the server has closed")


class JsonListener(RoomListener):
    """Uses the JSON lines dialect."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.connection.hello(f"program-{room}", rooms=[room])

    def next(self) -> str:
        """Return the text of the next line."""
        event = self.connection.event("said")
        assert event, "the server has closed"
        text: str = event["text"]
        return text


class IrcListener(RoomListener):
    """Uses IRC; the lines are so short that each is one message."""

    def __init__(self, port: int, room: str, speaker: str) -> None:
        super().__init__(port)
        self.connection.register(f"client-{room}", room)

    def next(self) -> str:
        """Return the text of the next line."""
        return self.connection.message("PRIVMSG").parameters[1]


SPEAKERS: dict[str, type[HostileSpeaker]] = {
    "text": HostileTextSpeaker,
    "json": HostileJsonSpeaker,
    "irc": HostileIrcSpeaker,
}
LISTENERS: dict[str, Callable[[int, str, str], RoomListener]] = {
    "text": TextListener,
    "json": JsonListener,
    "irc": IrcListener,
}
