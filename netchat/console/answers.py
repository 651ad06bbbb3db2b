"""What `netchat admin` is answered: rows, then one End; on the socket each is one line of JSON.

Times are RFC 3339 in UTC; None is no end. Secrets are in the rows that hand out a new one, once,
and in no other.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct


class Row(Struct, frozen=True, tag_field="type"):
    """Any row of an answer."""


class End(Struct, frozen=True, kw_only=True, tag_field="type", tag="end", omit_defaults=True):
    """The end of an answer: a sentence for the user, or ""; with a `code` it is a refusal."""

    code: str = ""
    message: str = ""


class AccountRow(Row, frozen=True, tag="account"):
    """An account; `roles` are by room ("": the server), `first` is the name as first written."""

    name: str
    number: int
    since: datetime
    external: bool
    proofs: tuple[ProofRow, ...]
    roles: dict[str, str]
    first: str = ""


class ProofRow(Struct, frozen=True):
    """A proof: of which kind it is, and what its owner calls it."""

    id: int
    kind: str
    label: str
    since: datetime | None
    until: datetime | None


class WordRow(Row, frozen=True, tag="word"):
    """A one-time word that proves an account."""

    name: str
    word: str
    until: datetime | None


class RestrictionRow(Row, frozen=True, tag="restriction"):
    """A ban or a mute."""

    what: str
    target: str
    room: str
    until: datetime | None
    reason: str
    by: str
    since: datetime | None


class PresentRow(Row, frozen=True, tag="present"):
    """A connection of somebody who is in the chat; `idle` is in seconds.

    `server` is the server of the site that it is to; "" if there is no site.
    """

    name: str
    account: bool
    rooms: tuple[str, ...]
    door: str
    address: str
    since: datetime | None
    idle: float
    server: str = ""


class RoomRow(Row, frozen=True, tag="room"):
    """The settings of a room."""

    room: str
    private: bool
    readonly: bool
    moderated: bool
    slow: float
    quiet_joins: bool


class InvitationRow(Row, frozen=True, tag="invitation"):
    """An invitation; `id` is the beginning of the hash of its word."""

    id: str
    uses: int
    until: datetime | None
    by: str
    since: datetime | None


class InvitedRow(Row, frozen=True, tag="invited"):
    """A new invitation with its word, and links with it for those who use the page."""

    word: str
    uses: int
    until: datetime | None
    links: tuple[str, ...]


class AuditRow(Row, frozen=True, tag="audit"):
    """An entry of the audit."""

    number: int
    time: datetime
    by: str
    action: str
    target: str
    room: str
    reason: str
    until: datetime | None
    details: str


class WebhookRow(Row, frozen=True, tag="webhook"):
    """A webhook: `in` says lines, `out` is sent them at `url`."""

    name: str
    room: str
    direction: str
    url: str
    sent: int
    since: datetime | None


class SecretRow(Row, frozen=True, tag="secret"):
    """What a new webhook proves itself with (`token`), or is signed with (`secret`)."""

    name: str
    token: str = ""
    secret: str = ""


class ServerRow(Struct, frozen=True):
    """A server of the site. `here`: it is the one that answers; `guests` are its connections."""

    name: str
    addresses: tuple[str, ...]
    guests: int
    since: datetime | None
    version: str
    draining: bool
    here: bool


class StatusRow(Row, frozen=True, tag="status"):
    """How the server does.

    `listening` are endpoint strings, `pages` the addresses of the page, `certificates` the last day
    of that of each endpoint with TLS. `trouble` is why nothing can be stored, and `configuration`
    what is wrong with the options; both are "" if all is well. `site` are the servers of the site,
    itself among them; empty: it is alone.
    """

    version: str
    running: bool
    guests: int = 0
    accounts: int = 0
    listening: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    certificates: dict[str, str] = {}
    trouble: str = ""
    configuration: str = ""
    locked: bool = False
    site: tuple[ServerRow, ...] = ()


AnyRow = (
    AccountRow | WordRow | RestrictionRow | PresentRow | RoomRow | InvitationRow | InvitedRow
    | AuditRow | WebhookRow | SecretRow | StatusRow
)  # fmt: skip
"""Any row."""


def moment(time: float) -> datetime | None:
    """Return `time`, in seconds since the epoch, as a datetime; None for 0."""
    return datetime.fromtimestamp(time, UTC) if time else None
