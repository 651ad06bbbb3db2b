"""How the rows of an answer are printed for people; `--json` prints them as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from netchat.console.answers import (
    AccountRow,
    AuditRow,
    InvitationRow,
    InvitedRow,
    PresentRow,
    ProofRow,
    RestrictionRow,
    RoomRow,
    Row,
    SecretRow,
    ServerRow,
    StatusRow,
    WebhookRow,
    WordRow,
)
from netchat.model.durations import format_duration


def _account(row: AccountRow) -> Iterator[str]:
    roles = [f"{role} of {room}" if room else role for room, role in row.roles.items()]
    yield ", ".join([row.name, f"since {_time(row.since)}", *roles])
    if row.external:
        yield "  known to the auth command"
    for proof in row.proofs:
        yield f"  {_proof(proof)}"


def _proof(proof: ProofRow) -> str:
    parts = [f"{proof.id}: {proof.kind}"]
    parts += [proof.label] * bool(proof.label)
    parts += [f"since {_time(proof.since)}"] * bool(proof.since)
    parts += [_until(proof.until)] * bool(proof.until)
    return ", ".join(parts)


def _restriction(row: RestrictionRow) -> str:
    where = f"in {row.room}" if row.room else "on the server"
    reason = f": {row.reason}" if row.reason else ""
    return f"{row.what} of {row.target} {where}, {_until(row.until)}, by {row.by}{reason}"


def _present(row: PresentRow) -> str:
    parts = [
        f"{row.name}{' (account)' if row.account else ''}",
        row.door + (f" from {row.address}" if row.address else ""),
        f"on {row.server}" if row.server else "",
        f"since {_time(row.since)}" if row.since else "",
        f"idle for {format_duration(row.idle)}" if row.idle >= 1 else "",
        f"in {', '.join(row.rooms)}" if row.rooms else "",
    ]
    return ", ".join(filter(None, parts))


def _room(row: RoomRow) -> str:
    settings = [name for name in ("private", "readonly", "moderated") if getattr(row, name)]
    settings += [f"slow {row.slow:g}"] * bool(row.slow)
    settings += ["joins quiet"] * row.quiet_joins
    return f"{row.room}: {', '.join(settings) or 'open'}"


def _audit(row: AuditRow) -> str:
    parts = [f"{row.number} {_time(row.time)} {row.by}: {row.action}"]
    parts += [row.target] * bool(row.target)
    parts += [f"in {row.room}"] * bool(row.room)
    parts += [_until(row.until)] * bool(row.until)
    parts += [f"({row.details})"] * bool(row.details)
    return " ".join(parts) + (f": {row.reason}" if row.reason else "")


def _secret(row: SecretRow) -> Iterator[str]:
    kind, value = ("Token", row.token) if row.token else ("Secret", row.secret)
    yield f"{kind} of {row.name}, which is shown this once: {value}"


def _status(row: StatusRow) -> Iterator[str]:
    if not row.running:
        yield f"No server runs; {_count(row.accounts, 'account')}."
        return
    guests, accounts = _count(row.guests, "guest"), _count(row.accounts, "account")
    yield f"netchat {row.version}: {guests}, {accounts}."
    if row.trouble:
        yield row.trouble
    yield from map(_server, row.site)


def _server(server: ServerRow) -> str:
    parts = [
        f"  {server.name}{' (here)' if server.here else ''}",
        *server.addresses,
        _count(server.guests, "guest"),
        f"since {_time(server.since)}",
        f"netchat {server.version}",
        *["draining"] * server.draining,
    ]
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _until(until: datetime | None) -> str:
    return f"until {_time(until)}" if until else "without end"


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else ""


_LINES: Mapping[type[Row], Callable[[Any], Iterable[str]]] = MappingProxyType(
    {
        AccountRow: _account,
        WordRow: lambda row: [
            f"One-time word of {row.name}: {row.word} ({_until(row.until)})",
        ],
        RestrictionRow: lambda row: [_restriction(row)],
        PresentRow: lambda row: [_present(row)],
        RoomRow: lambda row: [_room(row)],
        InvitationRow: lambda row: [
            f"{row.id}: {_count(row.uses, 'use')}, {_until(row.until)}, by {row.by}",
        ],
        InvitedRow: lambda row: [
            f"Word: {row.word} ({_count(row.uses, 'use')}, {_until(row.until)})",
            *(f"Link: {link}" for link in row.links),
        ],
        AuditRow: lambda row: [_audit(row)],
        WebhookRow: lambda row: [f"{row.name}: {row.direction} {row.room} {row.url}".rstrip()],
        SecretRow: _secret,
        StatusRow: _status,
    }
)


def lines_for(row: Row) -> Iterable[str]:
    """Return the lines that tell what is in `row`."""
    return _LINES[type(row)](row)
