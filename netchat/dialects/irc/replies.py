"""What one client is answered, which nobody else reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from netchat.dialects.irc.dialect import IrcDialect, joined_line
from netchat.dialects.irc.history import ASKS_ITSELF, gap_lines, history_lines
from netchat.dialects.irc.labels import labeled
from netchat.dialects.irc.markers import READ_MARKER, Markers, marked_target, marker_line
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.refusals import refusal
from netchat.dialects.irc.relayed import Relayed
from netchat.dialects.irc.spoken import told_lines
from netchat.model.answers import Names
from netchat.model.events import Closing, Entered, Event, Gap, Past, Refused, Told
from netchat.model.lines import whole_lines
from netchat.model.notices import Away, Conversation, MarkedRead, RolesShown, ToldAgain
from netchat.model.person_news import Appeared, Disappeared, InvitedTo, NewsOfWatched

if TYPE_CHECKING:
    from netchat.dialects.irc.user import User
    from netchat.dialects.irc.writer import Writer

NO_NAMES = frozenset({"draft/no-implicit-names", "no-implicit-names"})
NAMES_ROOM = 380
"""Bytes of names in one 353."""


class Reply(Event, frozen=True):
    """Messages for one client, written already."""

    lines: tuple[bytes, ...]


class LabelBegin(Event, frozen=True):
    """From here on, what the client is answered belongs to its request with this label."""

    label: str


class LabelEnd(Event, frozen=True):
    """That was all of the answer."""


class Named(Protocol):
    """A participant."""

    name: str


class Personal:
    """Renders what is for one client, or caused by it; its nick is that of `named` once it has one.

    `dialect` changes with the capabilities of the client; `user` is what it has said of itself.
    """

    __slots__ = ("_label", "_labels", "_lines", "_named", "dialect", "markers", "user")
    name = "irc"
    of_programs = False

    def __init__(self, dialect: IrcDialect, user: User, named: Named | None = None) -> None:
        self.dialect = dialect
        self.user = user
        self._named = named
        self._label = ""
        self._lines: list[bytes] | None = None
        """What the request with `_label` was answered; None: there is no such request."""
        self._labels = 0
        self.markers = Markers()

    def nick(self) -> str:
        """Return the nick of the client; "" if it has none."""
        return self.user.nick if self._named is None else self._named.name

    def render(self, event: Event) -> bytes:
        """Return the messages for `event`, which is for this client alone."""
        match event:
            case LabelBegin():
                self._label, self._lines = event.label, []
                return b""
            case LabelEnd():
                return self._end_label()
            case Relayed(own=False):
                return self._render(event)
        return self._collected(self._render(event))

    def echo(self, event: Event) -> bytes:
        """Return the messages for `event`, which this client has caused."""
        if isinstance(event, Told) and not event.own:
            event = replace(event, own=True)
        if isinstance(event, Told | Refused | Closing):
            return self.render(event)
        return self._collected(self.dialect.own_lines(event))

    def on_other_device(self, event: Event) -> bytes:
        """Return the messages for what the owner has said on another device."""
        return self.dialect.on_other_device(event)

    def numeric(self, number: str, *parameters: str) -> bytes:
        """Return a numeric reply."""
        return self.dialect.writer.from_server(number, self.nick() or "*", *parameters)

    def _render(self, event: Event) -> bytes:
        lines = _LINES.get(type(event))
        return self.dialect.lines(event) if lines is None else b"".join(lines(self, event))

    def _collected(self, data: bytes) -> bytes:
        if self._lines is None:
            return self.dialect.framed(data)
        self._lines += [line + b"\n" for line in whole_lines(data)]
        return b""

    def _end_label(self) -> bytes:
        lines, self._lines = self._lines or [], None
        self._labels += 1
        server = self.dialect.writer.view.server
        return self.dialect.framed(labeled(self._label, lines, server, f"l{self._labels}"))


def _reply(_: Personal, event: Reply) -> Iterable[bytes]:
    return event.lines


def _entered(personal: Personal, event: Entered) -> Iterator[bytes]:
    writer, channel = personal.dialect.writer, channel_of(event.room)
    yield joined_line(writer, event.room, personal.nick())
    if event.topic:
        yield from topic_lines(personal, event.room, event.topic)
    if READ_MARKER in writer.capabilities:
        channel = channel_of(event.room)
        yield marker_line(writer, channel, personal.markers.get(channel))
    if NO_NAMES.isdisjoint(writer.capabilities):
        yield from names_lines(personal, event.room, event.names)


def topic_lines(personal: Personal, room: str, topic: str) -> Iterator[bytes]:
    """Yield what tells the topic of `room`, and who has set it."""
    channel = channel_of(room)
    yield personal.numeric("332", channel, topic)
    setter = personal.dialect.writer.view.topic_setter(room)
    if setter is not None:
        yield personal.numeric("333", channel, setter[0], str(int(setter[1])))


def names_lines(personal: Personal, room: str, names: Iterable[str]) -> Iterator[bytes]:
    """Yield the list of those in `room`."""
    channel, line, size = channel_of(room), list[str](), 0
    for name in names:
        shown = shown_name(personal.dialect.writer, room, name)
        if line and size + len(shown.encode()) > NAMES_ROOM:
            yield personal.numeric("353", "=", channel, " ".join(line))
            line, size = [], 0
        line.append(shown)
        size += len(shown.encode()) + 1
    if line:
        yield personal.numeric("353", "=", channel, " ".join(line))
    yield personal.numeric("366", channel, "End of /NAMES list")


def shown_name(writer: Writer, room: str, name: str) -> str:
    """Return `name` with its prefixes in `room`, as the client reads it."""
    prefixes = writer.view.prefixes(room, name)
    if "multi-prefix" not in writer.capabilities:
        prefixes = prefixes[:1]
    source = writer.view.source(name) if "userhost-in-names" in writer.capabilities else name
    return f"{prefixes}{source}"


def _names(personal: Personal, event: Names) -> Iterator[bytes]:
    return names_lines(personal, event.room, event.names)


def _told(personal: Personal, event: Told, *, clock_shown: bool = False) -> Iterator[bytes]:
    capabilities = personal.dialect.capabilities
    if not event.own or "echo-message" in capabilities:
        yield from told_lines(personal.dialect.writer, event, clock_shown=clock_shown)


def _told_again(personal: Personal, event: ToldAgain) -> Iterator[bytes]:
    return _told(personal, event.told)


def _conversation(personal: Personal, event: Conversation) -> Iterator[bytes]:
    if ASKS_ITSELF in personal.dialect.capabilities:
        return  # The client asks for what it has missed itself.
    for line in event.lines:
        if not isinstance(line, Gap):
            yield from _told(personal, line, clock_shown=True)


def _refused(personal: Personal, event: Refused) -> Iterator[bytes]:
    return refusal(personal.dialect.writer, personal.nick() or "*", event)


def _away(personal: Personal, event: Away) -> Iterator[bytes]:
    if event.name == personal.nick():
        away = bool(event.text)
        text = "You have been marked as being away" if away else "You are no longer marked as away"
        yield personal.numeric("306" if away else "305", text)
    elif event.text:
        yield personal.numeric("301", event.name, event.text)


def _marked_read(personal: Personal, event: MarkedRead) -> Iterator[bytes]:
    writer = personal.dialect.writer
    target = marked_target(writer, event.room)
    news = target and event.time and personal.markers.advance(target, event.time)
    if news and READ_MARKER in writer.capabilities:
        yield marker_line(writer, target, event.time)


def _past(personal: Personal, event: Past) -> Iterator[bytes]:
    writer = personal.dialect.writer
    for line in event.lines:
        if isinstance(line, Gap):
            yield from gap_lines(writer, line)
    yield from history_lines(writer, channel_of(event.room), event.lines)


def _roles_shown(personal: Personal, event: RolesShown) -> Iterator[bytes]:
    # They are told who enters a room, and the names have prefixes for that already.
    return iter(())


def _invited_to(personal: Personal, event: InvitedTo) -> Iterator[bytes]:
    yield personal.dialect.writer.of(event.name, "INVITE", event.to, channel_of(event.room))


def _appeared(personal: Personal, event: Appeared) -> Iterator[bytes]:
    yield personal.numeric("730", personal.dialect.writer.view.source(event.name))


def _disappeared(personal: Personal, event: Disappeared) -> Iterator[bytes]:
    yield personal.numeric("731", event.name)


def _news_of_watched(personal: Personal, event: NewsOfWatched) -> Iterator[bytes]:
    if "extended-monitor" in personal.dialect.capabilities:
        yield personal.dialect.lines(event.event)


def _closing(personal: Personal, event: Closing) -> Iterator[bytes]:
    message = event.message or "Bye"
    yield personal.dialect.writer.from_server("ERROR", message)


_LINES: dict[type[Event], Callable[[Personal, Any], Iterable[bytes]]] = {
    Reply: _reply,
    Entered: _entered,
    Names: _names,
    Told: _told,
    ToldAgain: _told_again,
    Conversation: _conversation,
    Refused: _refused,
    Away: _away,
    MarkedRead: _marked_read,
    Past: _past,
    Closing: _closing,
    InvitedTo: _invited_to,
    RolesShown: _roles_shown,
    Appeared: _appeared,
    Disappeared: _disappeared,
    NewsOfWatched: _news_of_watched,
}
