"""CHATHISTORY: earlier lines of rooms, and private lines of who owns their name.

Source: https://ircv3.net/specs/extensions/chathistory. Only lines are kept, so a client with
event-playback reads no more than others. Deleted lines are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from netchat.chat import questions
from netchat.chat.telling import find_person
from netchat.dialects.irc.history import CHATHISTORY, history_lines, target_lines
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.references import MsgId
from netchat.dialects.irc.spoken import private_msgid
from netchat.journal.interface import PrivateQuery, Span, UnreadableError
from netchat.model.events import Event, Gap, Past, Said, Told
from netchat.model.names import equivalent
from netchat.model.notices import Conversation
from netchat.model.requests import MAX_HISTORY
from netchat.session.irc.command import Command
from netchat.session.irc.history_request import (
    TARGETS,
    BadRequestError,
    HistoryRequest,
    Reference,
    parse_history,
    spans_of,
)
from netchat.session.irc.later import label_of, labeled_events
from netchat.session.irc.positions import (
    LookUp,
    Place,
    Read,
    Search,
    place_of_time,
    reads_of,
    run,
    time_of,
)
from netchat.session.irc.targets import find_room, is_channel
from netchat.state.private_rules import peer_key
from netchat.state.records import Account

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.dialects.irc.message import Message
    from netchat.journal.interface import Found
    from netchat.session.irc.client import IrcClient

Lines = tuple[Said | Told | Gap, ...]
NOT_THERE = "You are in no such channel, and no private lines with such a person are kept for you"


def chathistory(client: IrcClient, message: Message) -> None:
    """Send earlier lines."""
    label = label_of(client, message)
    subcommand = message.parameters[0].upper() if message.parameters else "*"
    answer = _Answer(client, label, subcommand)
    try:
        request = parse_history(message.parameters, client.dialects.view.epoch)
        if request.subcommand == TARGETS:
            _send_targets(client, request, answer)
        elif is_channel(request.target):
            _send_room(client, request, answer)
        else:
            _send_private(client, request, answer)
    except BadRequestError as error:
        for event in answer.failed(error.code, *error.context):
            client.tell(event)


class _Answer:
    """The answer to one message, with its `label`."""

    def __init__(self, client: IrcClient, label: str, subcommand: str) -> None:
        self._client = client
        self._label = label
        self._subcommand = subcommand

    def lines(self, lines: Iterable[bytes]) -> Iterator[Event]:
        """Yield the events that send `lines`."""
        return labeled_events(self._label, lines)

    def failed(self, code: str, *context: str) -> Iterator[Event]:
        """Yield the events that send a FAIL."""
        writer = self._client.personal.dialect.writer
        return self.lines([writer.from_server("FAIL", CHATHISTORY, code, *context)])

    def unreadable(self, error: UnreadableError, target: str) -> Iterator[Event]:
        """Yield the events that tell why nothing can be read."""
        code = "INVALID_TARGET" if error.code == "not-in-room" else "MESSAGE_ERROR"
        return self.failed(code, self._subcommand, target, str(error))


def _send_room(client: IrcClient, request: HistoryRequest, answer: _Answer) -> None:
    chat, who = client.chat, client.who
    room = find_room(client, request.target)
    if room is None or room not in who.requested_rooms:
        raise BadRequestError("INVALID_TARGET", request.subcommand, request.target, NOT_THERE)
    for one in request.references:
        if isinstance(one, MsgId) and not equivalent(one.room, room.name):
            sentence = "That line is in another place"
            raise BadRequestError("INVALID_PARAMS", request.subcommand, str(one), sentence)
    read = reads_of(chat, who, room)

    def look_up(found: Found[Lines]) -> None:
        run(_room_lines(request, read, room), found)

    def answers(lines: Lines | UnreadableError) -> Iterable[Event]:
        if who not in room.members:
            lines = questions.NotInRoomError()
        if isinstance(lines, UnreadableError):
            return answer.unreadable(lines, request.target)
        said = tuple(line for line in lines if not isinstance(line, Told))
        (past,) = chat.ignoring.filtered(who, [Past(room.name, said, asked=True)])
        shown = past.lines if isinstance(past, Past) else ()
        writer = client.personal.dialect.writer
        return answer.lines(history_lines(writer, channel_of(room.name), shown))

    chat.recall(who, look_up, answers)


def _room_lines(request: HistoryRequest, read: Read, room: Room) -> Search[Lines]:
    last, places = room.last, list[Place]()
    for reference in request.references:
        if isinstance(reference, MsgId):
            id = min(reference.id, last + 1)
            places.append(Place(id - 1, id))
        elif reference is not None:
            places.append((yield from place_of_time(read, reference, last)))
    if request.subcommand == "AROUND":
        # In one read: a line that is deleted between two would still have its text.
        after = max(places[0].before - request.limit // 2, 0)
        spans = [Span(after, min(after + request.limit, last), request.limit)]
    else:
        spans = spans_of(request, tuple(places), last)
    page = yield read(spans[0])
    return page.lines


def _send_private(client: IrcClient, request: HistoryRequest, answer: _Answer) -> None:
    chat, who = client.chat, client.who
    person = find_person(chat, request.target)
    account = person.number if isinstance(person, Account) else 0
    name = person.name if person else request.target
    if not who.account:
        raise BadRequestError("INVALID_TARGET", request.subcommand, request.target, NOT_THERE)
    peer = peer_key(account, name)

    def look_up(found: Found[Lines]) -> None:
        run(_private_lines(client, request, peer), found)

    def answers(lines: Lines | UnreadableError) -> Iterable[Event]:
        if isinstance(lines, UnreadableError):
            return answer.unreadable(lines, request.target)
        told = tuple(line for line in lines if not isinstance(line, Said))
        talk = Conversation(name, told, asked=True)
        (shown,) = chat.ignoring.filtered(who, [talk])
        kept = shown.lines if isinstance(shown, Conversation) else ()
        return answer.lines(history_lines(client.personal.dialect.writer, request.target, kept))

    chat.recall(who, look_up, answers)


def _private_lines(client: IrcClient, request: HistoryRequest, peer: str) -> Search[Lines]:
    account, last = client.who.account, client.chat.private.last(client.who.account)
    places = list[Place]()
    for reference in request.references:
        if reference is not None:
            places.append((yield from _private_place(client, reference, peer, last)))
    lines: Lines = ()
    for span in spans_of(request, tuple(places), last):
        page = yield _private(client, PrivateQuery(account, span, peer))
        lines += page.lines
    return lines


def _private_place(client: IrcClient, reference: Reference, peer: str, last: int) -> Search[Place]:
    account, epoch = client.who.account, client.dialects.view.epoch
    seconds = reference.sent / 1000 if isinstance(reference, MsgId) else reference or 0
    place = yield from place_of_time(
        lambda span: _private(client, PrivateQuery(account, span)), seconds, last
    )
    if isinstance(reference, MsgId):
        span = Span(place.before, place.up_to, MAX_HISTORY)
        page = yield _private(client, PrivateQuery(account, span, peer))
        for line in page.lines:
            if isinstance(line, Told) and private_msgid(epoch, line).id == reference.id:
                return Place(line.id - 1, line.id)
    return place


def _private(client: IrcClient, query: PrivateQuery) -> LookUp:
    return lambda found: client.chat.lookups.read_private(client.who, query, found)


def _send_targets(client: IrcClient, request: HistoryRequest, answer: _Answer) -> None:
    def look_up(found: Found[dict[str, float]]) -> None:
        run(_last_times(client), found)

    def answers(times: dict[str, float] | UnreadableError) -> Iterable[Event]:
        if isinstance(times, UnreadableError):
            return answer.unreadable(times, "*")
        first, second = (x if isinstance(x, float) else 0 for x in request.references)
        low, high = min(first, second), max(first, second)
        found = sorted((time, name) for name, time in times.items() if low < time < high)
        some = found[: request.limit] if first <= second else found[-request.limit :]
        shown = [(name, time) for time, name in some]
        return answer.lines(target_lines(client.personal.dialect.writer, shown))

    client.chat.recall(client.who, look_up, answers)


def _last_times(client: IrcClient) -> Search[dict[str, float]]:
    """Return the time of the last line of each room of the client, and with each person.

    Of private lines the newest MAX_HISTORY are looked at.
    """
    chat, who, times = client.chat, client.who, dict[str, float]()
    for room in who.confirmed_rooms:
        if room.last:
            times[channel_of(room.name)] = yield from time_of(reads_of(chat, who, room), room.last)
    if who.account:
        span = Span(0, chat.private.last(who.account), MAX_HISTORY, newest=True)
        page = yield _private(client, PrivateQuery(who.account, span))
        (talk,) = chat.ignoring.filtered(who, [Conversation("", _told(page.lines), asked=True)])
        for line in talk.lines if isinstance(talk, Conversation) else ():
            if isinstance(line, Told):
                times[line.to if line.own else line.name] = line.time
    return {name: time for name, time in times.items() if time}


def _told(lines: Lines) -> tuple[Told | Gap, ...]:
    return tuple(line for line in lines if not isinstance(line, Said))


COMMANDS = {CHATHISTORY: Command(chathistory, is_expensive=True, answers_later=True)}
