"""The events that a client receives: immutable, and the same for every dialect and every door.

The events of rooms come first, in one order; the second group answers single clients. Times are
seconds since the epoch, UTC; names and texts are sanitized (`netchat.model.sanitize`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from msgspec import Struct
from msgspec.structs import replace

UNKNOWN_ACCOUNT = -1


# Not dataclasses: thousands are created a second, and a frozen dataclass takes ten times as long.
class Event(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Any event; a version that does not know a field refuses it unless it is left out."""


class Said(Event, frozen=True):
    """A line said in a room; its `id` is its number there: 1, 2, 3 (0: not stored yet).

    `nonce` is the speaker's identifier for the line, and `client` identifies their client over
    reconnects. Only the speaker's client receives the nonce. Both are "" if the client gave none.
    Of a line that is `deleted` the text is "". `account` is that of the speaker: 0 for a guest or a
    program, UNKNOWN_ACCOUNT if the line was stored before lines had one.

    `everybody`: the line mentions everybody in the room. False: it has the word for that, but the
    speaker is no moderator, and is told so. `notice`: no program answers it by itself.
    """

    room: str
    name: str
    text: str
    time: float
    action: bool = False
    id: int = 0
    nonce: str = ""
    client: str = ""
    deleted: bool = False
    account: int = 0
    everybody: bool | None = None
    notice: bool = False

    @property
    def last(self) -> int:
        """The last id of this event: its own."""
        return self.id

    def without_text(self) -> Said:
        """Return the line as it is once it is deleted."""
        return replace(self, text="", action=False, deleted=True, everybody=None)


class SaidLines(Event, frozen=True):
    """Lines that one participant said in a room together; `first` is the id of the first one.

    They are handled as one event, but each is a line like any other. Either each has a nonce, or
    none has. The text of those whose ids are in `deleted` is "". `account` as in Said.
    """

    room: str
    name: str
    texts: tuple[str, ...]
    time: float
    first: int = 0
    nonces: tuple[str, ...] = ()
    client: str = ""
    deleted: tuple[int, ...] = ()
    account: int = 0

    @property
    def last(self) -> int:
        """The id of the last line."""
        return self.first + len(self.texts) - 1

    def each(self) -> Iterator[Said]:
        """Yield the lines one by one."""
        room, name, time, client = self.room, self.name, self.time, self.client
        deleted, account = self.deleted, self.account
        nonces = self.nonces or repeat("")
        for id, (text, nonce) in enumerate(zip(self.texts, nonces, strict=False), self.first):
            yield Said(room, name, text, time, False, id, nonce, client, id in deleted, account)


class Repeated(Event, frozen=True):
    """A line that its client sent again with the same nonce, as it was stored the first time."""

    said: Said


class Gap(Event, frozen=True):
    """The lines of a room from id `first` to `last`, which are missing.

    They are `damaged`, and cannot be read, or else no longer stored.
    """

    room: str
    first: int
    last: int
    damaged: bool = False


class Joined(Event, frozen=True):
    """Participants joined a room; `quiet`: people are not told."""

    room: str
    names: tuple[str, ...]
    quiet: bool = False


class Left(Event, frozen=True):
    """Participants left a room; `quiet` as in Joined.

    They have left the server if they are `gone`; if there is a name in `by`, they were removed by
    that moderator. `message` is what they, or the moderator, have said to it.
    """

    room: str
    names: tuple[str, ...]
    quiet: bool = False
    gone: bool = False
    by: str = ""
    message: str = ""


class Renamed(Event, frozen=True):
    """A participant has changed their name to `to`."""

    name: str
    to: str


class TopicSet(Event, frozen=True):
    """The topic of a room was changed; an empty text removes it; a refusal has the `nonce`."""

    room: str
    text: str
    by: str
    nonce: str = ""


class Told(Event, frozen=True):
    """A private line; only the two named participants receive it; `nonce` and `client` as in Said.

    `sender` and `recipient` are the accounts (0: a guest). Each owner's private lines are numbered
    1, 2, 3; `id` is the number for the recipient, `sent_id` that for the sender (0: it is not kept
    for them). `absent`: the recipient was not connected. Whoever is shown what they have sent
    themselves, on another device or before, gets it as their `own`. On a site it goes to `guest`.
    `notice` as in Said.
    """

    name: str
    to: str
    text: str
    time: float
    nonce: str = ""
    client: str = ""
    sender: int = 0
    recipient: int = 0
    id: int = 0
    sent_id: int = 0
    absent: bool = False
    own: bool = False
    guest: str = ""
    notice: bool = False

    @property
    def last(self) -> int:
        """The number for the reader."""
        return self.id

    def as_sent(self) -> Told:
        """Return the line as its sender has it."""
        return replace(self, id=self.sent_id, own=True)


class Welcome(Event, frozen=True):
    """The login succeeded; `motd` is the message of the day, by lines.

    `max_line` is the most bytes of text in a line, `burst` the number of lines that may be sent at
    once (0: no limit); `journal` identifies the server's journal. `account`: the name is the
    client's own, with these `roles` by room ("": the server). `names` is who may have a name here:
    "open", "owned" or "members". `servers` are the addresses of the site's others.
    """

    name: str
    motd: tuple[str, ...] = ()
    max_line: int = 0
    burst: int = 0
    journal: str = ""
    account: bool = False
    roles: tuple[tuple[str, str], ...] = ()
    names: str = "open"
    servers: tuple[str, ...] = ()


class Entered(Event, frozen=True):
    """The participant is in a room now; `first` if it is the first one after the login.

    Those of `names` who only listen are in `quiet`, too.
    """

    room: str
    topic: str
    names: tuple[str, ...]
    last: int
    first: bool
    quiet: tuple[str, ...] = ()


class Past(Event, frozen=True):
    """Earlier lines of a room, oldest first; `asked` if the client asked for them.

    `more` tells whether there are further lines: before the first line, or after the last.
    `earlier` tells that it is the page before one that was sent.
    """

    room: str
    lines: tuple[Said | Gap, ...]
    asked: bool
    more: bool = False
    earlier: bool = False


class Refused(Event, frozen=True):
    """A request was refused; the connection stays open.

    `code` is one of docs/protocol.md; `message` is a sentence for the user that says what to do;
    `nonce` is that of the request, if it had one.
    """

    code: str
    message: str
    nonce: str = ""


class Closing(Event, frozen=True):
    """The last event before the connection closes; `reason` is one of docs/protocol.md.

    `message` is a sentence for the user. `retry` is the number of seconds after which the client
    may come back; None: it should not.
    """

    reason: str
    message: str = ""
    retry: float | None = None
