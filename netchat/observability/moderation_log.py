"""The log of moderation: a line for each change, with who did what to whom, until when and why.

It has names and reasons as fields, with control characters escaped, and never what a guest says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from twisted.logger import Logger

from netchat.model.sanitize import escape
from netchat.state.changes import (
    Announce,
    Changed,
    DeleteLines,
    EmptyRoom,
    Expire,
    Forget,
    FoundRoom,
    Kick,
    Lift,
    Restrict,
    SetLock,
    SetRole,
    SetRoom,
    Unlock,
    What,
)


class ModerationLog:
    """Logs changes that `netchat.chat` has applied."""

    log = Logger()

    def changed(self, changed: Changed) -> None:
        """Log `changed`, if it is something that a moderator, an operator or time has done."""
        what = changed.change.what
        done = _done(what, changed)
        if done:
            until = _until(getattr(what, "until", 0))
            reason = getattr(what, "reason", "")
            why = f"  [ {escape(reason)} ]" if reason else ""
            self.log.info(
                "{by} {done}{until}{why}",
                by=escape(changed.change.by.name),
                done=escape(done),
                until=until,
                why=why,
            )


def _done(what: What, changed: Changed) -> str:
    """Return what was done, in words; "" if nobody who keeps order has to know it."""
    tell = _TELL.get(type(what))
    return tell(what, changed) if tell else ""


def _restricted(what: Restrict, changed: Changed) -> str:
    done = {"ban": "banned", "mute": "muted"}[what.what]
    return f"{done} {changed.target}{_where(what.room)}"


def _lifted(what: Lift, changed: Changed) -> str:
    return f"ended the {what.what} of {changed.target}{_where(what.room)}"


def _kicked(what: Kick, changed: Changed) -> str:
    return f"removed {changed.target}{_where(what.room, 'from')}"


def _role(what: SetRole, changed: Changed) -> str:
    target = changed.target
    role = f"made {target} {what.role}" if what.role else f"took the role of {target} away"
    return f"{role}{_where(what.room)}"


def _room(what: SetRoom, _: Changed) -> str:
    return f"set {what.room} to {_settings(what)}"


def _deleted(what: DeleteLines, changed: Changed) -> str:
    ids = ", ".join(str(line.id) for line in changed.lines)
    return f"deleted {ids}{_where(what.room)}"


_TELL: dict[type[What], Callable[[Any, Changed], str]] = {
    Restrict: _restricted,
    Lift: _lifted,
    Kick: _kicked,
    SetRole: _role,
    SetRoom: _room,
    DeleteLines: _deleted,
    FoundRoom: lambda what, _: f"made the room {what.room}",
    EmptyRoom: lambda what, _: f"ended what a guest had set in {what.room}, which is empty",
    SetLock: lambda _what, _: "locked the server",
    Unlock: lambda _what, _: "unlocked the server",
    Announce: lambda _what, _: "announced something",
    Forget: lambda _, changed: f"removed the account of {changed.target}",
    Expire: lambda what, _: f"ended {what.kind} {what.key}",
}


def _settings(what: SetRoom) -> str:
    given = what.given
    slow = given.pop("slow", None)
    words = [name if on else f"not {name}" for name, on in given.items()]
    words += [] if slow is None else [f"slow {slow:g}"]
    return ", ".join(words).replace("_", " ")


def _where(room: str, preposition: str = "in") -> str:
    return f" {preposition} {room}" if room else " on the server"


def _until(until: float) -> str:
    if not until:
        return ""
    when = datetime.fromtimestamp(until, UTC)
    return f" until {when.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
