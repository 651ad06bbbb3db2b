"""The log file: it is opened again after a rename, and only some old files are kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from twisted.logger import globalLogPublisher

from netchat.observability.log_file import MAX_LENGTH, ReopenableLogFile, is_log_file

if TYPE_CHECKING:
    from twisted.logger import LogEvent

LINE = "x" * 99_999 + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "twistd.log"


def log_file(path: Path, keep: int = 3) -> ReopenableLogFile:
    return ReopenableLogFile(str(path), keep)


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_after_a_rename_the_next_line_is_in_a_new_file(path: Path) -> None:
    file = log_file(path)
    file.write("before\n")
    path.rename(f"{path}.1")
    file.write("still the old one\n")
    file.reopen()
    file.write("after\n")
    assert Path(f"{path}.1").read_text(encoding="utf-8") == "before\nstill the old one\n"
    assert path.read_text(encoding="utf-8") == "after\n"
    file.close()


def test_a_file_that_logrotate_has_made_keeps_its_permissions(path: Path) -> None:
    file = log_file(path)
    path.rename(f"{path}.1")
    path.touch(0o600)
    path.chmod(0o640)
    file.reopen()
    file.write("after\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text(encoding="utf-8") == "after\n"
    file.close()


def test_a_new_file_is_as_accessible_as_the_first_whatever_the_umask_is_by_then(
    path: Path,
) -> None:
    path.touch()
    path.chmod(0o644)
    file = log_file(path)
    before = os.umask(0o077)
    try:
        path.rename(f"{path}.1")
        file.reopen()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644
    file.close()


def test_if_it_cannot_be_opened_again_the_old_file_goes_on(path: Path) -> None:
    told: list[LogEvent] = []
    observer: Any = told.append
    globalLogPublisher.addObserver(observer)
    file = log_file(path)
    path.rename(f"{path}.1")
    path.mkdir()
    file.reopen()
    globalLogPublisher.removeObserver(observer)
    file.write("goes on\n")
    assert Path(f"{path}.1").read_text(encoding="utf-8") == "goes on\n"
    assert "Is a directory" in [event.get("why") for event in told]
    file.close()


def test_a_file_that_was_cut_goes_on_at_its_new_end(path: Path) -> None:
    file = log_file(path)
    file.write("a long line before the cut\n")
    os.truncate(path, 0)
    file.write("after\n")
    assert path.read_bytes() == b"after\n"
    file.close()


def test_a_file_that_others_cut_does_not_count_what_they_took(path: Path) -> None:
    file = log_file(path)
    for _ in range(30):
        file.write(LINE)
        os.truncate(path, 0)
    assert names(path) == ["twistd.log"]
    file.close()


@pytest.mark.parametrize("keep", [1, 3])
def test_only_so_many_rotated_files_are_kept(path: Path, keep: int) -> None:
    file = log_file(path, keep)
    for _ in range(6 * MAX_LENGTH // len(LINE)):
        file.write(LINE)
    file.write("newest\n")
    assert names(path) == ["twistd.log", *(f"twistd.log.{n}" for n in range(1, keep + 1))]
    assert path.read_text(encoding="utf-8") == "newest\n"
    assert all(old.stat().st_size <= MAX_LENGTH for old in path.parent.glob("twistd.log.*"))
    file.close()


def test_the_files_that_an_earlier_version_kept_are_removed_at_a_rotation(path: Path) -> None:
    for number in range(1, 40):
        Path(f"{path}.{number}").touch()
    other = Path(f"{path}.gz")
    other.touch()
    file = log_file(path)
    file.rotate()  # type: ignore[no-untyped-call]
    assert names(path) == ["twistd.log", *(f"twistd.log.{n}" for n in (1, 2, 3)), "twistd.log.gz"]
    file.close()


def test_with_0_it_is_never_rotated(path: Path) -> None:
    file = log_file(path, 0)
    for _ in range(2 * MAX_LENGTH // len(LINE)):
        file.write(LINE)
    assert names(path) == ["twistd.log"]
    file.close()


def test_it_goes_on_where_the_server_before_has_ended(path: Path) -> None:
    path.write_text("before\n", encoding="utf-8")
    file = log_file(path)
    file.write("after\n")
    assert path.read_text(encoding="utf-8") == "before\nafter\n"
    file.close()


def test_a_device_is_no_log_file(path: Path) -> None:
    assert is_log_file(str(path))
    path.touch()
    assert is_log_file(str(path))
    assert not is_log_file("/dev/null")
    assert not is_log_file(str(path.parent))
