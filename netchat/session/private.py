"""The requests of one person: what they have read, whom they ignore, and whether they are away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from netchat.chat import questions
from netchat.chat.away import person_of
from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.enforcement import mute_refusal
from netchat.chat.refusal import RefusedError, require
from netchat.chat.room import Participant, Room
from netchat.chat.telling import find_person, reply
from netchat.journal.interface import PrivatePage, PrivateQuery, Span, UnreadableError
from netchat.model.events import Event, Refused
from netchat.model.names import BadNameError, check_name, equivalent
from netchat.model.notices import Away, Conversation, Ignored, MarkedRead
from netchat.model.person_news import AwayChanged
from netchat.model.requests import MAX_HISTORY, GetHistory, Hello, Request
from netchat.model.state_requests import (
    AwayRequest,
    IgnoreRequest,
    ReadRequest,
    Reply,
)
from netchat.session.people import PEOPLE, ask_about
from netchat.state.account_rules import MAX_IGNORED
from netchat.state.changes import Ignore
from netchat.state.private_rules import PRIVATE, peer_key
from netchat.state.records import Account

OWNERS_ONLY = "Only who owns their name can do that; own yours with /own."
NOT_KEPT = "Private lines are kept only for who owns their name; own yours with /own."


def begin(chat: Chat, who: Participant, hello: Hello) -> None:
    """Send `who`, who has logged in with `hello`, the private lines that they have not got."""
    # Numbers of another journal say nothing about what is in this one.
    after = hello.private if hello.journal in (None, chat.journal.id) else None
    account = chat.state.account(who.account)
    if account is None:
        if hello.private is not None:
            chat.private.confirms(who)
        return
    chat.ignoring.set(who, account.ignored)
    if who.listener.dialect.of_programs:
        if account.ignored:
            chat.ask(who, lambda: Ignored(chat.ignoring.names(who)))
        chat.ask(who, lambda: _mark(chat, who, PRIVATE))
    chat.ask(
        who, lambda: chat.private.begin(who, after, chat.state.read_mark(who.account, PRIVATE))
    )


def send_mark_of(chat: Chat, who: Participant, room: Room) -> None:
    """Tell the program of an owner who enters `room` up to which id they have read it."""
    if who.account and who.listener.dialect.of_programs:
        questions.ask(chat, who, room, lambda: _mark(chat, who, room.name))


def _mark(chat: Chat, who: Participant, room: str) -> MarkedRead | None:
    id = chat.state.read_mark(who.account, room)
    return MarkedRead(room, id) if id else None


def is_private(request: Request) -> bool:
    """Return whether `request` is about one person."""
    if isinstance(request, GetHistory):
        return request.peer is not None
    return isinstance(request, (*PEOPLE, AwayRequest, IgnoreRequest, ReadRequest, Reply))


def execute(
    chat: Chat,
    who: Participant,
    request: Request,
    find_room: Callable[[str], Room],
    limit: int,
) -> None:
    """Execute `request`, which is private; RefusedError if it is not allowed.

    `find_room` returns a room that `who` is in; `limit` is the number of lines of a page without
    one.
    """
    match request:
        case GetHistory():
            _send_conversation(chat, who, request, limit)
        case Reply():
            reply(chat, who, request.text, to=request.to, nonce=request.nonce or "")
        case ReadRequest():
            _read(chat, who, request, find_room)
        case AwayRequest():
            _set_away(chat, who, request.text or "")
        case _ if isinstance(request, PEOPLE):
            ask_about(chat, who, request, find_room)
        case IgnoreRequest(name=None):
            chat.ask(who, lambda: Ignored(chat.ignoring.names(who)))
        case IgnoreRequest():
            _ignore(chat, who, request.name or "", on=request.on is not False)


def _send_conversation(chat: Chat, who: Participant, request: GetHistory, limit: int) -> None:
    """Send a page of the private lines between `who` and the person whom `request` names."""
    _require_account(who, NOT_KEPT)
    name = request.peer or ""
    person = find_person(chat, name)
    account = person.number if isinstance(person, Account) else 0
    if not account:
        name = _checked(name)
    peer = peer_key(account, name)
    shown = person.name if person else name

    def look_up(found: Callable[[PrivatePage | UnreadableError], None]) -> None:
        last = chat.private.last(who.account)
        up_to = last if request.before is None else min(request.before - 1, last)
        most = min(request.limit or limit, MAX_HISTORY)
        span = Span(request.after or 0, up_to, most, newest=request.after is None)
        chat.lookups.read_private(who, PrivateQuery(who.account, span, peer), found)

    def answer(page: PrivatePage | UnreadableError) -> Iterator[Event]:
        if isinstance(page, UnreadableError):
            yield request.refuse("storage", str(page))
        else:
            yield Conversation(shown, page.lines, asked=True, more=page.more)

    chat.recall(who, look_up, answer)


def _read(
    chat: Chat, who: Participant, request: ReadRequest, find_room: Callable[[str], Room]
) -> None:
    _require_account(who)
    if request.room == PRIVATE:
        room, last = PRIVATE, chat.private.last(who.account)
    else:
        found = find_room(request.room)
        room, last = found.name, found.last
    # Nobody has read what was not said yet.
    id = min(request.id, last)
    if id > chat.state.read_mark(who.account, room):
        # A time stands for all lines up to it, so it stands for the last line alone.
        chat.marks.mark(who.account, room, id, chat.time() if id == last else 0)


def _set_away(chat: Chat, who: Participant, text: str) -> None:
    if text:
        require(mute_refusal(chat.state, chat.time(), who))

    def answer(text: str) -> Event:
        if who in chat.participants:
            is_news = chat.private.absence_of(who) != text
            chat.private.absences.set(person_of(who), text)
            if is_news:
                chat.membership.tell_company(who, AwayChanged(who.name, text))
        return Away(who.name, text)

    chat.presence.set_away(who, text, answer)


def _ignore(chat: Chat, who: Participant, name: str, *, on: bool) -> None:
    name = _checked(name)
    if equivalent(name, who.name):
        raise RefusedError("bad-request", "That is you; name somebody else.")
    if who.account:
        _ignore_for_account(chat, who, name, on=on)
        return
    before = chat.ignoring.names(who)
    rest = tuple(other for other in before if not equivalent(other, name))
    names = (*rest, name) if on else rest
    if len(names) > MAX_IGNORED:
        raise RefusedError("bad-request", f"You can ignore at most {MAX_IGNORED} names.")

    def answer() -> Event:
        if who in chat.participants:
            chat.ignoring.set(who, names)
        return Ignored(names)

    chat.ask(who, answer)


def _ignore_for_account(chat: Chat, who: Participant, name: str, *, on: bool) -> None:
    account = chat.state.account(who.account)
    before = account.ignored if account else ()
    known = [other for other in before if equivalent(other, name)]
    if on:
        # Also those that they have ignored before they owned their name.
        wanted = (*chat.ignoring.names(who), name)
        known = [x for x in wanted if not any(equivalent(x, other) for other in before)]
    for other in known:
        change(chat, who, Ignore(who.account, other, on), then=partial(_tell_ignored, chat, who))
    if not known:
        chat.ask(who, lambda: Ignored(chat.ignoring.names(who)))


def _tell_ignored(chat: Chat, who: Participant, result: Event) -> None:
    """Tell `who`, unless they have read it as all programs of the owner have."""
    if isinstance(result, Refused) and result.code:
        chat.deliver(result, who)
    elif isinstance(result, Refused) or not who.listener.dialect.of_programs:
        account = chat.state.account(who.account)
        chat.deliver(Ignored(account.ignored if account else ()), who)


def _checked(name: str) -> str:
    try:
        return check_name(name)
    except BadNameError as error:
        raise RefusedError("bad-name", str(error)) from None


def _require_account(who: Participant, refusal: str = OWNERS_ONLY) -> None:
    if not who.account:
        raise RefusedError("not-allowed", refusal)
