"""What irssi alone asks for when it joins a room, and waits for."""

from __future__ import annotations

from pathlib import Path

from tests.support.irc_programs import Irssi, sees
from tests.support.needs import needs
from tests.support.processes import Server


@needs("irssi", "tmux")
def test_irssi_is_told_modes_people_and_bans_of_the_room_it_joins(
    server: Server, tmp_path: Path
) -> None:
    ivy = Irssi(tmp_path / "Ivy", server.ports[0], "Ivy")
    try:
        sees(ivy, "[2:n/#lobby(+n)]")
        sees(ivy, "Join to #lobby was synced")
    finally:
        ivy.quits()
