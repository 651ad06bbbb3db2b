"""The participants of a chat by name: a guest has one alone, the devices of an account share one.

Of a device also what its owner is shown of it is kept; of a guest, who may become an owner, only
what their program calls itself, if it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from sys import intern

from msgspec import Struct

from netchat.chat.room import Participant
from netchat.model.events import Closing
from netchat.model.registry import NameRegistry
from netchat.state.records import Account

OTHER_NAME = "Here you are {}; connect again to use another name."
"""What an owner reads who asks for a name that is not another spelling of theirs."""


class Device(Struct, frozen=True):
    """What is kept of a session for its owner; `id` is its number among those of the account.

    `agent` is what the program calls itself; "" if that is not known.
    """

    id: str
    agent: str


class _Sessions:
    """The devices of an account that has at least one; `last` is the last id that was given.

    `leaving` are those that have left, but what they have asked for is not settled yet.
    """

    __slots__ = ("devices", "last", "leaving")

    def __init__(self) -> None:
        self.devices: dict[Participant, Device] = {}
        self.leaving: dict[Participant, None] = {}
        self.last = 0


class Participants:
    """All participants; iterating yields each, also every device of an account."""

    def __init__(self) -> None:
        self._first: NameRegistry[Participant] = NameRegistry()
        """The guest with each name, or the first device of its owner."""
        self._sessions: dict[int, _Sessions] = {}
        """Those of the accounts that are here, by their numbers."""
        self._agents: dict[Participant, str] = {}
        """What the programs of guests call themselves, of which there are few kinds."""
        self.most_people = 0
        """The highest number of `people` since the start."""
        self.appeared: Callable[[str], None] = lambda _: None
        """Called when somebody is here under a name."""
        self.disappeared: Callable[[str], None] = lambda _: None
        """Called when nobody is here under a name any more."""

    def __iter__(self) -> Iterator[Participant]:
        for first in self._first:
            yield from self.devices(first)

    def __contains__(self, who: Participant) -> bool:
        """Return whether `who` has not left."""
        return who in self.devices(who) if who.account else self._first.find(who.name) is who

    @property
    def people(self) -> int:
        """The number of names that somebody has."""
        return len(self._first)

    def find(self, name: str) -> Participant | None:
        """Return the participant with the closest name equivalent to `name`, or None.

        Of an account it is the device that came first; `devices` returns all.
        """
        return self._first.find(name)

    def holders(self, name: str) -> Iterator[Participant]:
        """Yield the participants with names equivalent to `name`, also every device."""
        for first in self._first.holders(name):
            yield from self.devices(first)

    def devices(self, who: Participant) -> Sequence[Participant]:
        """Return all devices of the account of `who`, in the order of their logins.

        Of a guest that is `who` alone.
        """
        return self.of_account(who.account) if who.account else (who,)

    def of_account(self, account: int) -> Sequence[Participant]:
        """Return all devices of `account`, in the order of their logins."""
        sessions = self._sessions.get(account)
        return tuple(sessions.devices) if sessions else ()

    def readers(self, who: Participant) -> Sequence[Participant]:
        """Return `devices`, and those that have left, but may still be in rooms.

        What was said before they left is for them too.
        """
        sessions = self._sessions.get(who.account) if who.account else None
        return (*sessions.devices, *sessions.leaving) if sessions else (who,)

    def sessions(self, account: int) -> dict[Participant, Device]:
        """Return what is kept of each device of `account`, in the order of their logins."""
        sessions = self._sessions.get(account)
        return dict(sessions.devices) if sessions else {}

    def end(self, account: int, closing: Closing) -> None:
        """End the devices of `account` that are on this server with `closing`."""
        for who in self.of_account(account):
            who.listener.ended(closing)

    def add_guest(self, who: Participant, agent: str = "") -> None:
        """Add `who` under their name, which nobody else may have."""
        self._first.register(who.name, who)
        self._count(who.name)
        if agent:
            self._agents[who] = intern(agent)

    def add_device(self, who: Participant, agent: str) -> None:
        """Add `who` as one more device of their account."""
        if self._add_session(who, agent):
            self._count(who.name)

    def _add_session(self, who: Participant, agent: str) -> bool:
        """Add a session to the account of `who`; return whether it is the only one."""
        sessions = self._sessions.get(who.account)
        if sessions is None:
            sessions = self._sessions[who.account] = _Sessions()
        is_first = not sessions.devices
        if is_first:
            self._first.register(who.name, who)
        sessions.last += 1
        sessions.devices[who] = Device(str(sessions.last), agent)
        return is_first

    def rename(self, who: Participant, name: str) -> None:
        """Give the guest `who` a name that nobody else has."""
        before, who.name = who.name, name
        self._first.unregister(before)
        self._first.register(name, who)
        self._renamed(before, name)

    def respell(self, account: int, name: str) -> tuple[Sequence[Participant], str]:
        """Write the name of `account` as `name`; return whose names that changes, and the old one.

        These are all its devices, also those that have left, but may still be in rooms.
        """
        sessions = self._sessions.get(account)
        renamed = (*sessions.devices, *sessions.leaving) if sessions else ()
        if not (sessions and renamed) or renamed[0].name == name:
            return (), name
        before = renamed[0].name
        for device in renamed:
            device.name = name
        if sessions.devices:
            self._first.unregister(before)
            self._first.register(name, next(iter(sessions.devices)))
            self._renamed(before, name)
        return renamed, before

    def _count(self, name: str) -> None:
        self.most_people = max(self.most_people, len(self._first))
        self.appeared(name)

    def _renamed(self, before: str, name: str) -> None:
        if before.casefold() != name.casefold():
            self.disappeared(before)
            self.appeared(name)

    def remove(self, who: Participant) -> None:
        """Remove `who`; the name is free if that was the guest or the last device.

        For a device, call `settled` when all that it has asked for is settled.
        """
        self._first.unregister(who.name)
        self._agents.pop(who, None)
        if who.account:
            sessions = self._sessions[who.account]
            del sessions.devices[who]
            sessions.leaving[who] = None
            if sessions.devices:
                self._first.register(who.name, next(iter(sessions.devices)))
                return
        self.disappeared(who.name)

    def settled(self, who: Participant) -> None:
        """Called when the device `who`, which has left, is in no room any more."""
        sessions = self._sessions.get(who.account)
        if sessions is None:
            return
        sessions.leaving.pop(who, None)
        if not (sessions.devices or sessions.leaving):
            del self._sessions[who.account]

    def become_owner(self, who: Participant, account: Account) -> None:
        """Make the guest `who` the first device of the new `account`, whose name they have."""
        self._first.unregister(who.name)
        who.name, who.account = account.name, account.number
        self._add_session(who, self._agents.pop(who, ""))
