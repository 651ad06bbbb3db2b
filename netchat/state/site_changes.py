"""The changes of a site: servers come and go, and so do those who are on them.

They are judged as all changes are (`netchat.state.changes`). Only servers that share their order
with others ask for them.
"""

from __future__ import annotations

from netchat.state.changes import What


class StartServer(What, frozen=True, tag="start-server"):
    """A server has started, as in Server; what an earlier start of it has left is removed.

    The `salts` (`netchat.state.records.SaltSecret`) of the server that begins the log become those
    of all: who compares the answers of two servers learns nothing.
    """

    incarnation: int
    name: str
    addresses: tuple[str, ...] = ()
    salts: str = ""
    version: str = ""


class Drain(What, frozen=True, tag="drain"):
    """The server of this incarnation sends its guests to the others, spread over some seconds."""

    incarnation: int
    seconds: float = 10.0


class Bury(What, frozen=True, tag="bury"):
    """The server of this incarnation is gone, and so is everybody who was on it."""

    incarnation: int


class Arrive(What, frozen=True, tag="arrive"):
    """Somebody logs in; as in Presence.

    `heard` is the position up to which their server had heard the log at that time.
    """

    incarnation: int
    number: int
    name: str
    account: int = 0
    client: str = ""
    agent: str = ""
    door: str = ""
    host: str = ""
    heard: int = 0
    quiet: bool = False


class Depart(What, frozen=True, tag="depart"):
    """Somebody leaves every room, and the chat."""

    incarnation: int
    number: int


class Enter(What, frozen=True, tag="enter"):
    """Somebody joins `room`; `founds`: it is new, as far as their server knows."""

    incarnation: int
    number: int
    room: str
    founds: bool = False


class Exit(What, frozen=True, tag="exit"):
    """Somebody leaves `room`."""

    incarnation: int
    number: int
    room: str


class TakeName(What, frozen=True, tag="take-name"):
    """A guest takes another name."""

    incarnation: int
    number: int
    name: str


class SetAway(What, frozen=True, tag="away"):
    """Somebody is away, which others read as `text`; "": they are back."""

    incarnation: int
    number: int
    text: str


class TakeDigest(What, frozen=True, tag="take-digest"):
    """Every server computes a digest of the state before this."""


class EndSession(What, frozen=True, tag="end-session"):
    """The server of a device of an account ends its session."""

    incarnation: int
    number: int


class Reach(What, frozen=True, tag="reach"):
    """This journal has taken the log up to `position`; as in Reached."""

    position: int
    incarnation: int
    batch: int
