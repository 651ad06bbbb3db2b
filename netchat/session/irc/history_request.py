"""What a CHATHISTORY message asks for: its subcommand, where it begins, and how many lines.

Source: https://ircv3.net/specs/extensions/chathistory.
"""

from __future__ import annotations

from msgspec import Struct

from netchat.dialects.irc.references import MsgId, parse_reference
from netchat.journal.interface import Span
from netchat.model.requests import MAX_HISTORY
from netchat.session.irc.positions import Place

Reference = MsgId | float | None
"""A line, a time in seconds since the epoch, or (None, `*`) the last line."""
TARGETS = "TARGETS"
_REFERENCES = {"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2}


class BadRequestError(ValueError):
    """A message that cannot be answered; `context` is what a FAIL has, its last part a sentence."""

    def __init__(self, code: str, *context: str) -> None:
        super().__init__(code)
        self.code = code
        self.context = context


class HistoryRequest(Struct, frozen=True):
    """A message; for TARGETS, `target` is "". That and BETWEEN have two `references`."""

    subcommand: str
    target: str
    references: tuple[Reference, ...]
    limit: int


def parse_history(parameters: tuple[str, ...], epoch: str) -> HistoryRequest:
    """Return what the `parameters` ask for; or raise BadRequestError."""
    subcommand = parameters[0].upper() if parameters else ""
    count = 2 if subcommand == TARGETS else _REFERENCES.get(subcommand)
    if count is None:
        sentence = "Use LATEST, BEFORE, AFTER, AROUND, BETWEEN or TARGETS"
        raise BadRequestError("UNKNOWN_COMMAND", subcommand or "*", sentence)
    rest = parameters[1:]
    target, rest = ("", rest) if subcommand == TARGETS else ("".join(rest[:1]), rest[1:])
    if len(rest) <= count:
        raise BadRequestError("NEED_MORE_PARAMS", subcommand, "That needs more parameters")
    references = tuple(_reference(subcommand, text, epoch) for text in rest[:count])
    return HistoryRequest(subcommand, target, references, _limit(subcommand, rest[count]))


def _reference(subcommand: str, text: str, epoch: str) -> Reference:
    if text == "*" and subcommand == "LATEST":
        return None
    reference = parse_reference(text, epoch)
    if reference is None or (subcommand == TARGETS and isinstance(reference, MsgId)):
        known = text.startswith(("msgid=", "timestamp="))
        code = "INVALID_PARAMS" if known else "INVALID_MSGREFTYPE"
        sentence = "Give a line as msgid=... or timestamp=YYYY-MM-DDThh:mm:ss.sssZ"
        raise BadRequestError(code, subcommand, text, sentence)
    return reference


def _limit(subcommand: str, text: str) -> int:
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not limit:
        raise BadRequestError("INVALID_PARAMS", subcommand, text, "The limit is a number from 1 on")
    return min(limit, MAX_HISTORY)


def spans_of(request: HistoryRequest, places: tuple[Place, ...], last: int) -> list[Span]:
    """Return what is to be read; `places` are those of the references, `last` is the last id."""
    limit = request.limit
    first = places[0] if places else Place(0, 0)
    match request.subcommand:
        case "BEFORE":
            return [Span(0, first.before, limit, newest=True)]
        case "AFTER":
            return [Span(first.up_to, last, limit)]
        case "AROUND":
            half = limit // 2
            earlier = [Span(0, first.before, half, newest=True)] if half else []
            return [*earlier, Span(first.before, last, limit - half)]
        case "BETWEEN":
            second = places[1]
            if first.before <= second.before:
                return [Span(first.up_to, second.before, limit)]
            return [Span(second.up_to, first.before, limit, newest=True)]
    return [Span(first.up_to, last, limit, newest=True)]
