"""The requests for accounts, roles and moderation; as `netchat.model.requests`.

A `room` that is None or CURRENT_ROOM is the guest's current room in the text dialect. A `duration`
is in seconds; None or 0: without end.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from netchat.model.durations import MAX_DURATION
from netchat.model.requests import Id, Request

MAX_REASON = 200
"""Characters of a reason, or of an away text."""

Duration = Annotated[float, Meta(ge=0, le=MAX_DURATION)]
Reason = Annotated[str, Meta(max_length=MAX_REASON)]
Secret = Annotated[str, Meta(max_length=512)]


class Own(Request, frozen=True, tag="own"):
    """Own the name that the participant has, or add a proof of the account they have.

    One of: a `password`, a `key` (Ed25519, 64 hexadecimal digits) or an `ssh` public key. An
    `invitation` is needed where the server wants one.
    """

    password: Secret | None = None
    key: Secret | None = None
    ssh: Secret | None = None
    label: Reason | None = None
    invitation: Secret | None = None


class Auth(Request, frozen=True, tag="auth"):
    """Prove that the name of the last hello is one's own.

    By `key`, with the client's own `challenge` and the `signature` (hexadecimal); by `password`
    (also a one-time word, and what the auth command is to judge); or by the `data` of SCRAM.
    """

    method: Literal["key", "password", "scram"]
    key: Secret | None = None
    challenge: Secret | None = None
    signature: Secret | None = None
    password: Secret | None = None
    data: Secret | None = None


class GetAccount(Request, frozen=True, tag="account"):
    """Show the participant's account, or change it.

    `remove` is the number of a proof; `end` the id of a device, whose sessions end, or "all".
    """

    remove: Id | None = None
    end: Reason | None = None


class MakeInvitation(Request, frozen=True, tag="invite"):
    """Make an invitation for this many people, for this long."""

    uses: Annotated[int, Meta(ge=1, le=1000)] | None = None
    duration: Duration | None = None


class KickRequest(Request, frozen=True, tag="kick"):
    """Remove a participant from the room, or from the server if `room` is "*"."""

    name: str
    room: str | None = None
    reason: Reason | None = None


class BanRequest(Request, frozen=True, tag="ban"):
    """Ban a name, an account or an address from the room, or from the server if `room` is "*"."""

    who: str
    room: str | None = None
    duration: Duration | None = None
    reason: Reason | None = None


class UnbanRequest(Request, frozen=True, tag="unban"):
    """End a ban."""

    who: str
    room: str | None = None


class MuteRequest(Request, frozen=True, tag="mute"):
    """Let a name, an account or an address say nothing in the room ("*": on the server)."""

    who: str
    room: str | None = None
    duration: Duration | None = None
    reason: Reason | None = None


class UnmuteRequest(Request, frozen=True, tag="unmute"):
    """End a mute."""

    who: str
    room: str | None = None


class GetBans(Request, frozen=True, tag="bans"):
    """List the bans and mutes."""

    room: str | None = None


class GetWho(Request, frozen=True, tag="who"):
    """List who is in the room, with what they have come."""

    room: str | None = None


class AnnounceRequest(Request, frozen=True, tag="announce"):
    """Tell everybody on the server."""

    text: str


class DeleteRequest(Request, frozen=True, tag="delete"):
    """Delete the text of a line: the one with an `id`, or the last one that `name` has said."""

    id: Id | None = None
    name: str | None = None
    room: str | None = None
    reason: Reason | None = None


class RoomRequest(Request, frozen=True, tag="room"):
    """Change the settings that are given, or show them if there are none."""

    room: str | None = None
    private: bool | None = None
    readonly: bool | None = None
    moderated: bool | None = None
    slow: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    quiet: bool | None = None


class OpRequest(Request, frozen=True, tag="op"):
    """Give the owner of a name a role in the room; `operator`: on the server."""

    name: str
    role: Literal["operator", "moderator", "member"] | None = None
    room: str | None = None


class DeopRequest(Request, frozen=True, tag="deop"):
    """Take the role of the owner of a name away; a moderator becomes a member."""

    name: str
    role: Literal["operator", "moderator", "member"] | None = None
    room: str | None = None


class LockRequest(Request, frozen=True, tag="lock"):
    """Take no new guests and accounts."""

    duration: Duration | None = None
    reason: Reason | None = None


class UnlockRequest(Request, frozen=True, tag="unlock"):
    """Take new guests and accounts again."""


class IgnoreRequest(Request, frozen=True, tag="ignore"):
    """Do not read what this name says, or read it again; without a name: list the names."""

    name: str | None = None
    on: bool | None = True


class AwayRequest(Request, frozen=True, tag="away"):
    """Say that the participant is away, or back if there is no text."""

    text: Reason | None = None


class GetWhois(Request, frozen=True, tag="whois"):
    """Ask what everybody may know of a name."""

    name: str


class GetSeen(Request, frozen=True, tag="seen"):
    """Ask when somebody was last here, and last said something in a room that the client is in.

    With a `room`: in that one.
    """

    name: str
    room: str | None = None


class ReadRequest(Request, frozen=True, tag="read"):
    """Mark the lines of a room as read up to an id."""

    room: str
    id: Id


class Reply(Request, frozen=True, tag="reply"):
    """Say it to the one who has last sent a private line.

    `to` is the name under which they sent it, as the client has it; if somebody else has sent a
    line since, the reply is refused (None: it goes to whoever sent the last one).
    """

    text: str
    to: str | None = None


StateRequest = (
    Own | Auth | GetAccount | MakeInvitation | KickRequest | BanRequest | UnbanRequest | MuteRequest
    | UnmuteRequest | GetBans | GetWho | AnnounceRequest | DeleteRequest | RoomRequest | OpRequest
    | DeopRequest | LockRequest | UnlockRequest | IgnoreRequest | AwayRequest | GetWhois | GetSeen
    | ReadRequest | Reply
)  # fmt: skip
"""Any of them in the JSON lines dialect."""
