"""The requests of `netchat admin`; on the socket each is one JSON object in one line.

A duration is in seconds, 0: without end. A `room` of "" is the whole server. `user` is the user of
the operating system who asks.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from netchat.model.state_requests import MAX_REASON, Duration
from netchat.state.records import RestrictionKind

MAX_USER = 64
MAX_DELETED = 500
"""The most lines that one request deletes: it is one change of the journal."""

Reason = Annotated[str, Meta(max_length=MAX_REASON)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=10_000)]


class ConsoleRequest(
    Struct, frozen=True, kw_only=True, tag_field="command", omit_defaults=True,
    forbid_unknown_fields=True,
):  # fmt: skip
    """Any request."""

    user: Annotated[str, Meta(max_length=MAX_USER)] = ""


class AddOperator(ConsoleRequest, frozen=True, kw_only=True, tag="operator-add"):
    """Make the owner of a name an operator; if nobody owns it, with a one-time word."""

    name: Name
    duration: Duration = 86_400


class RemoveOperator(ConsoleRequest, frozen=True, kw_only=True, tag="operator-remove"):
    """Make an operator an ordinary owner of a name."""

    name: Name


class ListAccounts(ConsoleRequest, frozen=True, kw_only=True, tag="accounts"):
    """List the accounts."""


class ShowAccount(ConsoleRequest, frozen=True, kw_only=True, tag="account"):
    """Show one account, with its proofs but not with what verifies them."""

    name: Name


class MakeWord(ConsoleRequest, frozen=True, kw_only=True, tag="word"):
    """Give an account a one-time word, for the loss of its proofs."""

    name: Name
    duration: Duration = 86_400


class KickGuest(ConsoleRequest, frozen=True, kw_only=True, tag="kick"):
    """Remove somebody from a room or from the server; they may come back."""

    name: Name
    room: str = ""
    reason: Reason = ""


class RestrictWho(ConsoleRequest, frozen=True, kw_only=True, tag="restrict"):
    """Ban or mute an account, a name, an address or a network."""

    what: RestrictionKind
    who: Name
    room: str = ""
    duration: Duration = 0
    reason: Reason = ""


class LiftWho(ConsoleRequest, frozen=True, kw_only=True, tag="lift"):
    """End a ban or a mute."""

    what: RestrictionKind
    who: Name
    room: str = ""


class ListBans(ConsoleRequest, frozen=True, kw_only=True, tag="bans"):
    """List the bans and mutes of a room and of the server, or (None) all."""

    room: str | None = None


class ListPresent(ConsoleRequest, frozen=True, kw_only=True, tag="who"):
    """List who is connected, in a room or (None) at all."""

    room: str | None = None


class AnnounceText(ConsoleRequest, frozen=True, kw_only=True, tag="announce"):
    """Tell everybody."""

    text: Text


class DeleteTexts(ConsoleRequest, frozen=True, kw_only=True, tag="delete"):
    """Delete the texts of lines."""

    room: Name
    ids: Annotated[tuple[Annotated[int, Meta(ge=1)], ...], Meta(min_length=1)]
    reason: Reason = ""


class ChangeRoom(ConsoleRequest, frozen=True, kw_only=True, tag="room"):
    """Change the settings that are given, or show them if there are none."""

    room: Name
    private: bool | None = None
    readonly: bool | None = None
    moderated: bool | None = None
    slow: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    quiet_joins: bool | None = None


class GiveRole(ConsoleRequest, frozen=True, kw_only=True, tag="role"):
    """Give the owner of a name a role in a room."""

    name: Name
    room: Name
    role: Literal["moderator", "member"] = "moderator"


class TakeRole(ConsoleRequest, frozen=True, kw_only=True, tag="take-role"):
    """Take the role in a room away: a moderator becomes a member unless `entirely`."""

    name: Name
    room: Name
    entirely: bool = False


class LockServer(ConsoleRequest, frozen=True, kw_only=True, tag="lock"):
    """Take no new guests and accounts."""

    duration: Duration = 0
    reason: Reason = ""


class UnlockServer(ConsoleRequest, frozen=True, kw_only=True, tag="unlock"):
    """Take new guests and accounts again."""


class MakeInvitation(ConsoleRequest, frozen=True, kw_only=True, tag="invite"):
    """Make an invitation for this many people."""

    uses: Annotated[int, Meta(ge=1, le=1000)] = 1
    duration: Duration = 0


class ListInvitations(ConsoleRequest, frozen=True, kw_only=True, tag="invitations"):
    """List the invitations that are good."""


class RevokeInvitation(ConsoleRequest, frozen=True, kw_only=True, tag="revoke"):
    """Withdraw the invitation with this id, or with this word."""

    id: Name


class ReadAudit(ConsoleRequest, frozen=True, kw_only=True, tag="audit"):
    """Read the newest entries of the audit with numbers below `before` (0: the newest of all)."""

    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100
    before: Annotated[int, Meta(ge=0)] = 0


class ListSessions(ConsoleRequest, frozen=True, kw_only=True, tag="sessions"):
    """List the sessions of an account."""

    name: Name


class EndSessions(ConsoleRequest, frozen=True, kw_only=True, tag="end"):
    """End the sessions of an account; it knows the clients of none any more."""

    name: Name


class ForgetAccount(ConsoleRequest, frozen=True, kw_only=True, tag="forget"):
    """Remove an account; its name is free after `duration`, 0: at once."""

    name: Name
    duration: Duration


class AddWebhook(ConsoleRequest, frozen=True, kw_only=True, tag="webhook-add"):
    """Add a webhook that says lines in a room or, with a `url`, is sent its lines."""

    name: Name
    room: Name
    url: Annotated[str, Meta(max_length=2000)] = ""


class ListWebhooks(ConsoleRequest, frozen=True, kw_only=True, tag="webhooks"):
    """List the webhooks, without their tokens and secrets."""


class DropWebhook(ConsoleRequest, frozen=True, kw_only=True, tag="webhook-remove"):
    """Remove a webhook; its token is good no more."""

    name: Name


class DrainServer(ConsoleRequest, frozen=True, kw_only=True, tag="drain"):
    """Send the guests to the other servers of the site within `duration`, and stop."""

    duration: Duration = 10


class GetStatus(ConsoleRequest, frozen=True, kw_only=True, tag="status"):
    """Ask how the server does and where it listens."""


AnyConsoleRequest = (
    AddOperator | RemoveOperator | ListAccounts | ShowAccount | MakeWord | KickGuest | RestrictWho
    | LiftWho | ListBans | ListPresent | AnnounceText | DeleteTexts | ChangeRoom | GiveRole
    | TakeRole | LockServer | UnlockServer | MakeInvitation | ListInvitations | RevokeInvitation
    | ReadAudit | ListSessions | EndSessions | ForgetAccount | AddWebhook | ListWebhooks
    | DropWebhook | DrainServer | GetStatus
)  # fmt: skip
"""Any of them."""
