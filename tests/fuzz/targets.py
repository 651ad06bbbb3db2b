"""The fuzz targets: functions that take any bytes, and raise if netchat handles them wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from zope.interface import implementer

from netchat.dialects.framing import EndlessLineError, Framer, TooLong
from netchat.dialects.jsonl import dialect as jsonl
from netchat.dialects.text import dialect as text
from netchat.model.events import Refused, Said
from netchat.model.requests import Say, SetTopic, Tell
from netchat.testing import Guest, Network
from tests.support.hostile_lines import FORBIDDEN, TOWER

_LIMIT = 64
"""The longest line in bytes; short, so that the fuzzer reaches the limit often."""


def lines(data: bytes) -> None:
    """Frame a stream in pieces of any size, and parse its lines in the text dialect."""
    cuts, stream = data[:4], data[4:]
    whole = _framed([stream])
    positions = sorted({cut % (len(stream) + 1) for cut in cuts})
    pieces = [stream[a:b] for a, b in zip([0, *positions], [*positions, len(stream)], strict=True)]
    assert _framed(pieces) == whole
    for line in whole:
        if isinstance(line, bytes):
            assert b"\n" not in line
            _see_request(text.parse(line))
            _see_request(text.parse_hello(line))
    said = text.parse_plain(stream + b"\n")
    if said is not None:
        parsed = [text.parse(line) for line in stream.split(b"\n")]
        assert [getattr(say, "text", None) for say in parsed] == list(said.texts)


def objects(data: bytes) -> None:
    """Parse a line in the JSON lines dialect."""
    line = data.replace(b"\n", b" ")
    request = jsonl.parse(line)
    _see_request(request)
    said = jsonl.parse_plain(line + b"\n")
    if said is not None:
        assert isinstance(request, Say)
        assert (said.room, said.texts) == (request.room, (request.text,))
        assert said.nonces == ((request.nonce,) if request.nonce else ())
    if isinstance(request, Say):
        for dialect in (text, jsonl):
            heard = dialect.render(Said("lobby", "Bob", request.text, 0.0, bool(request.action), 1))
            assert heard.count(b"\n") == 1


def talk(data: bytes) -> None:
    """Let three guests send the bytes to a whole server, while two others listen."""
    with _no_logged_errors():
        network = Network("--max-line", str(_LIMIT), "--rate", "5", "--burst", "10")
        carl, prog = network.join("Carl"), network.program("prog")
        guests = [network.connect(Guest()) for _ in range(3)]
        for number, chunk in enumerate(data.split(b"\xfe\xfe")):
            guest = guests[number % 3]
            if guest.online:
                guest.transport.write(chunk)
                network.settle()
            if chunk.endswith(b"\xfd"):
                network.advance(chunk.count(b"\xfd") / 3)
        network.advance(1)
        for listener in (carl, prog):
            assert listener.online
            _see(listener.received.decode())
        for told in map(msgspec.json.decode, prog.received.splitlines()):
            _see(str(told.get("text", "")))
        carl.say("/names")
        assert re.search(r"^\* In lobby: .*Carl", carl.heard()[-1])


TARGETS: dict[str, Callable[[bytes], None]] = {"lines": lines, "objects": objects, "talk": talk}


def _framed(pieces: list[bytes]) -> list[bytes | TooLong | None]:
    framer = Framer(_LIMIT, _LIMIT)
    framer.yield_blanks = False
    found: list[bytes | TooLong | None] = []
    try:
        for piece in pieces:
            found += framer.feed(piece)
        found += framer.rest()
    except EndlessLineError:
        found.append(None)
    return found


def _see_request(request: object) -> None:
    if isinstance(request, Say | Tell | SetTopic):
        _see(request.text)
        assert "\n" not in request.text
    elif isinstance(request, Refused):
        _see(request.message)


def _see(shown: str) -> None:
    assert not FORBIDDEN.search(shown), shown
    assert not TOWER.search(shown), shown


class _no_logged_errors:  # noqa: N801 - used as a statement
    """Raise AssertionError for each error that the server logs."""

    def __enter__(self) -> None:
        self.bugs: list[LogEvent] = []
        bugs = self.bugs

        @implementer(ILogObserver)
        def observe(event: LogEvent) -> None:
            if event.get("log_level") in (LogLevel.error, LogLevel.critical):
                bugs.append(event)

        self.observe = observe
        globalLogPublisher.addObserver(observe)

    def __exit__(self, *_: object) -> None:
        globalLogPublisher.removeObserver(self.observe)
        for bug in self.bugs:
            raise AssertionError(bug["log_failure"].getTraceback())


def seeds(target: str, texts: Iterator[bytes], objects: Iterator[bytes]) -> Iterator[bytes]:
    """Yield initial inputs for a target, made of lines of both dialects."""
    for number, (line, request) in enumerate(zip(texts, objects, strict=True)):
        match target:
            case "lines":
                yield bytes([number % 256, 9, 17, 33]) + line
            case "objects":
                yield request
            case _:
                hello = b'{"type":"hello","name":"P%d"}\n' % number
                parts = [b"Bob\n", hello, b"\n", line + b"\n", request + b"\n", b"/names\n\xfd"]
                yield b"\xfe\xfe".join(parts)
