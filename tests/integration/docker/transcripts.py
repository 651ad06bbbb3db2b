"""Transcripts in a README, as something to run: commands, terminals, and what they must show.

A ```console block is a terminal with a shell: a line that begins with `$ ` is a command, and below
it stands what it says. ```text blocks that begin with `$ ` are a conversation if nothing but words
stands between them: each is the whole of a terminal of its own, and all go on at the same time.
`...` is whatever there is: lines, where it stands alone, or a part of one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ALIKE = {
    r"\b(sha256:)?[0-9a-f]{64}\b": "ID",
    r"\b[0-9a-f]{12}\b": "ID",
    r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b": "MAC",
    r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)": "TIME",
    r"\[\d\d:\d\d\]": "[TIME]",
    r"\b(\d+|About an?|Less than a) (second|minute|hour)s?\b": "SOME TIME",
    r"(Client \([\d.]+), \d+\)": r"\1, PORT)",
    r"\b172\.\d+\.\d+\.": "172.17.0.",
    r"(python|twistd) \d+(\.\d+)+": r"\1 VERSION",
    r"[ \t]+": " ",
}
"""What is never the same twice, and what is put in its place before two texts are compared."""


@dataclass
class Command:
    """A command, and the lines that it must show."""

    text: str
    shows: list[str] = field(default_factory=list)


@dataclass
class Conversation:
    """What several terminals show in the end; each begins with the command that is run in it."""

    screens: list[list[str]]


def steps(readme: str) -> Iterator[list[Command] | Conversation]:
    """Yield what is to be done, in order: blocks of commands, and conversations."""
    waiting: list[list[str]] = []
    for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL):
        lines = text.splitlines()
        if kind == "text" and lines[0].startswith("$ "):
            waiting.append(lines)
            continue
        if waiting:
            yield Conversation(waiting)
            waiting = []
        if kind == "console":
            yield list(_commands(lines))


def _commands(lines: list[str]) -> Iterator[Command]:
    assert lines[0].startswith("$ "), f"no command in {lines}"
    command = Command(lines[0][2:])
    for line in lines[1:]:
        if line.startswith("$ "):
            yield command
            command = Command(line[2:])
        elif command.text.endswith("\\") and not command.shows:
            command.text += f"\n{line}"
        else:
            command.shows.append(line)
    yield command


def is_like(shown: str, expected: list[str]) -> bool:
    """Return whether `shown` is what was expected, but for what is never the same twice."""
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in _alike(line).split("...")) + "\n"
    shown = re.sub(r"\ADEPRECATED: The legacy builder .*?\n\n", "", shown, flags=re.DOTALL)
    seen = "".join(f"{_alike(line)}\n" for line in shown.splitlines())
    return re.fullmatch(pattern, seen) is not None


def _alike(line: str) -> str:
    for pattern, same in _ALIKE.items():
        line = re.sub(pattern, same, line)
    return line.strip()
