"""What a stretch of the order looks like to one reader: events rendered in his dialect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from netchat.events import Event, Joined, Left
from netchat.room import Dialect, Seat

_NONE: Set[int] = frozenset()


class Post:
    """An event, and who caused it."""

    __slots__ = ("by", "event")

    def __init__(self, event: Event, by: Seat | None) -> None:
        self.event = event
        self.by = by

    def render(self, dialect: Dialect) -> bytes:
        """Return it as those read it whom it happens to."""
        return rendered(dialect.render, self.event, self.by)

    def echo(self, dialect: Dialect) -> bytes:
        """Return it as the guest reads it who caused it."""
        return rendered(dialect.echo, self.event, self.by)


class Stretch:
    """Posts in their order; each is rendered once in a dialect, for all who read that alike."""

    __slots__ = ("_by", "_moved", "_rendered", "posts")

    def __init__(self, posts: Iterable[Post] = ()) -> None:
        self.posts: list[Post] = []
        self._by: defaultdict[Seat, set[int]] = defaultdict(set)
        self._moved = False
        """Whether anybody comes or goes in it."""
        self._rendered: dict[Dialect, _Rendered] = {}
        for post in posts:
            self.add(post)

    def __len__(self) -> int:
        return len(self.posts)

    def add(self, post: Post) -> int:
        """Put `post` behind the others, and return its number."""
        number = len(self.posts)
        self.posts.append(post)
        if post.by is not None:
            self._by[post.by].add(number)
        self._moved = self._moved or isinstance(post.event, Joined | Left)
        return number

    def view(self, numbers: Iterable[int], dialect: Dialect, seat: Seat | None) -> bytes:
        """Return posts `numbers` as `seat` reads them (None: as those who caused none of them)."""
        parts = self._rendered.get(dialect)
        if parts is None:
            parts = self._rendered[dialect] = _Rendered(self.posts, dialect)
        own = self._by.get(seat, _NONE) if seat is not None else _NONE
        if self._moved:
            return b"".join(self._gathered(numbers, parts, own))
        if not own:
            return b"".join(map(parts.__getitem__, numbers))
        posts = self.posts
        return b"".join([posts[n].echo(dialect) if n in own else parts[n] for n in numbers])

    def _gathered(self, numbers: Iterable[int], parts: _Rendered, own: Set[int]) -> Iterator[bytes]:
        presence: list[Joined | Left] = []
        for number in numbers:
            post = self.posts[number]
            if isinstance(post.event, Joined | Left) and number not in own:
                presence.append(post.event)
                continue
            if presence:
                yield from map(parts.dialect.render, gathered(presence))
                presence.clear()
            yield post.echo(parts.dialect) if number in own else parts[number]
        yield from map(parts.dialect.render, gathered(presence))


class _Rendered(dict[int, bytes]):
    """Posts in a dialect, as far as anybody has had to read them."""

    def __init__(self, posts: Sequence[Post], dialect: Dialect) -> None:
        self.dialect = dialect
        self._posts = posts

    def __missing__(self, number: int) -> bytes:
        data = self[number] = self._posts[number].render(self.dialect)
        return data


def rendered(render: Callable[[Event], bytes], event: Event, by: Seat | None) -> bytes:
    """Return `event` in a dialect; if that meets a bug, it ends the guest who caused the event."""
    try:
        return render(event)
    except Exception:
        if by is not None:
            by.listener.crash()
        return b""


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
