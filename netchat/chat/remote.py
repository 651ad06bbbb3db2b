"""The participants who are on other servers of a site: nothing is sent to them from here."""

from __future__ import annotations

from ipaddress import ip_address

from netchat.chat.nobody import Nobody
from netchat.chat.room import Participant
from netchat.state.restrictions import Host
from netchat.state.site_records import Presence


class RemoteConnection(Nobody):
    """What is known of a connection to another server, as `presence` has it."""

    def __init__(self, presence: Presence) -> None:
        self.door = presence.door
        self.host: Host = ip_address(presence.host) if presence.host else None
        self.since = presence.since


class RemoteParticipant(Participant):
    """A participant on another server, as `presence` has them.

    What happens to them is told by their own server; here they are only seen.
    """

    __slots__ = ()
    is_remote = True

    def __init__(self, presence: Presence) -> None:
        connection = RemoteConnection(presence)
        super().__init__(presence.name, connection, connection, presence.client)
        self.account = presence.account
        self.detached = True
