"""Who watches which names: they are told when somebody comes and goes, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.membership import Membership
from netchat.chat.participants import Participants
from netchat.chat.room import Participant
from netchat.model.events import Event
from netchat.model.person_news import Appeared, Disappeared, NewsOfWatched


class Watches:
    """The names that participants watch; `ask` delivers what a function returns to one of them.

    What becomes of people is learned from `participants` and `membership`.

    Names are compared as they are written, apart from case: somebody who only looks alike is not
    who is watched.
    """

    def __init__(
        self,
        participants: Participants,
        membership: Membership,
        ask: Callable[[Participant, Callable[[], Event | None]], None],
    ) -> None:
        participants.appeared, participants.disappeared = self.appeared, self.disappeared
        membership.has_news = self.has_news
        self._ask = ask
        self._watchers: dict[str, dict[Participant, None]] = {}
        self._names: dict[Participant, dict[str, str]] = {}

    def names(self, who: Participant) -> tuple[str, ...]:
        """Return the names that `who` watches, as they have written them."""
        return tuple(self._names.get(who, {}).values())

    def add(self, who: Participant, name: str) -> None:
        """Let `who` watch `name`."""
        key = name.casefold()
        self._names.setdefault(who, {}).setdefault(key, name)
        self._watchers.setdefault(key, {})[who] = None

    def remove(self, who: Participant, name: str) -> None:
        """Let `who` watch `name` no longer."""
        key = name.casefold()
        names = self._names.get(who, {})
        if names.pop(key, None) is not None:
            self._drop(who, key)
        if not names:
            self._names.pop(who, None)

    def forget(self, who: Participant) -> None:
        """Let `who` watch nobody."""
        for key in self._names.pop(who, {}):
            self._drop(who, key)

    def watchers(self, name: str) -> tuple[Participant, ...]:
        """Return those who watch `name`."""
        return tuple(self._watchers.get(name.casefold(), ()))

    def appeared(self, name: str) -> None:
        """Called when somebody is here as `name`."""
        for watcher in self.watchers(name):
            self._tell(watcher, Appeared(name))

    def disappeared(self, name: str) -> None:
        """Called when nobody is here as `name` any more."""
        for watcher in self.watchers(name):
            self._tell(watcher, Disappeared(name))

    def has_news(self, who: Participant, event: Event) -> None:
        """Called when `event` is told in the rooms of `who`: those in none of them read it too."""
        for watcher in self.watchers(who.name):
            if watcher is not who and not {*watcher.confirmed_rooms} & {*who.confirmed_rooms}:
                self._tell(watcher, NewsOfWatched(event))

    def _tell(self, who: Participant, event: Event) -> None:
        self._ask(who, lambda: event)

    def _drop(self, who: Participant, key: str) -> None:
        watchers = self._watchers[key]
        del watchers[who]
        if not watchers:
            del self._watchers[key]
