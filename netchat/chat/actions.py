"""What a participant can do in the chat.

An action checks the request and submits an event; the rooms change when the journal has settled
it. Everything that a participant causes is delivered in the order of the calls: an answer never
overtakes an earlier line, and the others receive their last line before they see them leave.
"""

from __future__ import annotations

from collections.abc import Callable

from netchat.chat import naming
from netchat.chat.changes import change
from netchat.chat.chat import Chat
from netchat.chat.clients import Connection, Listener
from netchat.chat.delivery.backfill import Start
from netchat.chat.enforcement import (
    entry_refusal,
    login_refusal,
    rename_refusal,
    slow_seconds,
    speech_refusal,
)
from netchat.chat.founders import keeps_order
from netchat.chat.pace import pace_refusal
from netchat.chat.quiet import QuietParticipant
from netchat.chat.refusal import RefusedError, require
from netchat.chat.results import Entry
from netchat.chat.room import Participant, Room
from netchat.model.events import (
    Closing,
    Refused,
    Said,
    SaidLines,
    TopicSet,
)
from netchat.model.everybody import mentions_everybody
from netchat.model.names import BadNameError, check_room
from netchat.state.changes import FoundRoom


class BannedError(Exception):
    """Somebody who may not log in, whatever name they give; `closing` says until when and why."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.message)
        self.closing = closing


def register(  # noqa: PLR0913 - a login has as many properties
    chat: Chat,
    name: str,
    listener: Listener,
    connection: Connection,
    client: str = "",
    *,
    account: int = 0,
    agent: str = "",
    quiet: bool = False,
    then: Callable[[Participant | Refused], None],
) -> None:
    """Call `then` with a new participant called `name`; or raise RefusedError or BannedError.

    It is called with the reason if another server has given the name away. A client that reconnects
    gets its name back at once: its earlier participant (the same `client`) is replaced, unless
    another participant has an equivalent name.

    With an `account`, which the client has proved to be theirs, the participant is a device of it,
    under its name; its owner is shown the `agent`. If `quiet`, people are not told where they come
    and go.
    """
    owned = chat.state.account(account)
    _require_admission(chat, owned.name if owned else name, account, connection)
    kind = QuietParticipant if quiet else Participant
    who = kind(name, listener, connection, client)
    earlier = naming.check_device(chat, who, account) if account else naming.check_guest(chat, who)
    for one in earlier:
        chat.private.take_over(who, one)

    def registered(refused: Refused | None) -> None:
        if refused is not None:
            chat.private.forget(who)
        then(refused or who)

    chat.presence.register(who, agent, earlier, registered)


def say(  # noqa: PLR0913 - a line has as many properties
    chat: Chat,
    who: Participant,
    room: Room,
    text: str,
    *,
    action: bool = False,
    notice: bool = False,
    nonce: str = "",
) -> None:
    """Say `text` in `room`.

    With a `nonce` that `who.client` has used before, the line is not stored again.
    """
    require_membership(who, room)
    require_speech(chat, who, room, nonce)
    room.spoken = True
    said = Said(
        room.name,
        who.name,
        text,
        chat.time(),
        action,
        0,
        nonce,
        who.client,
        account=who.account,
        everybody=_everybody(chat, who, room, text),
        notice=notice,
    )
    chat.submit(said, who, room)


def say_lines(
    chat: Chat, who: Participant, room: Room, texts: tuple[str, ...], nonces: tuple[str, ...] = ()
) -> None:
    """Say `texts` in `room` one after the other; `nonces` has one for each text, or is empty.

    None of them has the word that mentions everybody. In slow mode this is refused: `say` says them
    one by one.
    """
    require_membership(who, room)
    time, account = chat.time(), who.account
    require(speech_refusal(chat.state, time, who, room.name))
    if slow_seconds(chat.state, who, room.name):
        raise RefusedError("too-fast", f"{room.name} takes one line at a time.")
    room.spoken = True
    said = SaidLines(room.name, who.name, texts, time, 0, nonces, who.client, account=account)
    chat.submit(said, who, room)


def join(  # noqa: PLR0913 - a join has as many properties
    chat: Chat,
    who: Participant,
    name: str,
    start: Start | None = None,
    *,
    nonce: str = "",
    founds: bool = False,
) -> Room:
    """Join the room called `name`, which is made if it does not exist, and return it.

    Who `founds` it, because it has no past, becomes its moderator: a guest while they are in it.

    With a `start` the participant is sent the earlier lines from there on; until then its input is
    paused. A refusal when the join is settled has the `nonce`.
    """
    try:
        name = check_room(name)
    except BadNameError as error:
        raise RefusedError("bad-room", str(error)) from None
    known, now = chat.rooms.find(name), chat.time()
    place = known.name if known else name
    require(entry_refusal(chat.state, now, who, place, who.name, written=name))
    room = known or chat.get_or_create_room(name)
    if room in who.requested_rooms:
        raise RefusedError("bad-room", f"You are in {room.name} already.")
    chat.occupy(room)
    who.requested_rooms += (room,)
    if not chat.presence.may_have_past(room):
        start = None
    elif start is not None:
        chat.begin_lookup(who)
    by_guest = founds and not who.account and not chat.state.knows_room(room.name)
    chat.presence.enter(who, room, Entry(name, now, start, nonce, by_guest))
    if founds and who.account:
        change(chat, who, FoundRoom(who.account, room.name), then=lambda _: None)
    return room


def leave(chat: Chat, who: Participant, room: Room, *, nonce: str = "", message: str = "") -> None:
    """Leave `room` with a `message` to those who see that."""
    require_membership(who, room)
    chat.presence.exit(who, room, nonce, message)


def rename(chat: Chat, who: Participant, name: str, *, nonce: str = "") -> None:
    """Take `name` if it is free; an owner can write their name in another way."""
    if who.account:
        naming.respell(chat, who, name)
        return
    name = naming.check_free(chat, name, lambda holder: holder is who)
    if name == who.name:
        raise RefusedError("bad-name", f"You are {name} already.")
    require(rename_refusal(chat.state, chat.time(), who, name))
    chat.presence.rename(who, name, nonce)


def set_topic(chat: Chat, who: Participant, room: Room, text: str, *, nonce: str = "") -> None:
    """Make `text` the topic of `room`; an empty one removes it."""
    require_membership(who, room)
    require_speech(chat, who, room)
    chat.submit(TopicSet(room.name, text, who.name, nonce), who)


def disconnect(chat: Chat, who: Participant, closing: Closing) -> None:
    """Deliver `closing` to `who` behind everything requested before, then close the connection."""
    chat.submit(closing, who)


def leave_chat(chat: Chat, who: Participant, message: str = "") -> None:
    """Leave every room with a `message`, and free the name."""
    chat.presence.depart(who, message)
    chat.forget(who)


def require_membership(who: Participant, room: Room) -> None:
    """Raise RefusedError unless `who` has asked to be in `room`."""
    if room not in who.requested_rooms:
        raise RefusedError("not-in-room", f"You are not in {room.name}; try /join {room.name}.")


def require_speech(chat: Chat, who: Participant, room: Room, nonce: str = "") -> None:
    """Raise RefusedError unless `who` may say a line with this `nonce` in `room` now."""
    state = chat.state
    settings = state.settings(room.name)
    if settings is None and not state.restrictions.kinds["mute"]:
        return
    now = chat.time()
    require(speech_refusal(state, now, who, room.name))
    require(pace_refusal(state, who, room, nonce, now))


def _everybody(chat: Chat, who: Participant, room: Room, text: str) -> bool | None:
    """Return whether `text` mentions everybody in `room`; None if it does not try to."""
    if not mentions_everybody(text):
        return None
    return keeps_order(chat.state, who, room.name)


def _require_admission(chat: Chat, name: str, account: int, connection: Connection) -> None:
    refusal = login_refusal(chat.state, chat.time(), name, account, connection.host)
    if isinstance(refusal, Closing):
        raise BannedError(refusal)
    require(refusal)
