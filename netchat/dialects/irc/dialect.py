"""The IRC dialect: events as those read them who have the same capabilities.

Sources: RFC 2812, https://modern.ircdocs.horse, https://ircv3.net/irc/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from netchat.dialects.irc.message import Message, format_message
from netchat.dialects.irc.moderation import deleted, moderated, roles_shown, room_changed
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.relayed import Relayed, relayed_lines
from netchat.dialects.irc.spoken import said, said_together
from netchat.dialects.irc.writer import Writer
from netchat.model.events import (
    Event,
    Joined,
    Left,
    Renamed,
    Said,
    SaidLines,
    TopicSet,
)
from netchat.model.notices import Announced, Deleted, Locked, Moderated, RolesShown, RoomChanged
from netchat.model.person_news import (
    NEWS,
    AccountChanged,
    AwayChanged,
    OtherInvited,
    RealnameChanged,
)

if TYPE_CHECKING:
    from netchat.dialects.irc.user import User
    from netchat.dialects.irc.view import ChatView

Frame = Callable[[bytes], bytes]
"""Puts lines into frames."""
ECHO_MESSAGE = "echo-message"
EXTENDED_JOIN = "extended-join"


class IrcDialect:
    """What clients with these `capabilities` read of a chat that they see as `view`.

    `frame` puts what they are sent into the frames of their door; None: it has none.
    """

    __slots__ = ("__weakref__", "_frame", "_has_echo", "writer")
    name = "irc"
    of_programs = False

    def __init__(
        self, capabilities: frozenset[str], view: ChatView, frame: Frame | None = None
    ) -> None:
        self.writer = Writer(capabilities, view)
        self._frame = frame
        self._has_echo = ECHO_MESSAGE in capabilities

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities of its readers."""
        return self.writer.capabilities

    def framed(self, lines: bytes) -> bytes:
        """Return `lines` as the client is sent them."""
        return lines if self._frame is None else self._frame(lines)

    def lines(self, event: Event) -> bytes:
        """Return the messages for `event`, for clients that did not cause it."""
        lines = _LINES.get(type(event))
        return b"".join(lines(self.writer, event)) if lines else b""

    def own_lines(self, event: Event) -> bytes:
        """Return the messages for `event`, for the client that has caused it."""
        if isinstance(event, Said | SaidLines) and not self._has_echo:
            return b""
        return b"" if isinstance(event, (Joined, *NEWS)) else self.lines(event)

    def render(self, event: Event) -> bytes:
        """Return `lines`, framed."""
        return self.framed(self.lines(event))

    def echo(self, event: Event) -> bytes:
        """Return `own_lines`, framed."""
        return self.framed(self.own_lines(event))

    def on_other_device(self, event: Event) -> bytes:
        """Return the messages for what the reader has said on another device."""
        return self.render(event)


class SharedDialects:
    """The dialects of the clients of a server, one for each set of capabilities in use.

    A dialect that no client has any more is forgotten.
    """

    def __init__(self, view: ChatView, frame: Frame | None = None) -> None:
        self.view = view
        self._frame = frame
        self._dialects: WeakValueDictionary[frozenset[str], IrcDialect] = WeakValueDictionary()

    def __iter__(self) -> Iterator[IrcDialect]:
        return self._dialects.values()

    def get(self, capabilities: frozenset[str]) -> IrcDialect:
        """Return the dialect of those with `capabilities`."""
        dialect = self._dialects.get(capabilities)
        if dialect is None:
            dialect = self._dialects[capabilities] = IrcDialect(
                capabilities, self.view, self._frame
            )
        return dialect

    def take(self, user: User) -> IrcDialect:
        """Return the dialect of `user`, and let them share its set of capabilities: it is large."""
        dialect = self.get(user.capabilities)
        shared = dialect.capabilities
        user.active = shared if user.active == shared else user.active
        user.capabilities = shared
        return dialect


def joined_line(writer: Writer, room: str, name: str) -> bytes:
    """Return what tells that `name` has joined `room`."""
    if EXTENDED_JOIN in writer.capabilities:
        account = writer.view.account(name) or "*"
        return writer.of(name, "JOIN", channel_of(room), account, writer.view.realname(name))
    return writer.of(name, "JOIN", channel_of(room))


def _joined(writer: Writer, event: Joined) -> Iterator[bytes]:
    for name in event.names:
        yield joined_line(writer, event.room, name)


def _left(writer: Writer, event: Left) -> Iterator[bytes]:
    channel, message = channel_of(event.room), event.message
    for name in event.names:
        if event.by:
            yield writer.of(event.by, "KICK", channel, name, message or event.by)
        elif event.gone:
            yield writer.of(name, "QUIT", message or "Quit")
        else:
            yield writer.of(name, "PART", channel, *([message] if message else ()))


def _renamed(writer: Writer, event: Renamed) -> Iterator[bytes]:
    view = writer.view
    source = f"{event.name}!{view.user(event.to)}@{view.host(event.to)}"
    tags = writer.tags(account=view.account(event.to), by=event.to)
    yield format_message(Message("NICK", (event.to,), source, tags))


def _topic_set(writer: Writer, event: TopicSet) -> Iterator[bytes]:
    yield writer.of(event.by, "TOPIC", channel_of(event.room), event.text)


def _announced(writer: Writer, event: Announced) -> Iterator[bytes]:
    yield writer.from_server("NOTICE", "*", f"{event.by} tells everybody: {event.text}")


def _locked(writer: Writer, event: Locked) -> Iterator[bytes]:
    what = "no new guests" if event.on else "new guests again"
    reason = f": {event.reason}" if event.reason else ""
    yield writer.from_server("NOTICE", "*", f"The server takes {what}{reason}")


def _away_changed(writer: Writer, event: AwayChanged) -> Iterator[bytes]:
    if "away-notify" in writer.capabilities:
        yield writer.of(event.name, "AWAY", *([event.text] if event.text else ()))


def _account_changed(writer: Writer, event: AccountChanged) -> Iterator[bytes]:
    if "account-notify" in writer.capabilities:
        yield writer.of(event.name, "ACCOUNT", event.name)


def _realname_changed(writer: Writer, event: RealnameChanged) -> Iterator[bytes]:
    if "setname" in writer.capabilities:
        yield writer.of(event.name, "SETNAME", event.realname)


def _other_invited(writer: Writer, event: OtherInvited) -> Iterator[bytes]:
    if "invite-notify" in writer.capabilities:
        yield writer.of(event.name, "INVITE", event.to, channel_of(event.room))


_LINES: dict[type[Event], Callable[[Writer, Any], Iterable[bytes]]] = {
    Said: said,
    SaidLines: said_together,
    Joined: _joined,
    Left: _left,
    Renamed: _renamed,
    TopicSet: _topic_set,
    Announced: _announced,
    Locked: _locked,
    Moderated: moderated,
    RolesShown: roles_shown,
    RoomChanged: room_changed,
    Deleted: deleted,
    Relayed: relayed_lines,
    AwayChanged: _away_changed,
    AccountChanged: _account_changed,
    RealnameChanged: _realname_changed,
    OtherInvited: _other_invited,
}
