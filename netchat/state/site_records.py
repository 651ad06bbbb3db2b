"""The records of a site: its servers, and who is on which of them.

A server that shares its order with no other has none of them.
"""

from __future__ import annotations

from netchat.state.record import Record


class Server(Record, frozen=True, tag="server"):
    """A server that is running; `incarnation` is the number of this start.

    `addresses` are those at which guests of other servers reach it, as host:port. `draining`: it
    sends its guests to the others. `version` is that of its netchat.
    """

    incarnation: int
    name: str
    addresses: tuple[str, ...] = ()
    since: float = 0
    draining: bool = False
    version: str = ""

    @property
    def key(self) -> str:
        """The incarnation."""
        return str(self.incarnation)


class Presence(Record, frozen=True, tag="presence"):
    """A guest, or a device of an account, on the server of an `incarnation`.

    `number` is theirs among those of the incarnation. `rooms` are those that they are in, in the
    order in which they joined. If they do not hold the name any more, they are about to leave: the
    same client has come back on another connection. `quiet`: people are not told where they come
    and go. `door`, `host` (an address, or "") and `since`
    are what operators are shown of the connection. `position` is that of the entry with the login.
    `founded` are those of the rooms that they have made as a guest.
    """

    incarnation: int
    number: int
    name: str
    account: int = 0
    client: str = ""
    agent: str = ""
    door: str = ""
    host: str = ""
    since: float = 0
    rooms: tuple[str, ...] = ()
    away: str = ""
    holds: bool = True
    position: int = 0
    quiet: bool = False
    founded: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The incarnation and the number."""
        return presence_key(self.incarnation, self.number)


class Reached(Record, frozen=True, tag="reached"):
    """The journal has taken the log of the site up to `position`.

    `incarnation` and `batch` are the key of the entry there, by which a log is known. At position
    0 they are the key of what the journal had before.
    """

    position: int
    incarnation: int = 0
    batch: int = 0

    @property
    def key(self) -> str:
        """Nothing: there is one log."""
        return ""


class Digest(Record, frozen=True, tag="digest"):
    """The digest of the state (`netchat.state.digest`) before the change with this `number`."""

    number: int
    value: str

    @property
    def key(self) -> str:
        """Nothing: there is one, the last that was asked for."""
        return ""


def presence_key(incarnation: int, number: int) -> str:
    """Return the key of the presence with this `number` on the server of this `incarnation`."""
    return f"{incarnation} {number}"


def incarnation_of(key: str) -> int:
    """Return the incarnation of the server on which the presence with this `key` is."""
    return int(key.partition(" ")[0])
