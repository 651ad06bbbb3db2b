"""MODE of a room: its settings, who keeps order in it and who speaks, and its bans.

i: only members enter, and others do not know of the room (private); m: only members speak
(moderated); r: only moderators speak (readonly); u: joins and leaves are not told; W: so many
seconds between two lines of one person (slow). n is always set: nobody speaks from outside. b is a
ban, of a name, an account or an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from netchat.chat.founders import keeps_order, rank_in
from netchat.chat.refusal import RefusedError
from netchat.dialects.irc import moderation
from netchat.dialects.irc.modes import Kind, ModeChange, mode_parameters, parse_modes
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.refusals import context
from netchat.model.events import Refused
from netchat.model.state_requests import (
    BanRequest,
    DeopRequest,
    OpRequest,
    RoomRequest,
    UnbanRequest,
)
from netchat.session.irc import own
from netchat.session.irc.command import Command
from netchat.session.irc.targets import find_room, is_channel, is_known
from netchat.state.restrictions import parse_network
from netchat.state.rights import Rank

if TYPE_CHECKING:
    from netchat.chat.room import Room
    from netchat.dialects.irc.message import Message
    from netchat.model.requests import Request
    from netchat.session.irc.client import IrcClient

KINDS: dict[str, Kind] = {"b": "list", "o": "member", "v": "member", moderation.SLOW: "set"}
SETTINGS = {letter: name for name, letter in moderation.SETTINGS.items()}
ALWAYS = "n"
MAX_SLOW = 86_400
MOST = 10
"""How many changes one MODE has at most."""
OPERATORS_ALONE = "You're not channel operator"


def mode(client: IrcClient, message: Message) -> None:
    """Show or change the modes of a room, or of the client."""
    target, *rest = message.parameters
    if not is_channel(target):
        own.user_mode(client, message)
        return
    room = find_room(client, target)
    if room is None or not is_known(client, room):
        client.reply("403", target, "No such channel")
    elif not rest or not rest[0]:
        client.answer(lambda: _shown(client, room))
    else:
        changes = parse_modes(rest[0], rest[1:], KINDS)
        for change in changes[:MOST]:
            _change(client, room, change)
        if len(changes) > MOST:
            client.note("MODE", "TOO_MANY", f"Only {MOST} modes were taken; send the rest")


def _shown(client: IrcClient, room: Room) -> list[bytes]:
    settings = client.chat.state.room(room.name)
    values = {name: getattr(settings, name) for name in moderation.SETTINGS}
    modes = [ModeChange(adding=True, letter=letter) for letter in ALWAYS]
    modes += [moderation.setting(name, value) for name, value in values.items() if value]
    return [client.personal.numeric("324", channel_of(room.name), *mode_parameters(modes))]


def _change(client: IrcClient, room: Room, change: ModeChange) -> None:
    channel, letter = channel_of(room.name), change.letter
    try:
        if letter == "b" and change.argument is None:
            client.answer(lambda: _bans(client, room))
        elif letter == "b":
            _ban(client, room, change)
        elif letter in SETTINGS:
            _set(client, room, change)
        elif letter in KINDS:
            _give_role(client, room, change)
        elif letter in ALWAYS:
            _always(client, room, change)
        else:
            client.reply("472", letter, "is unknown mode char to me")
    except RefusedError as error:
        client.refuse(Refused(error.code, error.message, context("MODE", channel)))


def _set(client: IrcClient, room: Room, change: ModeChange) -> None:
    name, value = SETTINGS[change.letter], float(change.adding)
    if change.letter == moderation.SLOW and change.adding:
        value = _seconds(change.argument or "")
        if not value:
            sentence = f"That is a number of seconds, at most {MAX_SLOW}"
            shown = change.argument or "*"
            client.reply("696", channel_of(room.name), change.letter, shown, sentence)
            return
    if getattr(client.chat.state.room(room.name), name) != value:
        field = "quiet" if name == "quiet_joins" else name
        given = value if field == "slow" else bool(value)
        nonce = context("MODE", channel_of(room.name))
        _request(client, room, replace(RoomRequest(room=room.name, nonce=nonce), **{field: given}))


def _seconds(text: str) -> float:
    """Return the number of seconds that `text` is, or 0 if it is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_SLOW))
    return float(text) if is_number and int(text) <= MAX_SLOW else 0.0


def _request(client: IrcClient, room: Room, request: Request) -> None:
    """Ask for `request` if the client keeps order in `room`; the refusal has the room in it."""
    if room not in client.who.requested_rooms:
        client.reply("442", channel_of(room.name), "You're not on that channel")
    elif not keeps_order(client.chat.state, client.who, room.name):
        client.reply("482", channel_of(room.name), OPERATORS_ALONE)
    else:
        client.request(request)


def _always(client: IrcClient, room: Room, change: ModeChange) -> None:
    if not change.adding:
        sentence = "That is always so here, and cannot be taken away"
        client.reply("696", channel_of(room.name), change.letter, "*", sentence)


def _give_role(client: IrcClient, room: Room, change: ModeChange) -> None:
    channel, name = channel_of(room.name), change.argument
    if name is None:
        client.reply("461", "MODE", "Not enough parameters")
        return
    person = client.chat.participants.find(name)
    if person is None and client.chat.state.owner(name) is None:
        client.reply("401", name, "No such nick")
    elif person is not None and room not in person.requested_rooms:
        client.reply("441", name, channel, "They aren't on that channel")
    else:
        nonce = context("MODE", channel)
        role: Literal["moderator", "member"] = "moderator" if change.letter == "o" else "member"
        kind = OpRequest if change.adding else DeopRequest
        _request(client, room, kind(name=name, room=room.name, role=role, nonce=nonce))


def _ban(client: IrcClient, room: Room, change: ModeChange) -> None:
    mask, channel = change.argument or "", channel_of(room.name)
    target = target_of(mask)
    if not target:
        sentence = "A ban is of a nick (nick or nick!*@*) or, by an operator, of an address"
        client.reply("696", channel, "b", mask or "*", sentence)
        return
    kind = BanRequest if change.adding else UnbanRequest
    nonce = context("MODE", channel)
    _request(client, room, kind(who=target, room=room.name, nonce=nonce))


def target_of(mask: str) -> str:
    """Return the name, account or address that `mask` means; "" if it means anything else."""
    nick, has_user, rest = mask.partition("!")
    if not has_user and "@" in mask:
        nick, rest = "*", mask
    _, _, host = rest.partition("@")
    if host.startswith("user/") and nick == "*":
        return host.removeprefix("user/")
    if host not in {"", "*"} and nick == "*":
        return host if parse_network(host) else ""
    return "" if "*" in nick or "?" in nick or host not in {"", "*"} else nick


def _bans(client: IrcClient, room: Room) -> Iterator[bytes]:
    channel, numeric, state = channel_of(room.name), client.personal.numeric, client.chat.state
    is_member = client.who in room.members
    rank = rank_in(state, client.who, room.name)
    _, restrictions = state.restrictions.of_room(state.spelling(room.name))
    for some in restrictions if is_member else ():
        if some.what != "ban" or (some.target_kind == "address" and rank < Rank.OPERATOR):
            continue
        mask = f"*!*@{some.shown}" if some.target_kind == "address" else f"{some.shown}!*@*"
        yield numeric("367", channel, mask, some.by, str(int(some.since)))
    yield numeric("368", channel, "End of channel ban list")


COMMANDS = {"MODE": Command(mode, 1)}
