"""Who may have which name: guests one that is free, owners that of their account."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.participants import OTHER_NAME
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant
from netchat.model.events import Event, Refused
from netchat.model.names import BadNameError, check_name, equivalent
from netchat.state import name_rules
from netchat.state.changes import Respell
from netchat.state.rights import RuleError


def check_device(chat: Chat, who: Participant, account: int) -> list[Participant]:
    """Return whose place `who` takes as a device of `account`: those of the same client."""
    owned = chat.state.account(account)
    if owned is None:
        raise as_refusal(name_rules.removed(who.name))
    devices = chat.participants.of_account(account)
    earlier = [one for one in devices if who.client and one.client == who.client]
    # A device whose connection is lost may still have to wait until the others are told.
    here = sum(one.is_remote or not one.detached for one in devices)
    if chat.presence.has_caught_up and not earlier and here >= name_rules.MAX_DEVICES:
        raise as_refusal(name_rules.TOO_MANY_DEVICES)
    who.name, who.account = owned.name, account
    return earlier


def check_guest(chat: Chat, who: Participant) -> list[Participant]:
    """Return whose place the guest `who` takes, under a free name: those of the same client."""

    def is_own(holder: Participant) -> bool:
        return bool(who.client) and holder.client == who.client and not holder.account

    who.name = check_free(chat, who.name, is_own)
    return [holder for holder in chat.participants.holders(who.name) if is_own(holder)]


def check_free(chat: Chat, name: str, is_own: Callable[[Participant], bool]) -> str:
    """Return `name` in NFC if it is free, or raise RefusedError.

    The name also counts as free if only participants for whom `is_own` is true hold it, or if this
    server has not caught up with its site: the order tells then whether it is.
    """
    try:
        checked = check_name(name)
    except BadNameError as error:
        raise RefusedError("bad-name", str(error)) from None
    if not chat.presence.has_caught_up:
        return checked
    owner = next(chat.state.name_holders(checked, chat.time()), None)
    if owner is not None:
        raise as_refusal(name_rules.owned(checked, owner.name))
    holder = next((some for some in chat.participants.holders(checked) if not is_own(some)), None)
    if holder is not None:
        raise as_refusal(name_rules.taken(checked, holder.name))
    return checked


def as_refusal(error: RuleError) -> RefusedError:
    """Return `error` as the refusal of a request."""
    return RefusedError(error.code, error.message)


def respell(chat: Chat, who: Participant, name: str) -> None:
    """Write the name of the account of `who` as `name`, on all its devices."""
    try:
        name = check_name(name)
    except BadNameError as error:
        raise RefusedError("bad-name", str(error)) from None
    if name == who.name:
        raise RefusedError("bad-name", f"You are {name} already.")
    if not equivalent(name, who.name):
        raise RefusedError("not-allowed", OTHER_NAME.format(who.name))
    holders = chat.participants.holders(name)
    other = next((some for some in holders if some.account != who.account), None)
    if other is not None:
        raise as_refusal(name_rules.taken(name, other.name))

    def answer(result: Event) -> None:
        if isinstance(result, Refused):
            chat.ask(who, lambda: result)

    change(chat, who, Respell(who.account, name), then=answer)
