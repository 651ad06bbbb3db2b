"""The rooms that the client opens at its start, and those that it remembers for the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netchat.client.conversation.interfaces import ChatClient
from netchat.client.conversation.pages import TALK
from netchat.client.settings.last_visit import LastVisit, RememberedRoom, Visit


def opening(given: Sequence[str], last: Visit) -> dict[str, Any]:
    """Return the fields of a Target that say which rooms to open, and which one to show.

    Those that are `given` are opened, and the first is shown; or else those of the `last` visit.
    """
    rooms = tuple(given) or tuple(_place(x.name, talk=x.talk) for x in last.rooms)
    first = next(room for room in (*rooms, "") if not room.startswith(TALK))
    shown = last.current if not given and last.current in rooms else first
    fields: dict[str, Any] = {"room": shown, "rooms": rooms, "several_rooms": True}
    if shown.startswith(TALK):
        fields |= {"room": first, "talk": shown.removeprefix(TALK)}
    return fields


def remember_rooms(visit: LastVisit, client: ChatClient | None) -> None:
    """Remember in `visit` what `client` has open, while it is in the chat."""
    if client is not None and client.online and not client.leaving:
        rooms = [RememberedRoom(one.name, one.kind == "talk") for one in client.open_rooms]
        shown = (_place(x.name, talk=x.kind == "talk") for x in client.open_rooms if x.current)
        visit.remember(rooms, next(shown, ""))


def _place(name: str, *, talk: bool) -> str:
    return f"{TALK}{name}" if talk else name
