"""What a stretch of the order looks like to one reader: events rendered in his dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netchat.events import Event, Joined, Left
from netchat.room import Dialect, Seat


class Post:
    """An event, who caused it, and what it looks like in each dialect so far."""

    __slots__ = ("_rendered", "by", "event")

    def __init__(self, event: Event, by: Seat | None) -> None:
        self.event = event
        self.by = by
        self._rendered: dict[Dialect, bytes] = {}

    def render(self, dialect: Dialect) -> bytes:
        """Return it as those read it whom it happens to."""
        data = self._rendered.get(dialect)
        if data is None:
            data = self._rendered[dialect] = rendered(dialect.render, self.event, self.by)
        return data

    def echo(self, dialect: Dialect) -> bytes:
        """Return it as the guest reads it who caused it."""
        return rendered(dialect.echo, self.event, self.by)


def rendered(render: Callable[[Event], bytes], event: Event, by: Seat | None) -> bytes:
    """Return `event` in a dialect; if that meets a bug, it ends the guest who caused the event."""
    try:
        return render(event)
    except Exception:
        if by is not None:
            by.listener.crash()
        return b""


def view(posts: Iterable[Post], dialect: Dialect, seat: Seat | None) -> bytes:
    """Return `posts` as `seat` reads them (None: as those do who caused none of them)."""
    parts: list[bytes] = []
    presence: list[Joined | Left] = []
    for post in posts:
        own = post.by is seat and seat is not None
        if isinstance(post.event, Joined | Left) and not own:
            presence.append(post.event)
            continue
        if presence:
            parts += map(dialect.render, gathered(presence))
            presence.clear()
        parts.append(post.echo(dialect) if own else post.render(dialect))
    parts += map(dialect.render, gathered(presence))
    return b"".join(parts)


def gathered(presence: Iterable[Joined | Left]) -> Iterator[Joined | Left]:
    """Yield `presence` with a crowd that came, or went, joined into one event.

    Whoever comes and goes, or goes and comes back, ends the crowd, so that the order stays true.
    """
    crowds: dict[tuple[type[Joined | Left], str], dict[str, None]] = {}
    for event in presence:
        kind, other = (Joined, Left) if isinstance(event, Joined) else (Left, Joined)
        if not crowds.get((other, event.room), {}).keys().isdisjoint(event.names):
            yield from _told(crowds)
            crowds.clear()
        crowds.setdefault((kind, event.room), {}).update(dict.fromkeys(event.names))
    yield from _told(crowds)


def _told(
    crowds: dict[tuple[type[Joined | Left], str], dict[str, None]],
) -> Iterator[Joined | Left]:
    for (kind, room), names in crowds.items():
        yield kind(room, tuple(names))
