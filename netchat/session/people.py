"""What a client may know of other people: who they are, and when they were last seen.

A client learns of a room only if it is in it, or has a role there. Addresses are for operators, and
how somebody has come is for those in the same room: both are in the list of who is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netchat.chat.chat import Chat
from netchat.chat.founders import rank_in
from netchat.chat.room import Participant, Room
from netchat.chat.telling import find_person
from netchat.journal.interface import Page, Reply, Span, UnreadableError
from netchat.model.answers import Seen
from netchat.model.events import Event, Said
from netchat.model.names import MAX_NAME, equivalent
from netchat.model.notices import Whois
from netchat.model.requests import MAX_HISTORY, Request
from netchat.model.sanitize import sanitize
from netchat.model.state_requests import GetSeen, GetWhois
from netchat.state.rights import Rank

PEOPLE = (GetSeen, GetWhois)
"""The requests that are executed here."""
MAX_ROOMS = 20
"""In how many rooms, those joined first, the lines of somebody are looked for."""


def ask_about(
    chat: Chat, who: Participant, request: Request, find_room: Callable[[str], Room]
) -> None:
    """Answer `request`, one of PEOPLE; `find_room` returns a room that `who` is in, or raises."""
    match request:
        case GetWhois():
            chat.ask(who, lambda: _whois(chat, who, request.name))
        case GetSeen():
            rooms = (find_room(request.room),) if request.room is not None else who.confirmed_rooms
            _seen(chat, who, request.name[: MAX_NAME + 1], rooms[:MAX_ROOMS])


def _whois(chat: Chat, asker: Participant, name: str) -> Whois:
    person = find_person(chat, name)
    if person is None:
        return Whois(sanitize(name)[:MAX_NAME], account=False, here=False)
    if isinstance(person, Participant):
        away = chat.private.absences.find(person)
        since = chat.time() - person.connection.online
        rooms = _shared_rooms(asker, (person,))
        return Whois(person.name, account=False, here=True, away=away, since=since, rooms=rooms)
    number = person.number
    devices = chat.participants.of_account(number)
    online = max((device.connection.online for device in devices), default=0.0)
    roles = tuple(
        (room, role)
        for room, role in sorted(chat.state.roles(number).items())
        if _may_know(chat, asker, room)
    )
    return Whois(
        person.name,
        account=True,
        here=bool(devices),
        roles=roles,
        away=chat.private.absences.find(number),
        since=chat.time() - online if devices else 0,
        rooms=_shared_rooms(asker, devices),
    )


def _shared_rooms(asker: Participant, devices: Iterable[Participant]) -> tuple[str, ...]:
    """Return the rooms of `asker` in which others see any of `devices`."""
    theirs = {room for device in devices for room in device.confirmed_rooms}
    return tuple(room.name for room in asker.confirmed_rooms if room in theirs)


def _may_know(chat: Chat, asker: Participant, room: str) -> bool:
    """Return whether `asker` may know that `room` exists."""
    if not room or not chat.state.room(room).private:
        return True
    return rank_in(chat.state, asker, room) >= Rank.MEMBER


def _seen(chat: Chat, who: Participant, name: str, rooms: tuple[Room, ...]) -> None:
    """Tell `who` when somebody called `name` was last here, and last said something in `rooms`.

    Their line is looked for among the newest MAX_HISTORY of each room.
    """
    waiting, lines = [*rooms], list[Said]()

    def look_up(found: Reply) -> None:
        def read(room: Room) -> None:
            span = Span(0, room.last, MAX_HISTORY, newest=True)
            chat.lookups.read(who, room, lambda: span, was_read)

        def was_read(page: Page | UnreadableError | None) -> None:
            if isinstance(page, Page):
                lines.extend(_last_of(page, name))
            if waiting:
                read(waiting.pop())
            else:
                found(Page(tuple(lines), more=False))

        was_read(None)

    def answer(page: Page | UnreadableError) -> Iterable[Event]:
        readable = {room.name for room in who.confirmed_rooms}
        spoken = [line for line in lines if line.room in readable]
        last = max(spoken, key=lambda line: line.time, default=None)
        yield _seen_event(chat, name, last)

    chat.recall(who, look_up, answer)


def _seen_event(chat: Chat, name: str, last: Said | None) -> Seen:
    person = find_person(chat, name)
    here = chat.participants.find(name) is not None
    shown = person.name if person else (last.name if last else sanitize(name)[:MAX_NAME])
    return Seen(
        shown,
        here=here,
        left=0 if here else chat.departures.find(name),
        spoke=last.time if last else 0,
        room=last.room if last else "",
    )


def _last_of(page: Page, name: str) -> Iterable[Said]:
    """Yield the last line of `name` in `page`, if there is one."""
    for line in reversed(page.lines):
        if isinstance(line, Said) and equivalent(line.name, name):
            yield line
            return
