"""The changes of the chat's state that somebody can ask for: events in the one order.

The journal judges a change when its place in the order has come (`netchat.state.judge`), by the
time in the entry, and settles it as Changed or as Refused: of two who ask, one gets it.
"""

from __future__ import annotations

from msgspec import Struct

from netchat.model.events import Event, Said
from netchat.state.record import Update
from netchat.state.records import Invitation, Proof, RestrictionKind, RoleName, TargetKind, Webhook


class Actor(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who asks for a change: a guest called `name`, with an `account` unless that is 0.

    The `console` is `netchat admin` and the server itself, which may do everything. A guest who is
    in the room of the change, and has made it, is its moderator; it is in `founded`.
    """

    name: str
    account: int = 0
    console: bool = False
    founded: str = ""

    @property
    def shown(self) -> str:
        """What people read: of the console not which user of the system it was."""
        return self.name.partition(" (")[0] if self.console else self.name


CONSOLE = Actor("netchat admin", console=True)
SERVER = Actor("server", console=True)  # for what follows from time alone


class What(Struct, frozen=True, tag_field="change", omit_defaults=True, forbid_unknown_fields=True):
    """Any change, without who asks for it and when."""


class OwnName(What, frozen=True, tag="own"):
    """The name becomes an account, with this proof (None: it is `external`).

    `client` is the fingerprint of the client that asks, or "". With `invited` the change needs an
    invitation, whose hash is `invitation`.
    """

    name: str
    proof: Proof | None = None
    client: str = ""
    invitation: str = ""
    invited: bool = False


class AddProof(What, frozen=True, tag="add-proof"):
    """The account has one more proof."""

    account: int
    proof: Proof


class RemoveProof(What, frozen=True, tag="remove-proof"):
    """The account has this proof no more; its last one stays, unless it is a one-time word."""

    account: int
    id: int


class Respell(What, frozen=True, tag="respell"):
    """The owner writes the name of the account in another way."""

    account: int
    name: str


class AddDevice(What, frozen=True, tag="device"):
    """A client of the account has logged in; `client` is its fingerprint."""

    account: int
    client: str


class RemoveDevice(What, frozen=True, tag="remove-device"):
    """The client with this fingerprint is forgotten, or all of them if it is ""."""

    account: int
    client: str = ""


class Ignore(What, frozen=True, tag="ignore"):
    """The account does not read what `name` says, or reads it again if not `on`."""

    account: int
    name: str
    on: bool = True


class MarkRead(What, frozen=True, tag="read"):
    """The account has read the lines of `room` up to `id`; a mark never goes back.

    `time` as in ReadMark.
    """

    account: int
    room: str
    id: int
    time: float = 0


class SetRole(What, frozen=True, tag="role"):
    """The owner of `name` has this role in `room` ("": on the server), or none if it is None.

    The owner is the `account` with this number if one is given. `external`: the auth command says
    so, which may take the role of the last operator, too.
    """

    name: str
    room: str
    role: RoleName | None = None
    account: int = 0
    external: bool = False


class FoundRoom(What, frozen=True, tag="found-room"):
    """The account has made `room`, which has no past, and becomes its moderator."""

    account: int
    room: str


class EmptyRoom(What, frozen=True, tag="empty-room"):
    """Nobody is in `room`: what the guest has set there who has made it ends."""

    room: str


class SetRoom(What, frozen=True, tag="set-room"):
    """The room has these settings from now on, as in RoomSettings; None: as it is."""

    room: str
    private: bool | None = None
    readonly: bool | None = None
    moderated: bool | None = None
    slow: float | None = None
    quiet_joins: bool | None = None

    @property
    def given(self) -> dict[str, bool | float]:
        """The settings that change, by their names."""
        values = {name: getattr(self, name) for name in self.__struct_fields__[1:]}
        return {name: value for name, value in values.items() if value is not None}


class Restrict(What, frozen=True, tag="restrict"):
    """Ban or mute a target, in `room` or ("") on the server; as in Restriction.

    `target` is what was asked for: an account is given by its name.
    """

    what: RestrictionKind
    target_kind: TargetKind
    target: str
    room: str = ""
    until: float = 0
    reason: str = ""


class Lift(What, frozen=True, tag="lift"):
    """A ban or a mute ends before its time."""

    what: RestrictionKind
    target_kind: TargetKind
    target: str
    room: str = ""


class Kick(What, frozen=True, tag="kick"):
    """A participant leaves `room`, or ("") the server; they may come back."""

    name: str
    room: str = ""
    reason: str = ""


class Announce(What, frozen=True, tag="announce"):
    """Everybody on the server reads this text."""

    text: str


class DeleteLines(What, frozen=True, tag="delete"):
    """The texts of these lines of `room` are removed; their ids, times and speakers stay."""

    room: str
    ids: tuple[int, ...]
    reason: str = ""


class SetLock(What, frozen=True, tag="lock"):
    """No new guests or accounts until `until` (0: until it is unlocked)."""

    until: float = 0
    reason: str = ""


class Unlock(What, frozen=True, tag="unlock"):
    """New guests and accounts come in again."""


class Invite(What, frozen=True, tag="invite"):
    """Somebody may own a name who has the token of this invitation."""

    invitation: Invitation


class RevokeInvitation(What, frozen=True, tag="revoke-invitation"):
    """The invitation whose hash begins like this is good no more."""

    hash: str


class SetWebhook(What, frozen=True, tag="webhook"):
    """There is this webhook; `sent` of one that exists already only goes on."""

    webhook: Webhook


class RemoveWebhook(What, frozen=True, tag="remove-webhook"):
    """The webhook of this name is there no more."""

    name: str


class WebhookSent(What, frozen=True, tag="webhook-sent"):
    """The webhook has received the lines of its room up to `id`."""

    name: str
    id: int


class Forget(What, frozen=True, tag="forget"):
    """The account of `name` exists no more; the name is free again at `free_at` (0: at once)."""

    name: str
    free_at: float = 0


class Expire(What, frozen=True, tag="expire"):
    """The record of `kind` under `key` has come to its end, by the time of this entry."""

    kind: str
    key: str


class Change(Event, frozen=True):
    """A change that `by` asks for at `time`; a refusal of it has the `nonce`."""

    what: What
    by: Actor
    time: float
    nonce: str = ""


class Changed(Event, frozen=True):
    """A change that is settled, as the one with this `number`, and what it did to the records.

    `lines` are those that it has deleted, without text; `target` is whom it concerns, by name.
    """

    change: Change
    number: int
    updates: tuple[Update, ...] = ()
    lines: tuple[Said, ...] = ()
    target: str = ""
