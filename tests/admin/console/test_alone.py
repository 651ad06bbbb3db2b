"""`netchat admin` on a journal whose server does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.admin.console.alone import open_alone
from netchat.console.requests import AddOperator, ChangeRoom, GiveRole, ListBans, RestrictWho
from netchat.state.records import Role, RoomSettings
from tests.support.console import ask_console
from tests.support.journals import NOW

if TYPE_CHECKING:
    from pathlib import Path


def test_a_room_is_one_room_however_it_is_written(tmp_path: Path) -> None:
    with open_alone(tmp_path, lambda: NOW) as (console, _):
        ask_console(console, ChangeRoom(room="Staff", private=True))
        ask_console(console, ChangeRoom(room="staff", slow=5.0))
        ask_console(console, AddOperator(name="Ann"))
        ask_console(console, GiveRole(name="Ann", room="STAFF", role="member"))
    with open_alone(tmp_path, lambda: NOW) as (console, _):
        (row,) = ask_console(console, ChangeRoom(room="sTaff")).rows
        assert row == ask_console(console, ChangeRoom(room="Staff")).rows[0]
        ask_console(console, RestrictWho(what="ban", who="Eve", room="STAFF"))
        (ban,) = ask_console(console, ListBans(room="staff")).rows
        assert "Staff" in str(ban)
        assert [*console.state.all(RoomSettings)] == [RoomSettings("Staff", private=True, slow=5)]
        assert [x.room for x in console.state.all(Role)] == ["", "Staff"]
