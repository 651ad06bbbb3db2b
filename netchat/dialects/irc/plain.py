"""Parses many plain lines at once, as a client sends that says much in one room."""

from __future__ import annotations

from netchat.dialects.irc.names import CHANNEL
from netchat.model.requests import SayLines

_COMMAND = f"\nPRIVMSG {CHANNEL}"


def parse_plain(lines: bytes) -> SayLines | None:
    """Return the texts of whole `lines` if each is `PRIVMSG #room :text`, with one room, else None.

    The texts are plain ASCII: no formatting, no CTCP, not blank. Lines that might be anything else
    are parsed one by one.
    """
    if not lines.isascii():
        return None
    said = "\n" + lines.decode().replace("\r\n", "\n").removesuffix("\n")
    start = said[: said.find(" :") + 2]
    if not start.startswith(_COMMAND) or start.count(" ") != 2 or "," in start:
        return None
    texts = tuple(said.split(start)[1:])
    # A line that begins with anything else is a part of the text before it, with its line end.
    if not "".join(texts).isprintable() or not all(map(str.strip, texts)):
        return None
    return SayLines(start[len(_COMMAND) : -2], texts)
