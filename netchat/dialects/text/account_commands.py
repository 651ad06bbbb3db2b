"""The commands of the text dialect about oneself and other people, as `commands` has the others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netchat.dialects.text.arguments import ON, nothing, reason_in
from netchat.dialects.text.command import Command
from netchat.model.durations import parse_duration
from netchat.model.requests import CURRENT_ROOM, Request
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import (
    MAX_REASON,
    AwayRequest,
    GetAccount,
    GetSeen,
    GetWhois,
    IgnoreRequest,
    MakeInvitation,
    Own,
    Reply,
)

_SSH = ("ssh-", "ecdsa-", "sk-")


def _own(text: str) -> Request:
    if not text:
        return Own()
    return Own(ssh=text) if text.startswith(_SSH) else Own(password=text)


def _account(text: str) -> Request | None:
    what, _, which = text.partition(" ")
    which = which.strip(" ")
    if not text:
        return GetAccount()
    if what.lower() == "remove" and which.isascii() and which.isdecimal():
        return GetAccount(remove=int(which[:9]))
    return GetAccount(end=which[:MAX_REASON]) if what.lower() == "end" and which else None


def _invite(text: str) -> Request | None:
    uses, duration = None, None
    for word in text.split():
        if uses is None and word.isascii() and word.isdecimal() and 1 <= int(word[:5]) <= 1000:
            uses = int(word)
        elif duration is None and (seconds := parse_duration(word)) is not None:
            duration = seconds
        else:
            return None
    return MakeInvitation(uses=uses, duration=duration)


def _reply(text: str) -> Request | None:
    said = sanitize(text).strip()
    return Reply(said) if said else None


def _ignore(text: str) -> Request | None:
    name, _, off = text.partition(" ")
    off = off.strip(" ").lower()
    if off not in ON:
        return None
    return IgnoreRequest(name, on=ON[off]) if name else IgnoreRequest()


def _away(text: str) -> Request:
    return AwayRequest(reason_in(text))


def _seen(text: str) -> Request | None:
    return GetSeen(text, room=CURRENT_ROOM) if text else None


def _whois(text: str) -> Request | None:
    return GetWhois(text) if text else None


ACCOUNT_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "own": Command("/own [PASSWORD]", "make your name your own", _own, private=True),
        "account": Command(
            "/account [remove N | end ID | end all]",
            "show your proofs and sessions, or end some",
            _account,
            private=True,
        ),
        "invite": Command(
            "/invite [USES] [DURATION]", "make an invitation to this server", _invite, private=True
        ),
        "reply": Command(
            "/reply TEXT", "answer the last private line", _reply, private=True, aliases=("r",)
        ),
        "away": Command(
            "/away [TEXT]",
            "say that you are away, or back without a text",
            _away,
            aliases=("afk",),
            details=("Whoever writes to you privately meanwhile reads the text, once.",),
        ),
        "back": Command("/back", "say that you are back", nothing(AwayRequest())),
        "whois": Command(
            "/whois NAME",
            "what is known of somebody",
            _whois,
            details=("/seen NAME tells when they were last here.",),
        ),
        "seen": Command(
            "/seen NAME",
            "when somebody was last here, and last spoke here",
            _seen,
            details=("A guest of that name may have been somebody else.",),
        ),
        "ignore": Command(
            "/ignore [NAME [off]]",
            "read nothing of somebody, or again",
            _ignore,
            aliases=("block",),
            details=("/ignore shows whom you ignore, and /ignore NAME off ends it.",),
        ),
    }
)
