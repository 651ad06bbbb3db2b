"""What the server tells a client about itself (RPL_ISUPPORT, 005).

Source: modern.ircdocs.horse, "RPL_ISUPPORT Parameters"; IRCv3 "bot-mode", "UTF8ONLY", "WHOX",
"Monitor", "setname", "chathistory". LINELEN is ergo's, and senpai and others read it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from netchat.dialects.irc.list_filter import LETTERS
from netchat.dialects.irc.names import CHANNEL, MAX_CHANNEL
from netchat.model.names import MAX_NAME

MAX_TOKENS = 13
"""The most tokens in one line: 15 parameters without the nick and the text at the end."""
MAX_TOKENS_BYTES = 380
"""The most bytes of tokens in one line, which leaves room for the rest of 512."""
BOT_MODE = "B"

_ESCAPED = str.maketrans({"\\": r"\x5C", " ": r"\x20", "=": r"\x3D", "\0": "", "\r": "", "\n": ""})


class AnnouncedLimits(Struct, frozen=True, kw_only=True):
    """The limits that a client is told, lengths in bytes; 0 is no limit.

    `channel_modes` are the letters of CHANMODES in its four groups, `targets` how many targets each
    command takes.
    """

    network: str
    line_bytes: int
    topic_bytes: int
    away_bytes: int
    kick_bytes: int
    realname_bytes: int
    history: int
    monitor: int
    channels: int
    bans: int
    modes: int
    channel_modes: str
    targets: Mapping[str, int]
    denied_tags: str = ""


def isupport_tokens(announced: AnnouncedLimits) -> list[str]:
    """Return the tokens for `announced`, in alphabetical order."""
    targets = [f"{command}:{most or ''}" for command, most in sorted(announced.targets.items())]
    values = {
        "AWAYLEN": _number(announced.away_bytes),
        "BOT": BOT_MODE,
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{CHANNEL}:{announced.channels or ''}",
        "CHANMODES": announced.channel_modes,
        "CHANNELLEN": str(MAX_CHANNEL),
        "CHANTYPES": CHANNEL,
        "CHATHISTORY": str(announced.history),
        "CLIENTTAGDENY": announced.denied_tags or None,
        "ELIST": LETTERS,
        "KICKLEN": _number(announced.kick_bytes),
        "LINELEN": _number(announced.line_bytes),
        "MAXLIST": f"b:{announced.bans}" if announced.bans else None,
        "MODES": str(announced.modes or ""),
        "MONITOR": str(announced.monitor or ""),
        "MSGREFTYPES": "msgid,timestamp",
        "NAMELEN": _number(announced.realname_bytes),
        "NETWORK": announced.network,
        "NICKLEN": str(MAX_NAME),
        "PREFIX": "(ov)@+",
        "SAFELIST": "",
        "TARGMAX": ",".join(targets),
        "TOPICLEN": _number(announced.topic_bytes),
        "UTF8ONLY": "",
        "WHOX": "",
    }
    return [token(name, value) for name, value in values.items() if value is not None]


def token(name: str, value: str = "") -> str:
    r"""Return a token, with `\x20`, `\x3D` and `\x5C` for what its value may not have."""
    return f"{name}={value.translate(_ESCAPED)}" if value else name


def lines(tokens: list[str]) -> list[list[str]]:
    """Return `tokens` in lines of at most MAX_TOKENS and MAX_TOKENS_BYTES."""
    result: list[list[str]] = []
    left = 0
    for each in tokens:
        size = len(each.encode()) + 1
        if not result or len(result[-1]) == MAX_TOKENS or size > left:
            result.append([])
            left = MAX_TOKENS_BYTES
        result[-1].append(each)
        left -= size
    return result


def _number(limit: int) -> str | None:
    """Return a `limit` as it is announced; None if there is none, since 0 would forbid any."""
    return str(limit) if limit else None
