"""Collects the figures of a running server, when a monitoring system asks for them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from netchat.doors.connection.guest_connection import GuestConnection
from netchat.doors.transport.direct import carrier_of
from netchat.observability.metrics import Figures

if TYPE_CHECKING:
    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat
    from netchat.chat.presence import SiteFigures
    from netchat.observability.measured_journal import MeasuredJournal


def collect_figures(chat: Chat, connections: Connections, journal: MeasuredJournal) -> Figures:
    """Return the figures; the time it takes grows with the number of guests and of rooms."""
    guests: Counter[tuple[str, str]] = Counter()
    unsent = []
    for connection in connections.open:
        if isinstance(connection, GuestConnection) and connection.session.participant is not None:
            guests[connection.door, connection.session.dialect.name] += 1
            carrier = carrier_of(connection.transport)
            unsent.append(carrier.unsent if carrier else 0)
    log = connections.log
    site = chat.presence.site
    return Figures(
        guests=guests,
        nameless=len(connections.open) - guests.total(),
        guests_behind=sum(map(bool, unsent)),
        send_queue_bytes=sum(unsent),
        longest_send_queue_bytes=max(unsent, default=0),
        unsettled=journal.unsettled,
        rooms=chat.occupied_rooms,
        rooms_known=len(chat.rooms),
        lines=sum(room.last for room in chat.rooms),
        storing=not chat.trouble,
        logins=log.logins,
        wrong_passwords=log.wrong_passwords,
        requests_refused=connections.refused_requests + journal.refusals,
        connections_refused=log.refusals,
        disconnects=connections.disconnects,
        site=_site(site.figures) if site else None,
    )


def _site(figures: SiteFigures) -> dict[str, float]:
    return {
        "servers": figures.servers,
        "log_position": figures.position,
        "log_silence_seconds": figures.silence,
        "log_trouble": figures.trouble,
    }
