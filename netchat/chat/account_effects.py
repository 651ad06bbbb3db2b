"""What a settled change of an account does to its devices, and to guests who have its name."""

from __future__ import annotations

from netchat.chat.membership import Membership
from netchat.chat.notifier import Notifier
from netchat.chat.participants import Participants
from netchat.chat.room import Participant
from netchat.model.disconnects import ACCOUNT_REMOVED, name_owned
from netchat.model.events import Renamed
from netchat.model.person_news import AccountChanged
from netchat.state.changes import Changed
from netchat.state.record import Removed
from netchat.state.records import Account, Webhook


class AccountEffects:
    """Applies changes of accounts to `participants`.

    `membership` tells the others of renames, and `notifier` ends those whose account is gone.
    """

    def __init__(
        self, participants: Participants, membership: Membership, notifier: Notifier
    ) -> None:
        self._participants = participants
        self._membership = membership
        self._notifier = notifier

    def apply(self, changed: Changed, by: Participant) -> None:
        """Apply `changed`, which is in the chat's state already; `by` has caused it."""
        for update in changed.updates:
            if isinstance(update, Account):
                if update.number == changed.number:
                    self._become_owner(update, by)
                self._end_other_holders(update.name, update.number)
                self._respell(update, by)
            elif isinstance(update, Webhook):
                self._end_other_holders(update.name, 0)
            elif isinstance(update, Removed) and update.kind == "account":
                devices = self._participants.of_account(int(update.key))
                self._notifier.end(devices, ACCOUNT_REMOVED)

    def _become_owner(self, account: Account, by: Participant) -> None:
        """Make `by` the first device of the new `account`, if they are here under its name."""
        if self._participants.find(account.name) is by:
            # A spelling that they have asked for meanwhile is refused when its turn comes.
            self._participants.become_owner(by, account)
            for room in by.confirmed_rooms:
                room.add_device(account.number)
            self._membership.tell_company(by, AccountChanged(account.name))

    def _end_other_holders(self, name: str, account: int) -> None:
        """End those who are here under `name`, unless they are devices of `account`."""
        for holder in list(self._participants.holders(name)):
            if account and holder.account == account:
                continue
            if holder.is_remote:
                self._participants.remove(holder)
            else:
                holder.listener.ended(name_owned(holder.name))

    def _respell(self, account: Account, by: Participant) -> None:
        devices, before = self._participants.respell(account.number, account.name)
        if devices:
            self._membership.rename(Renamed(before, account.name), devices, by)
