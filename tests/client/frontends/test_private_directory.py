"""The directory for an editor, and what is left of one when its program was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netchat.client.frontends.private_directory import private_directory


@pytest.fixture(scope="module")
def gone() -> int:
    """Return the number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def left_by(process: int, place: Path, name: str = "netchat-{}-x") -> Path:
    directory = place / name.format(process)
    directory.mkdir(mode=0o700)
    (directory / "message.txt").write_text("secret")
    return directory


def test_it_is_private_and_removed_with_what_is_in_it(tmp_path: Path) -> None:
    with private_directory(str(tmp_path)) as (directory, _):
        assert directory.parent == tmp_path
        assert directory.stat().st_mode & 0o777 == 0o700
        (directory / "message.txt").write_text("text")
        (directory / "backup").mkdir()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_has_left_is_removed(tmp_path: Path, gone: int) -> None:
    left_by(gone, tmp_path)
    with private_directory(str(tmp_path)) as (directory, _):
        assert list(tmp_path.iterdir()) == [directory]


def test_nothing_else_is_removed(tmp_path: Path, gone: int) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = [
        left_by(os.getpid(), tmp_path),
        left_by(gone, tmp_path, "netchat-{}"),
        left_by(gone, tmp_path, "other-{}-x"),
        left_by(gone, tmp_path, "netchat-{}-open"),
        left_by(gone, elsewhere),
    ]
    kept[3].chmod(0o750)
    (tmp_path / f"netchat-{gone}-link").symlink_to(kept[4])
    (tmp_path / f"netchat-{gone}-file").write_text("text")
    (tmp_path / f"netchat-{'9' * 40}-x").mkdir(mode=0o700)
    before = set(tmp_path.iterdir())
    with private_directory(str(tmp_path)) as (directory, _):
        assert set(tmp_path.iterdir()) == {*before, directory}
    assert all((directory / "message.txt").read_text() == "secret" for directory in kept)


def test_the_directory_of_an_editor_that_still_runs_stays(tmp_path: Path, gone: int) -> None:
    left = tmp_path / f"netchat-{gone}-x"
    with private_directory(str(tmp_path)) as (directory, lock):
        editor = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock,))
        directory.rename(left)
    with private_directory(str(tmp_path)):
        assert left.exists()
    editor.communicate()
    with private_directory(str(tmp_path)):
        assert not left.exists()
