"""The participants who are on other servers of a site: nothing is sent to them from here."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from netchat.chat.nobody import Nobody
from netchat.chat.room import Participant
from netchat.state.restrictions import Host
from netchat.state.site_records import Presence


class RemoteConnection(Nobody):
    """What is known of a connection to another server, as `presence` has it.

    `now` returns the time, in seconds since the epoch.
    """

    def __init__(self, presence: Presence, now: Callable[[], float]) -> None:
        self.incarnation = presence.incarnation
        self.number = presence.number
        self.door = presence.door
        self.host: Host = ip_address(presence.host) if presence.host else None
        self._now = now
        self._since = self._heard = presence.since

    def heard(self) -> None:
        """Called when something is heard of the client."""
        self._heard = self._now()

    @property
    def online(self) -> float:
        """How long the client has been logged in, in seconds."""
        return max(0.0, self._now() - self._since)

    @property
    def idle(self) -> float:
        """How long nothing was heard of the client, in seconds."""
        return max(0.0, self._now() - self._heard)


class RemoteParticipant(Participant):
    """A participant on another server, as `presence` has them.

    What happens to them is told by their own server; here they are only seen.
    """

    __slots__ = ("is_quiet",)
    is_remote = True

    def __init__(self, presence: Presence, now: Callable[[], float]) -> None:
        connection = RemoteConnection(presence, now)
        super().__init__(presence.name, connection, connection, presence.client)
        self.account = presence.account
        self.is_quiet = presence.quiet
        self.detached = True
