"""Hostile lines on the screen of somebody who runs the client, and is typing."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.support.client_processes import Person
from tests.torture.attacks.hostile_ears import TextMouth, hostile
from tests.torture.figures import Figure, exactly, told
from tests.torture.machine import Machine

TYPED = "half a line"
ALLOWED = b"\x1b\r\n\x08"
"""The controls that the client itself sends to the terminal."""


def run(place: Path, dice: Random, *, lines: int) -> list[Figure]:
    """Say so many lines to somebody at a real terminal."""
    with Machine(cwd=place) as server:
        person = Person(place, server.address, "--name", "Alice")
        try:
            person.waits(lambda: person.screen[-1:] == ["You:"])
            person.types(TYPED)
            person.waits(lambda: person.screen[-1:] == [f"You: {TYPED}"])
            bells = person.shown.count(b"\x07")
            mouth = TextMouth(server.port, "lobby")
            for number in range(lines):
                mouth.say(hostile(dice, number))
                if number % 50 == 49:
                    mark = f"mark {number}"
                    mouth.end(mark)
                    person.waits(lambda mark=mark: f"person: {mark}" in person.screen)  # type: ignore[misc]
            mouth.end("the end")
            person.waits(lambda: "person: the end" in person.screen)
            person.waits(lambda: person.screen[-1:] == [f"You: {TYPED}"])
            last = person.screen[-2:]
            shown = person.shown
            title = person.title
            mouth.caller.close()
        finally:
            person.is_gone()
        server.stop()
    return [
        told("hostile lines on the screen", lines),
        exactly("the last two lines of the screen",
                ["person: the end", f"You: {TYPED}"], last),
        exactly("the title of the window", "", title),
        exactly("bells", bells, shown.count(b"\x07")),
        exactly("sequences that set the title, the clipboard, or ask", 0,
                sum(shown.count(start) for start in (b"\x1b]", b"\x1bP", b"\x1b[6n", b"\x1bc"))),
        exactly("C1 controls", 0, _c1(shown)),
    ]  # fmt: skip


def _c1(shown: bytes) -> int:
    text = shown.decode(errors="ignore")
    return sum("\x80" <= character <= "\x9f" for character in text)
