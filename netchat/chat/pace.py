"""Slow mode in a room: who has said something lately must wait, whichever server they are on."""

from __future__ import annotations

from netchat.chat.enforcement import slow_seconds
from netchat.chat.room import Participant, Room
from netchat.chat.slow_mode import SlowMode
from netchat.model.durations import format_duration
from netchat.model.events import Refused, Said, SaidLines
from netchat.state.state import ChatState


def pace_refusal(
    state: ChatState, who: Participant, room: Room, nonce: str, now: float
) -> Refused | None:
    """Record a line of `who` with this `nonce`, and return None; or return why they must wait."""
    seconds = slow_seconds(state, who, room.name)
    if not seconds:
        return None
    room.slow_mode = room.slow_mode or SlowMode()
    line = _line(who.client, nonce)
    wait = room.slow_mode.wait(who.account, who.name, line, seconds, now)
    if not wait:
        return None
    return Refused(
        "too-fast",
        f"{room.name} takes one line of yours in {format_duration(seconds)}; say it again in "
        f"{format_duration(wait)}.",
    )


def record_line(state: ChatState, room: Room, event: Said | SaidLines, by: Participant) -> None:
    """Record `event`, which `by` has said on another server."""
    seconds = slow_seconds(state, by, room.name)
    if seconds:
        room.slow_mode = room.slow_mode or SlowMode()
        line = _line(event.client, event.nonce) if isinstance(event, Said) else ""
        room.slow_mode.record(by.account, event.name, line, seconds, event.time)


def _line(client: str, nonce: str) -> str:
    """Return what identifies a line: the journal knows one that comes again by both."""
    return f"{client} {nonce}" if client and nonce else ""
