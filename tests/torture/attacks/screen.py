"""Hostile lines on the screen of a user who runs netchat's client and is typing a line."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.support.client_processes import TerminalUser
from tests.torture.attacks.hostile_clients import HostileTextSpeaker
from tests.torture.attacks.hostile_lines import hostile_line
from tests.torture.figures import Figure, exactly, reported
from tests.torture.server_process import ServerProcess

TYPED = "half a line"
ALLOWED = b"\x1b\r\n\x08"
"""The control characters that the client itself sends to the terminal."""


def run(directory: Path, rng: Random, *, lines: int) -> list[Figure]:
    """Say so many lines to a user at a real terminal."""
    with ServerProcess(cwd=directory) as server:
        terminal_user = TerminalUser(directory, server.address, "--name", "Alice")
        try:
            terminal_user.waits(lambda: terminal_user.screen[-1:] == ["You:"])
            terminal_user.types(TYPED)
            terminal_user.waits(lambda: terminal_user.screen[-1:] == [f"You: {TYPED}"])
            bells = terminal_user.shown.count(b"\x07")
            speaker = HostileTextSpeaker(server.port, "lobby")
            for number in range(lines):
                speaker.say(hostile_line(rng, number))
                if number % 50 == 49:
                    mark = f"mark {number}"
                    speaker.end(mark)
                    terminal_user.waits(lambda mark=mark: f"person: {mark}" in terminal_user.screen)  # type: ignore[misc]
            speaker.end("the end")
            terminal_user.waits(lambda: "person: the end" in terminal_user.screen)
            terminal_user.waits(lambda: terminal_user.screen[-1:] == [f"You: {TYPED}"])
            last = terminal_user.screen[-2:]
            shown = terminal_user.shown
            title = terminal_user.title
            speaker.connection.close()
        finally:
            terminal_user.kill()
        server.stop()
    return [
        reported("hostile lines on the screen", lines),
        exactly("the last two lines of the screen",
                ["person: the end", f"You: {TYPED}"], last),
        exactly("the title of the window", "", title),
        exactly("bells", bells, shown.count(b"\x07")),
        exactly("sequences that set the title or the clipboard, or query the terminal", 0,
                sum(shown.count(start) for start in (b"\x1b]", b"\x1bP", b"\x1b[6n", b"\x1bc"))),
        exactly("C1 controls", 0, _c1(shown)),
    ]  # fmt: skip


def _c1(shown: bytes) -> int:
    text = shown.decode(errors="ignore")
    return sum("\x80" <= character <= "\x9f" for character in text)
