"""The open rooms of the last visit to a server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from netchat.client.settings.last_visit import (
    MAX_READ,
    MAX_ROOMS,
    LastVisit,
    RememberedRead,
    RememberedRoom,
    Visit,
)

ROOMS = (RememberedRoom("dev"), RememberedRoom("Bob", talk=True), RememberedRoom("lobby"))


def test_the_next_run_knows_the_rooms_in_order_and_the_current_one(tmp_path: Path) -> None:
    visit = LastVisit(tmp_path, "chat.example.org:5001")
    assert visit.load() == Visit()
    visit.remember(Visit(ROOMS, "Bob"), at_end=False)
    assert LastVisit(tmp_path, "CHAT.example.org:5001").load() == Visit(ROOMS, "Bob")
    assert LastVisit(tmp_path, "chat.example.org:5002").load() == Visit()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    LastVisit(tmp_path, "wss://host:443/ws?room=1").remember(Visit(ROOMS, "dev"), at_end=False)
    (file,) = (tmp_path / "servers").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    visit = LastVisit(tmp_path, "host:5001")
    visit.remember(Visit(ROOMS, "dev"), at_end=False)
    (file,) = (tmp_path / "servers").iterdir()
    file.unlink()
    visit.remember(Visit(tuple(ROOMS), "dev"), at_end=True)
    assert not file.exists()
    visit.remember(Visit(ROOMS, "lobby"), at_end=False)
    assert file.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b'{"rooms":7}',
        b"\xff",
        b'{"read":{"lobby":[-1,null]}}',
        b'{"read":{"lobby":[1,1e300]}}',
    ],
)
def test_a_file_that_cannot_be_used_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    visit = LastVisit(tmp_path, "host:5001")
    visit.remember(Visit(ROOMS, "dev"), at_end=False)
    (file,) = (tmp_path / "servers").iterdir()
    file.write_bytes(content)
    assert LastVisit(tmp_path, "host:5001").load() == Visit()


def test_without_a_directory_nothing_is_remembered(tmp_path: Path) -> None:
    visit = LastVisit(None, "host:5001")
    visit.remember(Visit(ROOMS, "dev"), at_end=False)
    assert LastVisit(None, "host:5001").load() == Visit()
    blocked = tmp_path / "file"
    blocked.touch()
    LastVisit(blocked, "host:5001").remember(Visit(ROOMS, "dev"), at_end=False)


def test_the_next_run_knows_how_far_each_room_was_read(tmp_path: Path) -> None:
    read = {"lobby": RememberedRead(7, 1_800_000_000.5), "dev": RememberedRead(0)}
    visit = Visit(ROOMS, "dev", "journal", read)
    LastVisit(tmp_path, "host:5001").remember(visit, at_end=False)
    assert LastVisit(tmp_path, "host:5001").load() == visit


def test_a_later_time_of_leaving_alone_is_written_at_the_end_only(tmp_path: Path) -> None:
    store = LastVisit(tmp_path, "host:5001")
    at_first, later = (Visit(read={"lobby": RememberedRead(7, at)}) for at in (100.0, 200.0))
    store.remember(at_first, at_end=False)
    store.remember(later, at_end=False)
    assert LastVisit(tmp_path, "host:5001").load() == at_first
    store.remember(later, at_end=True)
    assert LastVisit(tmp_path, "host:5001").load() == later


def test_of_very_many_rooms_the_file_keeps_those_entered_last_and_can_be_read(
    tmp_path: Path,
) -> None:
    names = [f"{number:03}" + "\N{DESERET CAPITAL LETTER EW}" * 47 for number in range(300)]
    rooms = tuple(RememberedRoom(name, talk=True) for name in names)
    read = {name: RememberedRead(2**53, 1_800_000_000.123456) for name in names}
    LastVisit(tmp_path, "host:5001").remember(Visit(rooms, "", "j" * 36, read), at_end=True)
    loaded = LastVisit(tmp_path, "host:5001").load()
    assert loaded.rooms == rooms[:MAX_ROOMS]
    assert list(loaded.read) == names[-MAX_READ:]
