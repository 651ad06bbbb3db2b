"""The open rooms of the last visit to a server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from netchat.client.settings.last_visit import LastVisit, RememberedRoom, Visit

ROOMS = (RememberedRoom("dev"), RememberedRoom("Bob", talk=True), RememberedRoom("lobby"))


def test_the_next_run_knows_the_rooms_in_order_and_the_current_one(tmp_path: Path) -> None:
    visit = LastVisit(tmp_path, "chat.example.org:5001")
    assert visit.load() == Visit()
    visit.remember(ROOMS, "Bob")
    assert LastVisit(tmp_path, "CHAT.example.org:5001").load() == Visit(ROOMS, "Bob")
    assert LastVisit(tmp_path, "chat.example.org:5002").load() == Visit()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    LastVisit(tmp_path, "wss://host:443/ws?room=1").remember(ROOMS, "dev")
    (file,) = (tmp_path / "servers").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    visit = LastVisit(tmp_path, "host:5001")
    visit.remember(ROOMS, "dev")
    (file,) = (tmp_path / "servers").iterdir()
    file.unlink()
    visit.remember(list(ROOMS), "dev")
    assert not file.exists()
    visit.remember(ROOMS, "lobby")
    assert file.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"rooms":7}', b"\xff"])
def test_a_file_that_cannot_be_used_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    visit = LastVisit(tmp_path, "host:5001")
    visit.remember(ROOMS, "dev")
    (file,) = (tmp_path / "servers").iterdir()
    file.write_bytes(content)
    assert LastVisit(tmp_path, "host:5001").load() == Visit()


def test_without_a_directory_nothing_is_remembered(tmp_path: Path) -> None:
    visit = LastVisit(None, "host:5001")
    visit.remember(ROOMS, "dev")
    assert LastVisit(None, "host:5001").load() == Visit()
    blocked = tmp_path / "file"
    blocked.touch()
    LastVisit(blocked, "host:5001").remember(ROOMS, "dev")
