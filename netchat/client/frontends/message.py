"""A message of several lines: how it becomes lines, which is all that the server knows."""

from __future__ import annotations

from netchat.client.conversation.commands import size_problem
from netchat.dialects.text.commands import find_command, find_word
from netchat.dialects.text.requests import command_in, parse
from netchat.model.events import Refused
from netchat.model.lines import lines_of
from netchat.model.requests import Bye, Request

MAX_UNCONFIRMED = 5
"""How many lines of a message are sent without a question."""
MAX_ANSWER = 10
"""How many letters an answer has at most."""
_YES = ("y", "yes")
"""The answers that send them; any other one lets the user edit them."""
_ARGUMENTS = {"msg": 1, "query": 1, "reply": 0}
"""How many arguments a command has before its text, if that is for one person only."""


def lines_in(text: str) -> list[str]:
    """Return the lines of `text` that are not blank, as somebody would type them.

    What follows a private line goes to the same person.
    """
    lines = [line for line in lines_of(text) if line.strip()]
    addressed = _address(lines[0]) if len(lines) > 1 else ""
    return [
        line if not index or command_in(line) or not addressed else addressed + _escaped(line)
        for index, line in enumerate(lines)
    ]


def needs_question(lines: list[str]) -> bool:
    """Return whether the user is asked before a message of these `lines` is sent."""
    return len(lines) > MAX_UNCONFIRMED


def question(text: str, answer: str) -> str:
    """Return what the user is asked about the message `text`, with the `answer` so far."""
    return f"Send {len(lines_in(text))} lines? (yes/no) {answer}"


def agrees(answer: str) -> bool:
    """Return whether `answer` lets the message be sent."""
    return answer.casefold() in _YES


def is_text(line: str) -> bool:
    """Return whether `line` of a message of several is said, although it would leave alone."""
    return isinstance(_parse(line), Bye) and not command_in(line)


def problem_of(lines: list[str], limit: int) -> str:
    """Return why `lines` cannot be sent, in one sentence, "" if they can.

    `limit` is the most bytes of text in a line, 0 for none. Of a message of several lines, nothing
    is sent if one is refused.
    """
    for number, line in enumerate(lines, 1):
        request = _parse(line)
        problem = ""
        if isinstance(request, Refused):
            problem = request.message if len(lines) > 1 else ""
        elif request is not None:
            problem = size_problem(request, limit)
        if problem:
            return f"Line {number}: {problem} Nothing was sent." if len(lines) > 1 else problem
    return ""


def _address(line: str) -> str:
    """Return the beginning of a private `line`, down to its text; "" if it is none."""
    word = command_in(line)
    command = find_command(word[1:])
    count = _ARGUMENTS.get(find_word(word[1:]))
    if command is None or count is None:
        return ""
    parts = line.strip(" ").replace("\t", " ").split(None, count + 1)
    return " ".join(parts[: count + 1]) + " " if len(parts) == count + 2 else ""


def _escaped(line: str) -> str:
    """Return `line` without the slash that makes a text of a command, which is none here."""
    typed = line.strip(" ")
    return typed[1:] if typed.startswith("//") else line


def _parse(line: str) -> Request | Refused | None:
    return parse(line.encode(errors="surrogateescape"), in_client=True)
