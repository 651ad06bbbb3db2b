"""The messages to clients about accounts, roles and moderation; as `events` has the others.

A `room` of "" is the whole server. Times are RFC 3339, UTC, with milliseconds; null: without end.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from netchat.dialects.jsonl.message import Message


class Deleted(Message, frozen=True, tag="deleted"):
    """The text of a line, which `author` said, was deleted."""

    room: str
    id: int
    by: str
    author: str = ""


class Moderated(Message, frozen=True, tag="moderated"):
    """Something was done to somebody, or their role is another one."""

    room: str
    action: str
    name: str
    by: str
    time: str
    until: str | None
    reason: str


class Roles(Message, frozen=True, tag="roles"):
    """Who in a room keeps order: operator, moderator, or "" for no longer, by name."""

    room: str
    roles: dict[str, str]


class Room(Message, frozen=True, tag="room"):
    """The settings of a room; `by` is who has changed them, "" in an answer."""

    room: str
    by: str
    private: bool
    readonly: bool
    moderated: bool
    slow: float
    quiet: bool


class Announced(Message, frozen=True, tag="announced"):
    """What an operator tells everybody."""

    text: str
    by: str
    time: str


class Locked(Message, frozen=True, tag="locked"):
    """The server takes no new guests and accounts, or takes them again."""

    on: bool
    by: str
    until: str | None
    reason: str


class Read(Message, frozen=True, tag="read"):
    """The account has read the lines of a room up to this id."""

    room: str
    id: int


class Owned(Message, frozen=True, tag="owned"):
    """The name is the client's own from now on."""

    name: str
    nonce: str | UnsetType = UNSET


class Done(Message, frozen=True, tag="done"):
    """What was asked for has happened; `message` is a sentence for the user, or ""."""

    message: str
    nonce: str | UnsetType = UNSET


class AuthStep(Message, frozen=True, tag="auth-step"):
    """The server's next message of a SCRAM exchange."""

    data: str


class Challenge(Struct, frozen=True):
    """What a client needs to prove that a name is its own; in an `error`, `auth-required`."""

    name: str
    journal: str
    nonce: str
    methods: tuple[str, ...]
    binding: str


class Proof(Struct, frozen=True):
    """One proof of an account."""

    id: int
    kind: str
    label: str
    since: str


class Device(Struct, frozen=True):
    """One session of an account; `own`: the one that asks."""

    id: str
    agent: str
    door: str
    since: str
    own: bool


class Account(Message, frozen=True, tag="account"):
    """The account of the client."""

    name: str
    since: str
    proofs: tuple[Proof, ...]
    devices: tuple[Device, ...]
    roles: dict[str, str]
    ignored: tuple[str, ...]


class Invited(Message, frozen=True, tag="invited"):
    """A new invitation; its `token` is not shown again."""

    token: str
    uses: int
    until: str | None
    nonce: str | UnsetType = UNSET


class Ban(Struct, frozen=True):
    """One ban or mute."""

    what: str
    target: str
    room: str
    until: str | None
    reason: str
    by: str
    since: str


class Bans(Message, frozen=True, tag="bans"):
    """The newest bans and mutes of a room and of the server; there are `more` older ones."""

    room: str
    bans: tuple[Ban, ...]
    more: int = 0


class Presence(Struct, frozen=True):
    """One connection; `address` is for operators only; `quiet` if it only listens."""

    name: str
    account: bool
    door: str
    since: str
    idle: float
    address: str | UnsetType = UNSET
    quiet: bool | UnsetType = UNSET


class Who(Message, frozen=True, tag="who"):
    """Who is in a room; there are `more` connections that are not among these."""

    room: str
    guests: tuple[Presence, ...]
    more: int = 0


class Seen(Message, frozen=True, tag="seen"):
    """When somebody was last seen, and last said something in a room that the client is in.

    Times are null if they are not known; `room` is "" then.
    """

    name: str
    here: bool
    left: str | None
    spoke: str | None
    room: str


class Whois(Message, frozen=True, tag="whois"):
    """What everybody may know of somebody; `since` is null if they are not connected.

    `rooms` are those of the client in which they are.
    """

    name: str
    account: bool
    here: bool
    roles: dict[str, str]
    away: str
    since: str | None
    rooms: tuple[str, ...] = ()


class Away(Message, frozen=True, tag="away"):
    """Somebody is away, or back if `text` is ""."""

    name: str
    text: str


class Ignored(Message, frozen=True, tag="ignored"):
    """The names that the account ignores."""

    names: tuple[str, ...]


StateEvent = (
    Deleted | Moderated | Roles | Room | Announced | Locked | Read | Owned | Done | AuthStep
    | Account | Invited | Bans | Who | Whois | Seen | Away | Ignored
)  # fmt: skip
"""Any of them."""
