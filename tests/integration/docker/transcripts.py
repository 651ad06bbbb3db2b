"""Parse the transcripts in a README into commands to run and the output that they must have.

A ```console block is a shell: a line that begins with `$ ` is a command, and the lines after it are
its output. Consecutive ```text blocks that begin with `$ ` are a conversation: each is the complete
screen of one terminal, and all run at the same time. `...` matches any lines if it is a line of its
own, and otherwise any part of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_REPLACEMENTS = {
    r"\b(sha256:)?[0-9a-f]{64}\b": "ID",
    r"\b[0-9a-f]{12}\b": "ID",
    r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b": "MAC",
    r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)": "TIME",
    r"\[\d\d:\d\d\]": "[TIME]",
    r"\b(\d+|About an?|Less than a) (second|minute|hour)s?\b": "SOME TIME",
    r"(Client \([\d.]+), \d+\)": r"\1, PORT)",
    # Other containers may be in Docker's own network.
    r"\b172\.\d+\.\d+\.\d+\b": "172.17.0.N",
    r"(python|twistd) \d+(\.\d+)+": r"\1 VERSION",
    r"[ \t]+": " ",
}
"""Patterns of text that differs in each run, and what replaces them before a comparison."""


@dataclass
class Command:
    """A command, and its expected output."""

    text: str
    shows: list[str] = field(default_factory=list)


@dataclass
class Conversation:
    """The final screens of several terminals; the first line of each is its command."""

    screens: list[list[str]]


def steps(readme: str) -> Iterator[list[Command] | Conversation]:
    """Yield the blocks of commands and the conversations of `readme`, in order."""
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
    """Return whether `shown` matches `expected`, apart from text that differs in each run."""
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in _normalized(line).split("...")) + "\n"
    shown = re.sub(r"\ADEPRECATED: The legacy builder .*?\n\n", "", shown, flags=re.DOTALL)
    seen = "".join(f"{_normalized(line)}\n" for line in shown.splitlines())
    return re.fullmatch(pattern, seen) is not None


def _normalized(line: str) -> str:
    for pattern, same in _REPLACEMENTS.items():
        line = re.sub(pattern, same, line)
    return line.strip()
