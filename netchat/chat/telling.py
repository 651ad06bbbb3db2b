"""What is sent to one person: private lines, to guests and to those who own their name."""

from __future__ import annotations

from netchat.chat.chat import Chat
from netchat.chat.enforcement import mute_refusal
from netchat.chat.private_messages import REPLY, NonceReusedError
from netchat.chat.refusal import RefusedError, require
from netchat.chat.room import Participant
from netchat.model.events import Told
from netchat.model.names import MAX_NAME, is_same
from netchat.model.notices import ToldAgain
from netchat.model.sanitize import sanitize
from netchat.state.records import Account

NOBODY_TO_ANSWER = "Nobody has sent you a private line yet; use /msg NAME TEXT."
NOT_KNOWN = "The server does not know any more who sent you that line; use /msg {} TEXT."
ANOTHER = "Nothing was sent, because {0} is not who wrote to you last; use /msg {0} TEXT."
HAS_LEFT = "{} has left, so nothing was sent; whoever has that name now is reached by /msg."


def find_person(chat: Chat, name: str) -> Account | Participant | None:
    """Return the account or the guest called `name`, the closest one, or None."""
    if len(name) > MAX_NAME:
        return None
    guest, account = chat.participants.find(name), chat.state.owner(name)
    if guest is not None and guest.account:
        return chat.state.account(guest.account)
    if account is None or (guest and is_same(guest.name, name)):
        return guest
    return account


def tell(  # noqa: PLR0913 - a line has as many properties
    chat: Chat, who: Participant, name: str, text: str, *, notice: bool = False, nonce: str = ""
) -> None:
    """Send `text` to the person called `name` only; `nonce` as for `say`.

    An owner need not be here: the line is kept for them.
    """
    require(mute_refusal(chat.state, chat.time(), who))
    if len(name) > MAX_NAME:
        raise RefusedError("no-such-user", "Nobody here has a name that long; try /names.")
    person = find_person(chat, name)
    if isinstance(person, Account):
        _tell_owner(chat, who, person, text, nonce, notice=notice)
        return
    earlier = None if who.account else _find_earlier(chat, who, name, text, nonce)
    if earlier is not None:
        chat.submit(ToldAgain(earlier), who)
        return
    if person is None:
        shown = sanitize(name)
        raise RefusedError("no-such-user", f"Nobody here is called {shown}; try /names.")
    _tell_guest(chat, who, person, text, nonce, notice=notice)


def reply(
    chat: Chat, who: Participant, text: str, *, to: str | None = None, nonce: str = ""
) -> None:
    """Send `text` to whoever has last sent `who` a private line, and to nobody else of that name.

    `to` is the name under which they sent it, if `who` says whom they mean. `nonce` as for `say`;
    what is repeated goes to nobody else than before.
    """
    require(mute_refusal(chat.state, chat.time(), who))
    earlier = _find_earlier(chat, who, REPLY, text, nonce)
    if earlier is not None and not earlier.recipient:
        chat.submit(ToldAgain(earlier), who)
        return
    person = _owner_of(chat, earlier) if earlier else _teller(chat, who, to)
    if isinstance(person, Account):
        # That to a guest is remembered when it is settled.
        chat.private_messages.add(who.client, _tell_owner(chat, who, person, text, nonce))
    else:
        _tell_guest(chat, who, person, text, nonce)


def _owner_of(chat: Chat, earlier: Told) -> Account:
    """Return the owner whom `earlier` was sent to."""
    owner = chat.state.account(earlier.recipient)
    if owner is None:
        raise RefusedError("no-such-user", HAS_LEFT.format(earlier.to))
    return owner


def _teller(chat: Chat, who: Participant, to: str | None) -> Account | Participant:
    """Return who has last sent `who` a private line, under the name `to` if that is given."""
    teller = chat.private.teller(who)
    shown = sanitize(to or "")[:MAX_NAME]
    if teller is None:
        sentence = NOBODY_TO_ANSWER if to is None else NOT_KNOWN.format(shown)
        raise RefusedError("no-such-user", sentence)
    if to is not None and to != teller.name:
        raise RefusedError("no-such-user", ANOTHER.format(shown))
    guest = teller.participant
    account = chat.state.account(teller.account or (guest.account if guest else 0))
    person = account or (guest if guest and guest in chat.participants else None)
    if person is None:
        raise RefusedError("no-such-user", HAS_LEFT.format(guest.name if guest else teller.name))
    return person


def _find_earlier(chat: Chat, who: Participant, name: str, text: str, nonce: str) -> Told | None:
    """Return the line that `who` has sent with `nonce` before, if it is remembered here."""
    try:
        return chat.private_messages.find(who.client, name, text, nonce)
    except NonceReusedError as error:
        raise RefusedError("nonce-reused", str(error)) from None


def _tell_guest(  # noqa: PLR0913 - a line has as many properties
    chat: Chat,
    who: Participant,
    guest: Participant,
    text: str,
    nonce: str,
    *,
    notice: bool = False,
) -> None:
    if guest is who:
        _refuse_self()
    told = Told(
        who.name,
        guest.name,
        text,
        chat.time(),
        nonce,
        who.client,
        who.account,
        guest=chat.presence.guest_key(guest),
        notice=notice,
    )
    chat.submit(told, who, guest)


def _tell_owner(  # noqa: PLR0913 - a line has as many properties
    chat: Chat,
    who: Participant,
    owner: Account,
    text: str,
    nonce: str,
    *,
    notice: bool = False,
) -> Told:
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
        notice=notice,
    )
    chat.submit(told, who)
    return told


def _refuse_self() -> None:
    raise RefusedError("bad-request", "That is you; name somebody else.")
