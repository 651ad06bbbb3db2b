"""Who may have which name: guests one that is free, owners that of their account."""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.participants import MAX_DEVICES, OTHER_NAME
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant
from netchat.model.events import Event, Refused
from netchat.model.names import BadNameError, check_name, equivalent
from netchat.state.changes import Respell

TOO_MANY_DEVICES = (
    f"You are here {MAX_DEVICES} times already; end one of these sessions with /account."
)


def register_device(chat: Chat, who: Participant, account: int, agent: str) -> Participant:
    """Make `who` a device of `account`; it replaces a device with the same client."""
    owned = chat.state.account(account)
    if owned is None:
        raise RefusedError("name-taken", f"The account {who.name} was removed; try again.")
    devices = chat.participants.of_account(account)
    earlier = [one for one in devices if who.client and one.client == who.client]
    # A device whose connection is lost may still have to wait until the others are told.
    if not earlier and sum(not one.detached for one in devices) >= MAX_DEVICES:
        raise RefusedError("not-allowed", TOO_MANY_DEVICES)
    for one in earlier:
        chat.private.take_over(who, one)
        one.listener.replaced()
    who.name, who.account = owned.name, account
    chat.participants.add_device(who, agent)
    return who


def reserve_name(chat: Chat, name: str, is_own: Callable[[Participant], bool]) -> str:
    """Return `name` in NFC if it is free, or raise RefusedError.

    The name also counts as free if only participants for whom `is_own` is true hold it.
    """
    try:
        checked = check_name(name)
    except BadNameError as error:
        raise RefusedError("bad-name", str(error)) from None
    owner = next(chat.state.name_holders(checked, chat.time()), None)
    if owner is not None:
        raise RefusedError("name-taken", _owned(checked, owner.name))
    holder = next((some for some in chat.participants.holders(checked) if not is_own(some)), None)
    if holder is None:
        return checked
    if holder.name == checked:
        raise RefusedError("name-taken", f"{checked} is taken; choose another name.")
    raise RefusedError("name-taken", _too_much_like(checked, holder.name))


def _too_much_like(name: str, other: str) -> str:
    return f"{name} looks too much like {other}, who is here; choose another name."


def _owned(name: str, owned: str) -> str:
    if name == owned:
        return f"{name} is owned by somebody; choose another name."
    return f"{name} looks too much like {owned}, which is owned; choose another name."


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
        raise RefusedError("name-taken", _too_much_like(name, other.name))

    def answer(result: Event) -> None:
        if isinstance(result, Refused):
            chat.ask(who, lambda: result)

    change(chat, who, Respell(who.account, name), then=answer)
