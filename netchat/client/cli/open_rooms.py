"""The rooms that the client opens at its start, and those that it remembers for the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.settings.last_visit import LastVisit, RememberedRoom, Visit


def opening(given: Sequence[str], last: Visit) -> dict[str, Any]:
    """Return the fields of a Target that say which rooms to open, and which one to show.

    Those that are `given` are opened, and the first is shown; or else those of the `last` visit.
    """
    rooms = tuple(given) or tuple(f"@{x.name}" if x.talk else x.name for x in last.rooms)
    first = next(room for room in (*rooms, "") if not room.startswith("@"))
    shown = last.current if not given and last.current in rooms else first
    return {"room": shown, "rooms": rooms, "several_rooms": True}


def remember_rooms(visit: LastVisit, client: ChatClient | None) -> None:
    """Remember in `visit` what `client` has open, while it is in the chat."""
    if client is not None and client.online and not client.leaving:
        rooms = [RememberedRoom(one.name, one.kind == "talk") for one in client.open_rooms]
        visit.remember(rooms, client.current)
