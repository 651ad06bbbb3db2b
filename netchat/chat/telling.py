"""What is sent to one person: private lines, to guests and to those who own their name."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.enforcement import mute_refusal
from netchat.chat.private_messages import NonceReusedError
from netchat.chat.refusal import RefusedError, require
from netchat.chat.room import Participant
from netchat.model.events import Told
from netchat.model.names import MAX_NAME, match_keys
from netchat.model.notices import ToldAgain
from netchat.model.sanitize import sanitize
from netchat.state.records import Account

NOBODY_TO_ANSWER = "Nobody has sent you a private line yet; use /msg NAME TEXT."
HAS_LEFT = "{} has left, so nothing was sent; whoever has that name now is reached by /msg."


def find_person(chat: Chat, name: str) -> Account | Participant | None:
    """Return the account or the guest called `name`, the closest one, or None."""
    if len(name) > MAX_NAME:
        return None
    guest, account = chat.participants.find(name), chat.state.owner(name)
    if guest is not None and guest.account:
        return chat.state.account(guest.account)
    if account is None or (guest and match_keys(guest.name)[0] == match_keys(name)[0]):
        return guest
    return account


def tell(chat: Chat, who: Participant, name: str, text: str, *, nonce: str = "") -> None:
    """Send `text` to the person called `name` only; `nonce` as for `say`.

    An owner need not be here: the line is kept for them.
    """
    require(mute_refusal(chat.state, chat.time(), who))
    if len(name) > MAX_NAME:
        raise RefusedError("no-such-user", "Nobody here has a name that long; try /names.")
    _tell_person(chat, who, find_person(chat, name), name, text, nonce)


def reply(chat: Chat, who: Participant, text: str, *, nonce: str = "") -> None:
    """Send `text` to whoever has last sent `who` a private line, and to nobody else of that name.

    `nonce` as for `say`.
    """
    require(mute_refusal(chat.state, chat.time(), who))
    teller = chat.private.teller(who)
    if teller is None:
        raise RefusedError("no-such-user", NOBODY_TO_ANSWER)
    guest = teller.participant
    account = chat.state.account(teller.account or (guest.account if guest else 0))
    person = account or (guest if guest and guest in chat.participants else None)
    if person is None:
        raise RefusedError("no-such-user", HAS_LEFT.format(guest.name if guest else teller.name))
    _tell_person(chat, who, person, person.name, text, nonce)


def _tell_person(  # noqa: PLR0913, PLR0917 - a line has as many properties
    chat: Chat,
    who: Participant,
    person: Account | Participant | None,
    name: str,
    text: str,
    nonce: str,
) -> None:
    """Send `text` to `person`, whom `who` calls `name`."""
    if isinstance(person, Account):
        _tell_owner(chat, who, person, text, nonce)
        return
    if not who.account:
        try:
            earlier = chat.private_messages.find(who.client, name, text, nonce)
        except NonceReusedError as error:
            raise RefusedError("nonce-reused", str(error)) from None
        if earlier is not None:
            chat.submit(ToldAgain(earlier), who)
            return
    if person is None:
        shown = sanitize(name)
        raise RefusedError("no-such-user", f"Nobody here is called {shown}; try /names.")
    if person is who:
        _refuse_self()
    told = Told(
        who.name,
        person.name,
        text,
        chat.time(),
        nonce,
        who.client,
        who.account,
        guest=chat.presence.guest_key(person),
    )
    chat.submit(told, who, person)


def _tell_owner(chat: Chat, who: Participant, owner: Account, text: str, nonce: str) -> None:
    if owner.number == who.account:
        _refuse_self()
    present = any(not device.detached for device in chat.participants.of_account(owner.number))
    told = Told(
        who.name,
        owner.name,
        text,
        chat.time(),
        nonce,
        who.client,
        who.account,
        owner.number,
        absent=not present,
    )
    chat.submit(told, who)


def _refuse_self() -> None:
    raise RefusedError("bad-request", "That is you; name somebody else.")
