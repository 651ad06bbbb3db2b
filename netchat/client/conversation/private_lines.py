"""The private lines of the user: each is shown once, also over a reconnect.

An owner's lines have numbers. On a reconnect the client says which one it has got last; from then
on, it tells the server itself which ones were shown. At the first login the server sends those that
were shown on no device.
"""

from __future__ import annotations

from typing import Protocol

from netchat.client.conversation.account import OwnAccount
from netchat.client.conversation.read_reports import ReadReports
from netchat.client.conversation.server_link import ServerLink
from netchat.dialects.jsonl import events as wire


class Show(Protocol):
    """A function that shows a private line."""

    def __call__(self, told: wire.Told, *, own: bool, typed: bool) -> None:
        """Show `told`, which the user has sent if it is their `own`: here, if it was `typed`."""


_NO_ROOM = ""
"""The room of the reports for private lines."""


class PrivateLines:
    """Shows each private line once, by `show`."""

    __slots__ = ("_account", "_confirms", "_reports", "_show", "last", "last_sender")

    def __init__(
        self,
        account: OwnAccount,
        show: Show,
    ) -> None:
        self.last: int | None = None
        """The number of the last line, None if there was none yet in this run."""
        self.last_sender = ""
        """Who has sent the user the last one."""
        self._account = account
        self._show = show
        self._reports = ReadReports("read private", enabled=True)
        self._confirms = False

    def connected(self) -> None:
        """Record that the number of the last line is sent to the server, if there is one."""
        self._confirms = self.last is not None
        self._reports.reset()

    def use_journal(self, journal: object, known: object) -> None:
        """Forget the numbers if `journal` is another one than was `known`: they are of that one."""
        if known and journal and journal != known:
            self.last = None

    def handle(self, told: wire.Told, name: str, link: ServerLink, *, own: bool) -> None:
        """Show `told` to the user called `name`, whose `own` it may be."""
        # Without a nonce, the user has sent it on another device.
        sent = own or (self._account.is_proved and told.name == name)
        if not sent:
            self.last_sender = told.name
        if isinstance(told.id, int):
            if self.last is not None and told.id <= self.last:
                return
            self.last = told.id
            if self._confirms:
                self._reports.saw(_NO_ROOM, told.id, link)
        self._show(told, own=sent, typed=own)

    def flush(self, link: ServerLink) -> None:
        """Tell the server now what was shown: the user leaves."""
        if self._confirms:
            self._reports.flush(link)
