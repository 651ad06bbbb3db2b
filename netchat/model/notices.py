"""The events by which clients learn of accounts, roles and moderation; as `netchat.model.events`.

The first group is told to others; the second answers single clients. A `room` of "" is the whole
server, and an `until` of 0 means without end.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from netchat.model.events import Event, Gap, Told

ModerationAction = Literal[
    "kick", "ban", "unban", "mute", "unmute", "operator", "moderator", "member", "none"
]


class Deleted(Event, frozen=True):
    """The text of the line `id` of a room, which `author` said, was deleted."""

    room: str
    id: int
    by: str
    author: str
    reason: str = ""


class Moderated(Event, frozen=True):
    """Something was done to `name`, which may be an address: as `action` says.

    `operator`, `moderator`, `member`, `none`: their role from now on, and `before` was theirs ("").
    """

    room: str
    action: ModerationAction
    name: str
    by: str
    time: float = 0
    until: float = 0
    reason: str = ""
    before: str = ""


class RolesShown(Event, frozen=True):
    """Who in a room keeps order: operator, moderator, "": no longer; `by` has changed it, or ""."""

    room: str
    roles: tuple[tuple[str, str], ...]
    by: str = ""


class RoomChanged(Event, frozen=True):
    """The settings of a room, as in `netchat.state.records`.

    `by` has changed those that are `given`; "" if the reader has asked for them.
    """

    room: str
    by: str
    private: bool = False
    readonly: bool = False
    moderated: bool = False
    slow: float = 0
    quiet_joins: bool = False
    given: tuple[str, ...] = ()


class Quieted(Event, frozen=True):
    """Somebody in a room is `quiet` from now on, as in Joined, or no longer: by another device."""

    room: str
    name: str
    quiet: bool


class Announced(Event, frozen=True):
    """What an operator tells everybody."""

    text: str
    by: str
    time: float


class Locked(Event, frozen=True):
    """The server takes no new guests and accounts, or takes them again if not `on`."""

    on: bool
    by: str
    until: float = 0
    reason: str = ""


class MarkedRead(Event, frozen=True):
    """The reader has read a room up to `id` (or by a `time`), possibly on another device."""

    room: str
    id: int
    time: float = 0


class Owned(Event, frozen=True):
    """The reader owns `name` from now on; `nonce` is that of the request."""

    name: str
    nonce: str = ""


class Done(Event, frozen=True):
    """What was asked for has happened; `message` is a sentence for the user, or ""."""

    message: str = ""
    nonce: str = ""


class AuthRequired(Event, frozen=True):
    """The name is owned: the client has to prove that it is theirs; sent before the welcome.

    `challenge` is a random text for a signature, `methods` are those that the server knows, and
    `binding` is "exporter" if a signature covers the TLS connection (RFC 9266), or "".
    """

    name: str
    journal: str
    challenge: str
    methods: tuple[str, ...]
    binding: str = ""
    nonce: str = ""


class AuthStep(Event, frozen=True):
    """The server's next message of a SCRAM exchange (RFC 5802)."""

    data: str


class ProofInfo(Struct, frozen=True):
    """One proof of an account, without what it is verified by."""

    id: int
    kind: str
    label: str
    since: float


class DeviceInfo(Struct, frozen=True):
    """One session of an account: `id` ends it; `own` if it is the reader's."""

    id: str
    agent: str
    door: str
    since: float
    own: bool = False


class AccountShown(Event, frozen=True):
    """The reader's account."""

    name: str
    since: float
    proofs: tuple[ProofInfo, ...]
    devices: tuple[DeviceInfo, ...]
    roles: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


class Invited(Event, frozen=True):
    """A new invitation: `token` is the word, which is not kept anywhere."""

    token: str
    uses: int
    until: float = 0
    nonce: str = ""

    def __repr__(self) -> str:
        """Return a text without the token."""
        return f"Invited(uses={self.uses}, until={self.until})"


class RestrictionInfo(Struct, frozen=True):
    """One ban or mute: `what` is which."""

    what: str
    target: str
    room: str
    until: float
    reason: str
    by: str
    since: float


class Bans(Event, frozen=True):
    """The bans and mutes of a room and of the server, as far as the reader may know them.

    These are the newest; there are `more` that are not among them.
    """

    room: str
    bans: tuple[RestrictionInfo, ...]
    more: int = 0


class Presence(Struct, frozen=True):
    """One connection: `idle` is in seconds; `address` is "" unless the reader is an operator.

    `quiet`: it only listens.
    """

    name: str
    account: bool
    door: str
    since: float
    idle: float
    address: str = ""
    quiet: bool = False


class Who(Event, frozen=True):
    """Who is in a room, with what they have come: the first, and `more` who are not among them."""

    room: str
    guests: tuple[Presence, ...]
    more: int = 0


class Whois(Event, frozen=True):
    """What everybody may know of somebody; `here` if they are connected.

    `rooms` are those in which the reader sees them.
    """

    name: str
    account: bool
    here: bool
    roles: tuple[tuple[str, str], ...] = ()
    away: str = ""
    since: float = 0
    rooms: tuple[str, ...] = ()


class Away(Event, frozen=True):
    """Somebody is away, with this text, or is back if there is none."""

    name: str
    text: str


class Ignored(Event, frozen=True):
    """The names whose lines the reader does not read."""

    names: tuple[str, ...]


class ToldAgain(Event, frozen=True):
    """A kept private line that its client sent again, as its sender has it."""

    told: Told


class Conversation(Event, frozen=True):
    """Private lines of the reader, oldest first; `asked` and `more` as in Past.

    With everybody if `name` is "", else with them. A Gap in them has no room.
    """

    name: str
    lines: tuple[Told | Gap, ...]
    asked: bool
    more: bool = False
