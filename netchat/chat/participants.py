"""The participants of a chat by name: a guest has one alone, the devices of an account share one.

Of a guest nothing is kept beside the name; of a device also what its owner is shown of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from netchat.chat.room import Participant
from netchat.model.events import Closing
from netchat.model.registry import NameRegistry
from netchat.state.records import Account

MAX_DEVICES = 10
"""How many sessions an account has at most."""
OTHER_NAME = "Here you are {}; connect again to use another name."
"""What an owner reads who asks for a name that is not another spelling of theirs."""


class Device(Struct, frozen=True):
    """What its owner is shown of a session; `id` is its number among those of the account.

    `agent` is what the program calls itself, `door` how it came, each "" if that is not known;
    `since` is in seconds since the epoch.
    """

    id: str
    agent: str
    door: str
    since: float


class _Sessions:
    """The devices of an account that has at least one; `last` is the last id that was given."""

    __slots__ = ("devices", "last")

    def __init__(self) -> None:
        self.devices: dict[Participant, Device] = {}
        self.last = 0


class Participants:
    """All participants; iterating yields each, also every device of an account."""

    def __init__(self) -> None:
        self._first: NameRegistry[Participant] = NameRegistry()
        """The guest with each name, or the first device of its owner."""
        self._sessions: dict[int, _Sessions] = {}
        """Those of the accounts that are here, by their numbers."""

    def __iter__(self) -> Iterator[Participant]:
        for first in self._first:
            yield from self.devices(first)

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

    def sessions(self, account: int) -> dict[Participant, Device]:
        """Return what the owner of `account` is shown of each device."""
        sessions = self._sessions.get(account)
        return dict(sessions.devices) if sessions else {}

    def end(
        self,
        account: int,
        closing: Closing,
        *,
        keep: Participant | None = None,
        device: str = "",
    ) -> int:
        """End the devices of `account` with `closing`, except `keep`; return how many these were.

        With the id of a `device`, only that one is ended.
        """
        ended = [
            who for who, one in self.sessions(account).items()
            if who is not keep and device in ("", one.id)
        ]  # fmt: skip
        for who in ended:
            who.listener.ended(closing)
        return len(ended)

    def add_guest(self, who: Participant) -> None:
        """Add `who` under their name, which nobody else may have."""
        self._first.register(who.name, who)

    def add_device(self, who: Participant, agent: str, door: str, since: float) -> None:
        """Add `who` as one more device of their account."""
        sessions = self._sessions.get(who.account)
        if sessions is None:
            sessions = self._sessions[who.account] = _Sessions()
            self._first.register(who.name, who)
        sessions.last += 1
        sessions.devices[who] = Device(str(sessions.last), agent, door, since)

    def rename(self, who: Participant, name: str) -> None:
        """Give `who`, and every other device of their account, a name that nobody else has."""
        self._first.unregister(who.name)
        devices = self.devices(who)
        for device in devices:
            device.name = name
        self._first.register(name, devices[0])

    def remove(self, who: Participant) -> None:
        """Remove `who`; the name is free if that was the guest or the last device."""
        sessions = self._sessions.get(who.account) if who.account else None
        if sessions is not None:
            del sessions.devices[who]
        self._first.unregister(who.name)
        if sessions is not None and sessions.devices:
            self._first.register(who.name, next(iter(sessions.devices)))
        elif sessions is not None:
            del self._sessions[who.account]

    def become_owner(self, who: Participant, account: Account) -> None:
        """Make the guest `who` the first device of the new `account`, whose name they have."""
        self._first.unregister(who.name)
        who.name, who.account = account.name, account.number
        self.add_device(who, "", "", account.since)
