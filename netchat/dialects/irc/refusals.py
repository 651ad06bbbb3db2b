"""What a client reads when the chat refuses what it has asked for.

A refusal by the chat comes when its place in the order is reached. What it is about is in its
nonce: the command, and the parameters of the numeric reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netchat.dialects.irc.writer import Writer
    from netchat.model.events import Refused

_NUMERICS = {
    ("not-allowed", "KICK"): "482",
    ("not-allowed", "MODE"): "482",
    ("not-allowed", "TOPIC"): "482",
    ("not-allowed", "PRIVMSG"): "404",
    ("muted", "PRIVMSG"): "404",
    ("not-in-room", "PRIVMSG"): "404",
    ("bad-room", "PRIVMSG"): "403",
    ("muted", "TOPIC"): "482",
    ("too-fast", "PRIVMSG"): "404",
    ("not-allowed", "TAGMSG"): "404",
    ("muted", "TAGMSG"): "404",
    ("not-in-room", "TAGMSG"): "404",
    ("too-fast", "TAGMSG"): "404",
    ("no-such-user", ""): "401",
    ("not-in-room", ""): "442",
    ("bad-room", "JOIN"): "403",
    ("banned", "JOIN"): "474",
    ("name-taken", "NICK"): "433",
    ("bad-name", "NICK"): "432",
    ("banned", "NICK"): "432",
    ("not-allowed", "NICK"): "484",
    ("too-fast", "NICK"): "438",
    ("line-too-long", ""): "417",
}
_FAILS = {
    ("not-allowed", "REDACT"): "REDACT_FORBIDDEN",
    ("muted", "REDACT"): "REDACT_FORBIDDEN",
    ("", "REDACT"): "UNKNOWN_MSGID",
}
"""The codes of standard replies that a specification names."""
SEPARATOR = "\x1f"


NOT_DONE = "Nothing was changed by that"


def context(command: str, *parameters: str) -> str:
    """Return the nonce of a request by `command`; the numeric of its refusal has `parameters`."""
    return SEPARATOR.join((command, *parameters))[:128]


def refusal(writer: Writer, nick: str, refused: Refused) -> Iterator[bytes]:
    """Yield the numeric of `refused` for `nick`, or else a standard reply, or a notice."""
    command, *parameters = refused.nonce.split(SEPARATOR)
    code = refused.code
    if command == "NOTICE":
        return  # No program is to answer one, and no server either.
    fail = _FAILS.get((code, command)) or _FAILS.get(("", command))
    if fail is not None:
        yield writer.from_server("FAIL", command, fail, *parameters, refused.message or NOT_DONE)
        return
    number = _NUMERICS.get((code, command)) or _NUMERICS.get((code, ""))
    if number is not None and parameters:
        yield writer.from_server(number, nick, *parameters, refused.message)
    elif "standard-replies" in writer.capabilities:
        word = code.upper().replace("-", "_")
        yield writer.from_server("FAIL", command or "*", word, refused.message)
    else:
        yield writer.from_server("NOTICE", nick, refused.message)
