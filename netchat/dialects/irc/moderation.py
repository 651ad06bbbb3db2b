"""What moderators do, as messages of IRC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from netchat.dialects.irc.modes import ModeChange, merged, mode_parameters
from netchat.dialects.irc.names import channel_of
from netchat.dialects.irc.references import MsgId

if TYPE_CHECKING:
    from netchat.dialects.irc.writer import Writer
    from netchat.model.notices import Deleted, Moderated, RolesShown, RoomChanged

SETTINGS = {"private": "i", "moderated": "m", "readonly": "r", "quiet_joins": "u", "slow": "W"}
"""The letters of the settings of a room. W has an argument, a number of seconds."""
SLOW = "W"
REDACT = "draft/message-redaction"


def moderated(writer: Writer, event: Moderated) -> Iterator[bytes]:
    """Yield the messages for what was done to somebody; a kick is told when they leave."""
    channel = channel_of(event.room) if event.room else "*"
    match event.action:
        case "ban" | "unban" if event.room:
            sign = "+" if event.action == "ban" else "-"
            yield writer.of(event.by, "MODE", channel, f"{sign}b", f"{event.name}!*@*")
        case "ban" | "unban" | "mute" | "unmute":
            yield writer.from_server("NOTICE", channel, _sentence(event))
        case "kick" if not event.room:
            yield writer.from_server("NOTICE", channel, _sentence(event))
        case "member" if event.room and event.before != "member":
            yield writer.of(event.by, "MODE", channel, "+v", event.name)
        case "moderator" | "none" if event.room and event.before == "member":
            yield writer.of(event.by, "MODE", channel, "-v", event.name)
        case _:
            pass


_DONE = {
    "kick": "removed",
    "ban": "banned",
    "unban": "unbanned",
    "mute": "muted",
    "unmute": "unmuted",
}


def _sentence(event: Moderated) -> str:
    where = f" in {channel_of(event.room)}" if event.room else " on this server"
    reason = f": {event.reason}" if event.reason else ""
    return f"{event.name} was {_DONE[event.action]}{where} by {event.by}{reason}"


def roles_shown(writer: Writer, event: RolesShown) -> Iterator[bytes]:
    """Yield the changes of mode of those who keep order in a room from now on, or no longer."""
    for name, role in event.roles:
        parameters = (channel_of(event.room), "+o" if role else "-o", name)
        if event.by:
            yield writer.of(event.by, "MODE", *parameters)
        else:
            yield writer.from_server("MODE", *parameters)


def room_changed(writer: Writer, event: RoomChanged) -> Iterator[bytes]:
    """Yield the modes of a room that were changed."""
    changes = [setting(name, getattr(event, name)) for name in event.given]
    if changes and event.by:
        parameters = mode_parameters(merged(changes, {}))
        yield writer.of(event.by, "MODE", channel_of(event.room), *parameters)


def setting(name: str, value: float) -> ModeChange:
    """Return the mode that is the setting called `name`; it is set if `value` is not 0."""
    letter = SETTINGS[name]
    return ModeChange(bool(value), letter, f"{value:g}" if value and letter == SLOW else None)


def deleted(writer: Writer, event: Deleted) -> Iterator[bytes]:
    """Yield that the text of a line was deleted."""
    channel = channel_of(event.room)
    if REDACT in writer.capabilities:
        msgid = str(MsgId(writer.view.epoch, event.room, event.id))
        reason = [event.reason] if event.reason else []
        yield writer.of(event.by, "REDACT", channel, msgid, *reason)
    else:
        yield writer.from_server("NOTICE", channel, f"{event.by} deleted a line of {event.author}")
