"""What is remembered of rooms that guests have made, and ends when nobody is there any more."""

from __future__ import annotations

from collections.abc import Iterator

from netchat.state.records import Restriction, RoomSettings
from netchat.state.state import ChatState


def set_by_guest(state: ChatState, room: str) -> Iterator[RoomSettings | Restriction]:
    """Yield what a guest has set in `room` who has made it."""
    settings = state.settings(room)
    if settings is not None and settings.of_guest:
        yield settings
    _, restrictions = state.restrictions.of_room(state.spelling(room))
    yield from (some for some in restrictions if some.of_guest)
