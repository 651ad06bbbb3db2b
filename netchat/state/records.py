"""The records of the chat's state: immutable, each stored under its kind and its key.

Times are seconds since the epoch, UTC; an `until` of 0 means that there is no end. Secrets are not
in them: a token is stored as its hash, a password as its verifier. The exceptions are the secret
with which a webhook signs what it sends, and the one for salts.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from netchat.state.record import Record
from netchat.state.site_records import Digest, Presence, Reached, Server

ProofKind = Literal["key", "ssh", "password", "scram", "word"]
RoleName = Literal["operator", "moderator", "member"]
RestrictionKind = Literal["ban", "mute"]
TargetKind = Literal["account", "name", "address"]


class Proof(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A way to prove that an account is one's own; `id` is its number in the account.

    `value` is the public key of a `key` (Ed25519, 64 hexadecimal digits) or of `ssh` (as in
    authorized_keys), the verifier of a `password` (argon2id) or of `scram`, or the hash of a
    one-time `word`, which is good until `until`. `label` is what its owner calls it.
    """

    id: int
    kind: ProofKind
    value: str
    label: str = ""
    since: float = 0
    until: float = 0

    def __repr__(self) -> str:
        """Return a text without the value."""
        return f"Proof(id={self.id}, kind={self.kind!r}, label={self.label!r})"


class Account(Record, frozen=True, tag="account"):
    """A name that somebody owns; `number` stays the same as long as the account exists.

    `devices` are fingerprints of the clients that have logged in, the newest last. `ignored` are
    the names whose lines the owner does not read. An `external` account is known to the auth
    command, and needs no proof of its own. `first` is the name as it was first written, unless that
    is `name`: looking alike is not transitive, so each spelling has to be equivalent to the first.
    """

    number: int
    name: str
    since: float
    proofs: tuple[Proof, ...] = ()
    last_proof: int = 0
    devices: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    external: bool = False
    first: str = ""

    @property
    def key(self) -> str:
        """The number of the account."""
        return str(self.number)

    @property
    def first_name(self) -> str:
        """The name as it was first written."""
        return self.first or self.name

    @property
    def spellings(self) -> tuple[str, ...]:
        """The name, and how it was first written if that is different."""
        return (self.name, self.first) if self.first else (self.name,)


class ReservedName(Record, frozen=True, tag="reserved"):
    """The name of a forgotten account, which nobody can have until `until`; `first` as there."""

    name: str
    until: float
    first: str = ""

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class Role(Record, frozen=True, tag="role"):
    """What an account may do in `room`, or on the whole server if that is "".

    An `external` one is that of the auth command, which takes it away by giving it no more.
    """

    account: int
    room: str
    role: RoleName
    external: bool = False

    @property
    def key(self) -> str:
        """The account and the room."""
        return f"{self.account} {self.room}"


class RoomSettings(Record, frozen=True, tag="room"):
    """How a room differs from an ordinary one.

    `private`: only its members know it and enter it. `readonly`: only its moderators speak.
    `moderated`: only its moderators and members speak. `slow`: seconds between two lines of one
    guest. `quiet_joins`: joins and leaves are not told. They end with the room being empty if they
    are `of_guest`: of a guest who has made the room.
    """

    room: str
    private: bool = False
    readonly: bool = False
    moderated: bool = False
    slow: float = 0
    quiet_joins: bool = False
    of_guest: bool = False

    @property
    def key(self) -> str:
        """The room."""
        return self.room


class Restriction(Record, frozen=True, tag="restriction"):
    """A ban or a mute, in `room` or on the whole server if that is "".

    `target` is the number of an account, a name, or a network such as 192.0.2.0/24; `shown` is what
    people read for it. `of_guest` as in RoomSettings.
    """

    what: RestrictionKind
    target_kind: TargetKind
    target: str
    room: str = ""
    shown: str = ""
    until: float = 0
    reason: str = ""
    by: str = ""
    since: float = 0
    of_guest: bool = False

    @property
    def key(self) -> str:
        """What identifies the restriction: its kind, its target and its room."""
        return restriction_key(self.what, self.target_kind, self.target, self.room)


class Lock(Record, frozen=True, tag="lock"):
    """The server takes no new guests and accounts until `until`; owners still come in."""

    by: str
    until: float = 0
    reason: str = ""

    @property
    def key(self) -> str:
        """Nothing: there is one lock."""
        return ""


class Invitation(Record, frozen=True, tag="invitation"):
    """Lets `uses` more people own a name, until `until`; `hash` is that of its token."""

    hash: str
    uses: int
    until: float = 0
    by: str = ""
    since: float = 0

    @property
    def key(self) -> str:
        """The hash."""
        return self.hash


class ReadMark(Record, frozen=True, tag="read"):
    """An account has read the lines of `room` up to `id`.

    Its program has called that by the `time`; 0: by the line alone. For the private lines with one
    owner (`netchat.model.names.TALK`) there is only a time.
    """

    account: int
    room: str
    id: int
    time: float = 0

    @property
    def key(self) -> str:
        """The account and the room."""
        return f"{self.account} {self.room}"


class Webhook(Record, frozen=True, tag="webhook"):
    """A program that says lines in `room` (`hash` is that of its token), or is sent its lines.

    What it is sent goes to `url`, signed with `secret`; it has received the lines up to `sent`.
    `name` is the speaker of the lines it says, and identifies it.
    """

    name: str
    room: str
    hash: str = ""
    url: str = ""
    secret: str = ""
    sent: int = 0
    since: float = 0

    @property
    def key(self) -> str:
        """The name."""
        return self.name


class Counter(Record, frozen=True, tag="counter"):
    """The number of the last change: each change has the next one, and none comes twice."""

    number: int

    @property
    def key(self) -> str:
        """Nothing: there is one counter."""
        return ""


class SaltSecret(Record, frozen=True, tag="salts"):
    """What the salts are made of that are shown for those without a password; made once."""

    value: str

    @property
    def key(self) -> str:
        """Nothing: there is one secret."""
        return ""

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return "SaltSecret()"


AnyRecord = (
    Account | ReservedName | Role | RoomSettings | Restriction | Lock | Invitation | ReadMark
    | Webhook | Counter | SaltSecret | Server | Presence | Reached | Digest
)  # fmt: skip
"""Any record that is stored."""


def restriction_key(what: str, target_kind: str, target: str, room: str) -> str:
    """Return the key of the restriction `what` of `target`."""
    return f"{what} {target_kind} {target} {room}"
