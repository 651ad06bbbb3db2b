"""What a stretch of the order looks like to one reader: events rendered in his dialect."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set

from msgspec import Struct

from netchat.chat.delivery.presence import Crowds, gathered
from netchat.chat.room import Dialect, Seat
from netchat.model.events import Event, Joined, Left

_NONE: Set[int] = frozenset()


class Post(Struct, eq=False):
    """An event, and who caused it."""

    event: Event
    by: Seat | None

    def render(self, dialect: Dialect) -> bytes:
        """Return it as those read it whom it happens to."""
        return rendered(dialect.render, self.event, self.by)

    def echo(self, dialect: Dialect) -> bytes:
        """Return it as the guest reads it who caused it."""
        return rendered(dialect.echo, self.event, self.by)


class Stretch:
    """Posts in their order; each is rendered once in a dialect, for all who read that alike."""

    __slots__ = ("_by", "_crowds", "_rendered", "posts")

    def __init__(self, posts: Iterable[Post] = ()) -> None:
        self.posts: list[Post] = []
        self._by: dict[Seat, set[int]] = {}
        self._crowds = Crowds()
        self._rendered: dict[Dialect, _Rendered] = {}
        for post in posts:
            self.share(post)

    def __len__(self) -> int:
        return len(self.posts)

    def add(self, post: Post) -> int:
        """Put `post` behind the others, and return its number."""
        number = len(self.posts)
        self.posts.append(post)
        if post.by is not None:
            self._by.setdefault(post.by, set()).add(number)
        return number

    def share(self, post: Post) -> int:
        """Put `post`, which is not only for who caused it, behind the others; return its number."""
        number = self.add(post)
        if isinstance(post.event, Joined | Left):
            self._crowds.add(number, post.event)
        return number

    def has_of(self, seat: Seat) -> bool:
        """Return whether `seat` caused any of the posts."""
        return seat in self._by

    def view(self, numbers: Sequence[int], dialect: Dialect, seat: Seat | None) -> bytes:
        """Return posts `numbers` as `seat` reads them (None: as those who caused none of them)."""
        parts = self._rendered.get(dialect)
        if parts is None:
            parts = self._rendered[dialect] = _Rendered(self.posts, dialect)
        own = self._by.get(seat, _NONE) if seat is not None else _NONE
        if self._crowds:
            return b"".join(self._gathered(numbers, parts, own))
        if not own:
            return b"".join(map(parts.__getitem__, numbers))
        posts = self.posts
        return b"".join([posts[n].echo(dialect) if n in own else parts[n] for n in numbers])

    def _gathered(self, numbers: Sequence[int], parts: _Rendered, own: Set[int]) -> Iterator[bytes]:
        """Yield posts `numbers`, those who came or went one right after the other in one piece."""
        # A guest's own coming and going is no part of a crowd for him.
        stops = [*(bisect_left(numbers, n) for n in sorted(own, reverse=True))]
        place = 0
        while place < len(numbers):
            number = numbers[place]
            while stops and stops[-1] <= place:
                stops.pop()
            if number in self._crowds and number not in own:
                stop = stops[-1] if stops else len(numbers)
                presence, place = self._crowds.take(numbers, place, stop)
                yield from map(parts.dialect.render, gathered(presence))
            else:
                yield self.posts[number].echo(parts.dialect) if number in own else parts[number]
                place += 1


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
