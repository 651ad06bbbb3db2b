"""Who is here, and what a guest with a name may do.

The rules:
- A guest without a name has no Participant, and only a Participant can say.
- A Participant asks, and nothing changes in a Room; the Room changes when the journal has settled
what was
  asked, and it is heard. So every member's view is cut from one order. Only what belongs to the
  guest alone (his name, the rooms that he is on his way into) changes at once, so that his next
  line can use it.
- Whatever a Participant causes is heard in the order in which it caused it: an answer never
overtakes what
  its guest asked before, and his last word is heard before he is seen to leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from netchat.chat.private_messages import NonceReusedError
from netchat.journal.interface import Page, Reply, UnreadableError
from netchat.model.events import (
    Closing,
    Event,
    Joined,
    Left,
    Renamed,
    Said,
    SaidLines,
    Told,
    TopicSet,
)
from netchat.model.names import MAX_NAME, BadNameError, check_name, check_room
from netchat.model.sanitize import sanitize

if TYPE_CHECKING:
    from netchat.chat.chat import Chat
    from netchat.chat.delivery.recipients import Recipients

LookUp = Callable[[Reply], None]
"""Looks something up in the journal, and replies with what it has found."""
Send = Callable[[bytes], int]
"""Gives bytes to the kernel, and returns how many of them it took; OSError if none."""
Answer = Callable[[Page | UnreadableError], Iterable[Event]]


class RefusedError(Exception):
    """A request that the chat's rules do not allow: a code of docs/protocol.md and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Dialect(Protocol):
    """How events become bytes; it keeps no state, so one rendering serves all who speak it."""

    def render(self, event: Event) -> bytes:
        """Return `event` as those hear it whom it happens to."""

    def echo(self, event: Event) -> bytes:
        """Return `event` as the guest hears it who caused it (b"" if he hears nothing)."""


class Listener(Protocol):
    """Who sits on a participant, as far as the room can see."""

    @property
    def dialect(self) -> Dialect:
        """What he understands."""

    @property
    def fast_send(self) -> Send | None:
        """What may be called in the place of `hear`, as long as nothing waits to be sent.

        What it does not take is for `hear`. None if there is no such thing now.
        """

    def deliver(self, data: bytes) -> None:
        """Take what happened in one turn, rendered in his dialect."""

    def entered(self, room: Room, last: int) -> None:
        """Learn that he is in `room` from its line `last` on: the next he hears is after it."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call `call`, in another turn, when he has taken what he was given to hear."""

    def pause_reading(self) -> None:
        """Ask for nothing more for now: too much that he asked for is under way."""

    def resume_reading(self) -> None:
        """Ask again."""

    def replaced(self) -> None:
        """Give the participant up at once: he has come back on another connection."""

    def unreadable(self, closing: Closing) -> None:
        """Give the participant up, with `closing`: a past which he was to hear cannot be read."""

    def too_slow(self) -> None:
        """Give the participant up: too much waits for him."""

    def waits(self, size: int) -> None:
        """Learn that so many bytes wait for him, because something is to be looked up first."""

    def close_connection(self) -> None:
        """Close: he has heard his last."""

    def fail(self) -> None:
        """Close at once: a bug was met on his behalf, and is the exception being handled."""


class Room:
    """A name, a topic, and the members, in the order in which they came, with their names.

    A member's name here is the one that has been heard; his participant may have a newer one.
    """

    __slots__ = ("last", "members", "name", "occupancy", "recipients", "topic")

    def __init__(self, name: str) -> None:
        self.name = name
        self.topic = ""
        self.last = 0
        """The id of the last line that has been heard here."""
        self.members: dict[Participant, str] = {}
        self.recipients: tuple[Recipients, ...] | None = None
        """The members as they are written to (`netchat.chat.delivery.recipients`); None if that is
        to be seen."""
        self.occupancy = 0
        """How many participants are in the room, on their way into it, or not heard to have left
        it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names, in the order in which they came."""
        return tuple(self.members.values())


class Participant:
    """A guest with a name: what he may do. Made by `Chat.register`, given up with `leave_chat`."""

    __slots__ = (
        "_chat",
        "client",
        "confirmed_rooms",
        "detached",
        "fast_send",
        "in_flight",
        "listener",
        "name",
        "requested_rooms",
    )  # fmt: skip

    def __init__(self, chat: Chat, name: str, listener: Listener, client: str = "") -> None:
        self._chat = chat
        self.name = name
        self.listener = listener
        self.fast_send: Send | None = listener.fast_send
        """What sends to him at once, as long as nothing waits to be sent."""
        self.client = client
        """What tells his program from all others, the same when it comes back; "" if unknown."""
        self.in_flight = 0
        """How much of what he has caused has not been heard yet."""
        self.detached = False
        """Whether he hears nothing any more: his connection is gone, or he has heard his last."""
        self.requested_rooms: tuple[Room, ...] = ()
        """The rooms that he has asked to be in: what he asks next is measured by them."""
        self.confirmed_rooms: tuple[Room, ...] = ()
        """The rooms that he is seen to be in, as far as the order has been heard."""

    def refresh_fast_send(self) -> None:
        """See anew how he is written to: his connection, or whether he hears, has changed."""
        self.fast_send = None if self.detached else self.listener.fast_send
        for room in self.confirmed_rooms:
            room.recipients = None

    def say(self, room: Room, text: str, *, action: bool = False, nonce: str = "") -> None:
        """Say `text` in `room`; with a `nonce` that its client has used it is heard only once."""
        self._must_be_in(room)
        time, client = self._chat.time(), self.client
        self._publish(Said(room.name, self.name, text, time, action, 0, nonce, client))

    def say_lines(self, room: Room, texts: tuple[str, ...], nonces: tuple[str, ...] = ()) -> None:
        """Say `texts` in `room`, one after the other; each with its nonce, or none has one."""
        self._must_be_in(room)
        time, client = self._chat.time(), self.client
        self._publish(SaidLines(room.name, self.name, texts, time, 0, nonces, client))

    def tell(self, name: str, text: str, *, nonce: str = "") -> None:
        """Say `text` to the guest called `name` and to nobody else; `nonce` as for `say`."""
        if len(name) > MAX_NAME:
            raise RefusedError("no-such-user", "Nobody here has a name that long; try /names.")
        try:
            before = self._chat.private_messages.find(self.client, name, text, nonce)
        except NonceReusedError as error:
            raise RefusedError("nonce-reused", str(error)) from None
        if before is not None:
            self._publish(before)
            return
        other = self._chat.participants.find(name)
        if other is None:
            shown = sanitize(name)
            raise RefusedError("no-such-user", f"Nobody here is called {shown}; try /names.")
        if other is self:
            raise RefusedError("bad-request", "That is you; name somebody else.")
        told = Told(self.name, other.name, text, self._chat.time(), nonce)
        self._chat.private_messages.add(self.client, name, told)
        self._publish(told, other)

    def join(self, name: str) -> Room:
        """Go into the room called `name`, which is made if there is none, and return it."""
        try:
            room = self._chat.get_or_create_room(check_room(name))
        except BadNameError as error:
            raise RefusedError("bad-room", str(error)) from None
        if room in self.requested_rooms:
            raise RefusedError("bad-room", f"You are in {room.name} already.")
        self._chat.enter(room)
        self.requested_rooms += (room,)
        self._publish(Joined(room.name, (self.name,)))
        return room

    def leave(self, room: Room) -> None:
        """Go out of `room`."""
        self._must_be_in(room)
        self.requested_rooms = without(self.requested_rooms, room)
        self._publish(Left(room.name, (self.name,)))

    def rename(self, name: str) -> None:
        """Be called `name` from now on, if nobody else is."""
        before, name = self.name, grant(self._chat, name, lambda participant: participant is self)
        if name == before:
            raise RefusedError("bad-name", f"You are {name} already.")
        self._chat.rename(self, name)
        renamed = Renamed(before, self.name)  # in no room, nobody else hears it
        self._publish(renamed) if self.requested_rooms else self.ask(lambda: renamed)

    def set_topic(self, room: Room, text: str, *, nonce: str = "") -> None:
        """Make `text` the topic of `room`; an empty one removes it."""
        self._must_be_in(room)
        self._publish(TopicSet(room.name, text, self.name, nonce))

    def ask(self, answer: Callable[[], Event | None]) -> None:
        """Hear `answer()`, worked out when its turn in the order comes."""
        self._chat.ask(self, answer)

    def recall(self, room: Room, look_up: LookUp, answer: Answer) -> None:
        """Hear `answer(page)` when its turn comes, with the page of `room` that `look_up` finds."""
        self._must_be_in(room)
        self._chat.ask(self, lambda: self._chat.recall(self, look_up, answer), recall=True)

    def close(self, closing: Closing) -> None:
        """Hear `closing` as the last thing."""
        self._publish(closing)

    def leave_chat(self) -> None:
        """Go out of every room, and give the name back."""
        rooms, self.requested_rooms = self.requested_rooms, ()
        for room in rooms:
            self._publish(Left(room.name, (self.name,)))
        self._chat.release(self)

    def _publish(self, event: Event, other: Participant | None = None) -> None:
        self._chat.publish(event, self, other)

    def _must_be_in(self, room: Room) -> None:
        if room not in self.requested_rooms:
            raise RefusedError("not-in-room", f"You are not in {room.name}; try /join {room.name}.")


def without(rooms: tuple[Room, ...], room: Room) -> tuple[Room, ...]:
    """Return `rooms` without `room`, which is among them."""
    place = rooms.index(room)
    return rooms[:place] + rooms[place + 1 :]


def grant(chat: Chat, name: str, is_his: Callable[[Participant], bool]) -> str:
    """Return `name` in NFC, or raise RefusedError; a participant that `is_his` does not hinder
    him."""
    try:
        checked = check_name(name)
    except BadNameError as error:
        raise RefusedError("bad-name", str(error)) from None
    holder = next(
        (
            participant
            for participant in chat.participants.holders(checked)
            if not is_his(participant)
        ),
        None,
    )
    if holder is None:
        return checked
    if holder.name == checked:
        raise RefusedError("name-taken", f"{checked} is taken; choose another name.")
    raise RefusedError(
        "name-taken",
        f"{checked} looks too much like {holder.name}, who is here; choose another name.",
    )
