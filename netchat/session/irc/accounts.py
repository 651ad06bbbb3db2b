"""AUTHENTICATE, REGISTER and VERIFY of a client that is logged in, and what NickServ is told.

There is no NickServ: its name is nobody's, so that what clients and scripts send there, which has
passwords in it, reaches nobody.
Sources: https://ircv3.net/specs/extensions/account-registration,
https://ircv3.net/specs/extensions/sasl-3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from netchat.chat.refusal import RefusedError
from netchat.dialects.irc.replies import LabelBegin, LabelEnd
from netchat.model.events import Event, Refused
from netchat.model.names import equivalent
from netchat.model.notices import Owned
from netchat.model.state_requests import Own
from netchat.session.account_requests import AccountRequests
from netchat.session.irc.command import Command

if TYPE_CHECKING:
    from netchat.dialects.irc.message import Message
    from netchat.session.irc.client import IrcClient

NICKSERV = "NickServ"
HAS_ACCOUNT = "You are logged in as {} already"
NOT_YOUR_NICK = "An account here is called as its owner; register {}, or change your nick first"
NO_CODES = "There are no codes here; an account is yours as soon as you have registered it"
RECONNECT = "Log in when you connect: with SASL, or with PASS NICK:PASSWORD"
HELP = "REGISTER PASSWORD makes your nick yours; then log in with it by SASL, or by PASS"
REGISTERED = "{} is yours now"
_CODES = {
    "bad-request": "WEAK_PASSWORD",
    "name-taken": "ACCOUNT_EXISTS",
    "not-allowed": "UNACCEPTABLE_PASSWORD",
    "bad-auth": "UNACCEPTABLE_PASSWORD",
}
"""The codes of REGISTER by those of the chat's refusals."""


def authenticate(client: IrcClient, message: Message) -> None:
    """Refuse to log in: a client has the name of its account from the beginning."""
    if client.who.account:
        client.reply("907", HAS_ACCOUNT.format(client.who.name))
    else:
        client.reply("904", RECONNECT)


def register(client: IrcClient, message: Message) -> None:
    """Own the nick: REGISTER ACCOUNT EMAIL PASSWORD; no mail is sent, whatever the address."""
    account, _, password = message.parameters[:3]
    nick, label = client.who.name, client.label(message)

    def fail(code: str, about: str, sentence: str) -> None:
        writer = client.personal.dialect.writer
        lines = [writer.from_server("FAIL", "REGISTER", code, about, sentence)]
        _answer(client, label, lambda: lines)

    def tell(event: Event) -> None:
        if isinstance(event, Owned):
            _answer(client, label, lambda: _registered(client, event.name))
        elif isinstance(event, Refused):
            code = _CODES.get(event.code, "TEMPORARILY_UNAVAILABLE")
            fail(code, nick, event.message)

    if client.who.account:
        fail("ALREADY_AUTHENTICATED", account, HAS_ACCOUNT.format(nick))
    elif account != "*" and not equivalent(account, nick):
        fail("ACCOUNT_NAME_MUST_BE_NICK", account, NOT_YOUR_NICK.format(nick))
    else:
        _own(client, password, tell)


def verify(client: IrcClient, message: Message) -> None:
    """Refuse a code: none is ever sent."""
    client.fail("VERIFY", "INVALID_CODE", message.parameters[0], NO_CODES)


def nickserv(client: IrcClient, message: Message) -> None:
    """Execute what is for NickServ: NICKSERV REGISTER PASSWORD."""
    tell_nickserv(client, " ".join(message.parameters))


def tell_nickserv(client: IrcClient, text: str) -> None:
    """Execute `text`, which is for NickServ, and answer in its name."""
    word, *rest = text.split() or ["HELP"]
    account = client.who.account

    def tell(event: Event) -> None:
        if isinstance(event, Owned):
            client.answer(lambda: _logged_in(client, event.name))
            _say(client, REGISTERED.format(event.name))
        elif isinstance(event, Refused):
            _say(client, event.message)

    if word.upper() in ("REGISTER", "IDENTIFY") and account:
        _say(client, HAS_ACCOUNT.format(client.who.name))
    elif word.upper() == "REGISTER" and rest:
        _own(client, rest[0], tell)
    elif word.upper() in ("IDENTIFY", "LOGIN", "GHOST", "RECOVER", "REGAIN"):
        _say(client, RECONNECT)
    else:
        _say(client, HELP)


def is_nickserv(target: str) -> bool:
    """Return whether `target` is NickServ."""
    return target.partition("@")[0].lower() == NICKSERV.lower()


def _answer(client: IrcClient, label: str, lines: Callable[[], Iterable[bytes]]) -> None:
    """Answer `lines()` to the request that had the `label`, if any."""
    if label:
        client.tell(LabelBegin(label))
    client.answer(lines)
    if label:
        client.tell(LabelEnd())


def _own(client: IrcClient, password: str, tell: Callable[[Event], None]) -> None:
    """Own the nick by `password`, and `tell` the result, for which what is sent next waits."""

    def told(event: Event) -> None:
        tell(event)
        client.chat.end_lookup(client.who)

    client.chat.begin_lookup(client.who)
    requests = AccountRequests(client.chat, client.who, client.connection, client.limits, told)
    try:
        requests.execute(Own(password=password))
    except RefusedError as error:
        client.connection.count_refusal(error.code)
        told(Refused(error.code, error.message))


def _registered(client: IrcClient, name: str) -> Iterator[bytes]:
    writer = client.personal.dialect.writer
    yield writer.from_server("REGISTER", "SUCCESS", name, REGISTERED.format(name))
    yield from _logged_in(client, name)


def _logged_in(client: IrcClient, name: str) -> Iterator[bytes]:
    source = client.personal.dialect.writer.view.source(client.who.name)
    yield client.personal.numeric("900", source, name, f"You are now logged in as {name}")


def _say(client: IrcClient, sentence: str) -> None:
    writer = client.personal.dialect.writer
    source = f"{NICKSERV}!{NICKSERV}@{writer.view.server}"
    client.answer(lambda: [writer.from_source(source, "NOTICE", client.who.name, sentence)])


COMMANDS = {
    "AUTHENTICATE": Command(authenticate, least=1),
    "REGISTER": Command(register, least=3, answers_later=True),
    "VERIFY": Command(verify, least=2),
    "NICKSERV": Command(nickserv),
    "NS": Command(nickserv),
}
