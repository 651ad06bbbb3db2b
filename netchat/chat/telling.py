"""What is sent to one person: private lines, to guests and to those who own their name."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.enforcement import mute_refusal
from netchat.chat.private_messages import NonceReusedError
from netchat.chat.refusal import RefusedError
from netchat.chat.room import Participant
from netchat.model.events import Told
from netchat.model.names import MAX_NAME, match_keys
from netchat.model.notices import ToldAgain
from netchat.model.sanitize import sanitize
from netchat.state.records import Account


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
    if refused := mute_refusal(chat.state, who):
        raise RefusedError(refused.code, refused.message)
    if len(name) > MAX_NAME:
        raise RefusedError("no-such-user", "Nobody here has a name that long; try /names.")
    person = find_person(chat, name)
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
