"""One write per recipient and turn: all that is delivered in a reactor turn is joined once.

Most members of a room are sent the same in a turn, and share one bytes object. Participants with a
personal view (`netchat.chat.delivery.turn`) get bytes of their own, cut from the same list, so
nobody receives two events in another order than anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from netchat.chat.clients import Send
from netchat.chat.delivery.backfill import Backfills
from netchat.chat.delivery.ignoring import Ignoring
from netchat.chat.delivery.recipients import recipients_of, send, send_all
from netchat.chat.delivery.rendering import render_all
from netchat.chat.delivery.turn import Turn
from netchat.chat.room import Participant, Room
from netchat.model.events import Event

_Shared = tuple[Iterable[Send], Iterable[Participant], bytes, Room]
"""What the members of a room share: how to write to them, the bytes, and the room."""


class Broadcast:
    """Writes what is collected in `turn` at its end, and then the pages of `backfills`."""

    def __init__(self, backfills: Backfills) -> None:
        self.turn = Turn()
        self.ignoring = Ignoring()
        """What some participants do not read."""
        self._backfills = backfills

    def flush(self) -> None:
        """Write once to each recipient of the turn, and begin a new one."""
        turn = self.turn
        while turn.personal:
            self.turn = Turn()
            self._write(turn)
            turn = self.turn
        if self._backfills.pages:
            self._write_pages()

    def _write(self, turn: Turn) -> None:
        if len(turn.by_room) > 1:
            turn.separate_members_of_several_rooms()
        if self.ignoring:
            self.ignoring.separate(turn)
        # All views are cut before anything is written: a write may change who is there.
        personal, shared = _personal_views(turn, self.ignoring), _shared_views(turn)
        for who, data in personal:
            send(who, data)
        for sends, participants, data, room in shared:
            send_all(sends, participants, data, room)
        for who in turn.closings:
            _detach(who)
            _guarded(who, who.connection.close)

    def _write_pages(self) -> None:
        for who, events in self._backfills.write_pages():
            read = self.ignoring.filtered(who, events)
            _guarded(who, partial(_send_page, who, read))


def _personal_views(turn: Turn, ignoring: Ignoring) -> list[tuple[Participant, bytes]]:
    views: list[tuple[Participant, bytes]] = []
    alike: dict[tuple[object, ...], bytes] = {}
    for_all = turn.numbers_for_all()
    for who, personal in turn.personal.items():
        if who.detached:
            continue
        if who in ignoring:
            read = ignoring.numbers_for(who, turn)
            views.append((who, turn.rendered.view(read, who.listener.dialect, who, personal)))
            continue
        if for_all is not None and not personal:
            views.append((who, turn.rendered.view(for_all, who.listener.dialect, who)))
            continue
        rooms = turn.rooms_of(who)
        dialect = who.listener.dialect
        # Of participants in the same rooms who caused nothing, one view is enough.
        key = (dialect, *rooms) if turn.is_alike(who, rooms) else None
        data = alike.get(key) if key is not None else None
        if data is None:
            data = turn.rendered.view(turn.numbers_for(who, rooms), dialect, who, personal)
            if key is not None:
                alike[key] = data
        views.append((who, data))
    return views


def _shared_views(turn: Turn) -> list[_Shared]:
    shared: list[_Shared] = []
    for room, numbers in turn.by_room.items():
        others = [who for who in turn.personal if who in room.members]
        for group in recipients_of(room):
            data = turn.rendered.view(numbers, group.dialect, None)
            shared.append((group.sends_except(others), group.others_except(others), data, room))
    return shared


def _send_page(who: Participant, events: Iterable[Event]) -> None:
    own_name = who.name if who.account else ""
    send(who, render_all(events, who.listener.personal, own_name))


def _guarded(who: Participant, act: Callable[[], None]) -> None:
    """Call `act`; if that raises, `who` fails, and no other participant.

    They are sent nothing more: a client that comes back continues behind the last line that it has.
    """
    try:
        act()
    except Exception:
        _detach(who)
        who.connection.fail()


def _detach(who: Participant) -> None:
    who.detached = True
    who.refresh_fast_send()
