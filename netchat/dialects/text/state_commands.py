"""The commands of the text dialect for accounts and moderation, as `commands` has the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from netchat.dialects.text.command import Command
from netchat.model.durations import parse_duration
from netchat.model.requests import CURRENT_ROOM, Request
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import (
    MAX_REASON,
    AnnounceRequest,
    AwayRequest,
    BanRequest,
    DeleteRequest,
    DeopRequest,
    GetAccount,
    GetBans,
    GetWho,
    GetWhois,
    IgnoreRequest,
    KickRequest,
    LockRequest,
    MakeInvitation,
    MuteRequest,
    OpRequest,
    Own,
    Reply,
    RoomRequest,
    UnbanRequest,
    UnlockRequest,
    UnmuteRequest,
)

_ROLES: Mapping[str, Literal["operator", "moderator", "member"]] = MappingProxyType(
    {"operator": "operator", "moderator": "moderator", "member": "member"}
)
_ON = MappingProxyType({"": True, "on": True, "off": False})
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


def _kick(text: str) -> Request | None:
    name, _, reason = text.partition(" ")
    return KickRequest(name, room=CURRENT_ROOM, reason=_reason(reason)) if name else None


def _restriction(kind: type[BanRequest | MuteRequest]) -> Callable[[str], Request | None]:
    def parse(text: str) -> Request | None:
        who, _, rest = text.partition(" ")
        duration, reason = _duration_and_reason(rest)
        if not who:
            return None
        return kind(who, room=CURRENT_ROOM, duration=duration, reason=reason)

    return parse


def _unban(text: str) -> Request | None:
    return UnbanRequest(text, room=CURRENT_ROOM) if text else None


def _unmute(text: str) -> Request | None:
    return UnmuteRequest(text, room=CURRENT_ROOM) if text else None


def _announce(text: str) -> Request | None:
    said = sanitize(text).strip()
    return AnnounceRequest(said) if said else None


def _delete(text: str) -> Request | None:
    which, _, reason = text.partition(" ")
    if not which:
        return None
    if which.isascii() and which.isdecimal() and len(which) <= 15:
        return DeleteRequest(int(which), room=CURRENT_ROOM, reason=_reason(reason))
    return DeleteRequest(name=which, room=CURRENT_ROOM, reason=_reason(reason))


def _room(text: str) -> Request | None:
    what, _, value = text.lower().partition(" ")
    value = value.strip(" ")
    fields: dict[str, bool | float | None] = {}
    if what in ("private", "readonly", "moderated"):
        fields[what] = _ON.get(value)
    elif what == "joins":
        fields["quiet"] = {"quiet": True, "told": False}.get(value)
    elif what == "slow":
        fields["slow"] = _slow(value)
    elif what:
        return None
    if None in fields.values():
        return None
    return RoomRequest(room=CURRENT_ROOM, **fields)  # type: ignore[arg-type]  # by its name


def _slow(value: str) -> float | None:
    """Return the seconds of slow mode: a number of seconds, or a duration of at most a day."""
    if value in ("off", "0"):
        return 0
    digits = value.isascii() and value.isdecimal()
    seconds = float(value[:9]) if digits else parse_duration(value)
    return seconds if seconds is not None and seconds <= 86_400 else None


def _op(text: str) -> Request | None:
    name, _, word = text.partition(" ")
    role = _ROLES.get(word.strip(" ").lower() or "moderator")
    return OpRequest(name, role, room=CURRENT_ROOM) if name and role else None


def _deop(text: str) -> Request | None:
    name, _, word = text.partition(" ")
    word = word.strip(" ").lower()
    if not name or (word and word not in _ROLES):
        return None
    return DeopRequest(name, _ROLES.get(word), room=CURRENT_ROOM)


def _lock(text: str) -> Request:
    duration, reason = _duration_and_reason(text)
    return LockRequest(duration=duration, reason=reason)


def _ignore(text: str) -> Request | None:
    name, _, off = text.partition(" ")
    off = off.strip(" ").lower()
    if off not in _ON:
        return None
    return IgnoreRequest(name, on=_ON[off]) if name else IgnoreRequest()


def _away(text: str) -> Request:
    return AwayRequest(_reason(text))


def _whois(text: str) -> Request | None:
    return GetWhois(text) if text else None


def _duration_and_reason(text: str) -> tuple[float | None, str | None]:
    """Return the duration with which `text` begins, if it does, and the rest as the reason."""
    word, _, rest = text.strip(" ").partition(" ")
    duration = parse_duration(word)
    return duration, _reason(text if duration is None else rest)


def _reason(text: str) -> str | None:
    return sanitize(text).strip()[:MAX_REASON] or None


def _nothing(request: Request) -> Callable[[str], Request | None]:
    return lambda text: None if text else request


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
        "reply": Command("/reply TEXT", "answer the last private line", _reply, private=True),
        "away": Command("/away [TEXT]", "say that you are away, or back without a text", _away),
        "whois": Command("/whois NAME", "what is known of somebody", _whois),
        "ignore": Command("/ignore [NAME [off]]", "read nothing of somebody, or again", _ignore),
    }
)
MODERATION_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "kick": Command("/kick NAME [REASON]", "remove somebody from the room", _kick),
        "ban": Command(
            "/ban WHO [DURATION] [REASON]",
            "keep a name or an address out, for 10m, 2h, 7d or for ever",
            _restriction(BanRequest),
        ),
        "unban": Command("/unban WHO", "end a ban", _unban),
        "mute": Command(
            "/mute WHO [DURATION] [REASON]", "let somebody say nothing", _restriction(MuteRequest)
        ),
        "unmute": Command("/unmute WHO", "end a mute", _unmute),
        "bans": Command("/bans", "which bans and mutes there are", _nothing(GetBans(room=""))),
        "who": Command("/who", "who is in this room, since when", _nothing(GetWho(room=""))),
        "announce": Command("/announce TEXT", "tell everybody on the server", _announce),
        "delete": Command(
            "/delete ID|NAME [REASON]",
            "delete the text of a line, or the last one of NAME",
            _delete,
        ),
        "room": Command(
            "/room [private|readonly|moderated [off] | slow SECONDS | joins quiet]",
            "show or change how this room works",
            _room,
        ),
        "op": Command("/op NAME [ROLE]", "make somebody moderator, member or operator", _op),
        "deop": Command("/deop NAME [ROLE]", "take that away", _deop),
        "lock": Command("/lock [DURATION] [REASON]", "let no new guests in", _lock),
        "unlock": Command("/unlock", "let them in again", _nothing(UnlockRequest())),
    }
)
