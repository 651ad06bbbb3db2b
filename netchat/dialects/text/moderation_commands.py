"""The commands of the text dialect for moderation, as `commands` has the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from netchat.dialects.text.arguments import ON, nothing, reason_in
from netchat.dialects.text.command import Command
from netchat.model.durations import parse_duration
from netchat.model.requests import CURRENT_ROOM, Request
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import (
    AnnounceRequest,
    BanRequest,
    DeleteRequest,
    DeopRequest,
    GetBans,
    GetWho,
    KickRequest,
    LockRequest,
    MuteRequest,
    OpRequest,
    RoomRequest,
    UnbanRequest,
    UnlockRequest,
    UnmuteRequest,
)

_ROLES: Mapping[str, Literal["operator", "moderator", "member"]] = MappingProxyType(
    {"operator": "operator", "moderator": "moderator", "member": "member"}
)


def _kick(text: str) -> Request | None:
    name, _, reason = text.partition(" ")
    return KickRequest(name, room=CURRENT_ROOM, reason=reason_in(reason)) if name else None


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
        return DeleteRequest(int(which), room=CURRENT_ROOM, reason=reason_in(reason))
    return DeleteRequest(name=which, room=CURRENT_ROOM, reason=reason_in(reason))


def _room(text: str) -> Request | None:
    what, _, value = text.lower().partition(" ")
    value = value.strip(" ")
    fields: dict[str, bool | float | None] = {}
    if what in ("private", "readonly", "moderated"):
        fields[what] = ON.get(value)
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


def _duration_and_reason(text: str) -> tuple[float | None, str | None]:
    """Return the duration with which `text` begins, if it does, and the rest as the reason."""
    word, _, rest = text.strip(" ").partition(" ")
    duration = parse_duration(word)
    return duration, reason_in(text if duration is None else rest)


MODERATION_COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "kick": Command("/kick NAME [REASON]", "remove somebody from the room", _kick),
        "ban": Command(
            "/ban WHO [DURATION] [REASON]",
            "keep a name or an address out",
            _restriction(BanRequest),
            details=(
                "For example: /ban Bob 10m spam, or /ban 192.0.2.0/24 1w",
                "WHO is a name, an address or a network; /unban WHO ends it.",
                "Without a duration, that is for ever.",
            ),
        ),
        "unban": Command("/unban WHO", "end a ban", _unban),
        "mute": Command(
            "/mute WHO [DURATION] [REASON]",
            "let somebody say nothing",
            _restriction(MuteRequest),
            details=("For example: /mute Bob 10m spam", "/unmute WHO ends it."),
        ),
        "unmute": Command("/unmute WHO", "end a mute", _unmute),
        "bans": Command("/bans", "which bans and mutes there are", nothing(GetBans(room=""))),
        "who": Command("/who", "who is in this room, since when", nothing(GetWho(room=""))),
        "announce": Command("/announce TEXT", "tell everybody on the server", _announce),
        "delete": Command(
            "/delete ID|NAME [REASON]",
            "delete the text of a line, or of NAME's last one",
            _delete,
        ),
        "room": Command(
            "/room [private|readonly|moderated [off] | slow SECONDS | joins quiet]",
            "show or change how this room works",
            _room,
            details=(
                "private: only its members come in. readonly: only its moderators speak.",
                "moderated: only its members speak. slow 30: one line in 30 seconds each.",
                "joins quiet: nobody is told who joins and leaves; joins told ends that.",
            ),
        ),
        "op": Command(
            "/op NAME [ROLE]",
            "make somebody moderator, member or operator",
            _op,
            details=("Without a role: moderator of this room.", "The name has to be owned."),
        ),
        "deop": Command("/deop NAME [ROLE]", "take that away", _deop),
        "lock": Command("/lock [DURATION] [REASON]", "let no new guests in", _lock),
        "unlock": Command("/unlock", "let them in again", nothing(UnlockRequest())),
    }
)
