"""The file of the lines typed: what is kept in it, and what never is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from prompt_toolkit.history import InMemoryHistory

from netchat.client.frontends.typed_history import open_history


def stored(path: Path) -> list[str]:
    """Return the lines that the next run would get, oldest first."""
    return list(open_history(path).load_history_strings())[::-1]


@pytest.mark.parametrize(
    "line",
    [
        "/msg Bob secret",
        "  /msg Bob secret",
        "\t/msg Bob secret",
        "/msg\tBob\tsecret",
        "/MSG Bob secret",
        "\u3000/msg Bob secret",
        "\ufeff/msg Bob secret",
        "\u200b \t/msg Bob secret",
        "\x00/msg Bob secret",
        "\u2028/msg Bob secret",
        "/msg",
        "/mgs Bob secret",
        "/reply secret",
        "/r secret",
        "/own secret",
        "/account password secret",
        "/ msg Bob secret",
        "/msg\u00a0Bob secret",
    ],
)
def test_what_may_be_private_is_recalled_in_this_run_and_not_stored(
    tmp_path: Path, line: str
) -> None:
    path = tmp_path / "state" / "history"
    history = open_history(path)
    history.append_string("before")
    history.append_string(line)
    history.append_string("after")
    assert history.get_strings()[-2:] == [line, "after"]
    assert b"secret" not in path.read_bytes()
    assert stored(path) == ["before", "after"]


@pytest.mark.parametrize("line", ["hello", "//msg Bob is how", "/join dev", " /me waves", "/help"])
def test_what_everybody_may_read_is_stored(tmp_path: Path, line: str) -> None:
    path = tmp_path / "history"
    open_history(path).append_string(line)
    assert stored(path) == [line]


def test_private_lines_that_an_earlier_version_stored_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("\n# 2026\n+one\n\n# 2026\n+/msg Bob secret\n\n# 2026\n+two\n+lines\n")
    path.chmod(0o644)
    assert stored(path) == ["one", "two\nlines"]
    assert "secret" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["history"]


def test_a_file_without_private_lines_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(b"\n# 2026\n+caf\xe9\n+no end")
    before = path.stat()
    open_history(path)
    assert path.read_bytes() == b"\n# 2026\n+caf\xe9\n+no end"
    assert path.stat().st_ino == before.st_ino


def test_a_history_that_is_a_device_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.symlink_to(os.devnull)
    mode = Path(os.devnull).stat().st_mode
    open_history(path).append_string("hello")
    assert Path(os.devnull).stat().st_mode == mode
    assert path.is_symlink()


def test_a_directory_in_its_place_keeps_the_history_for_this_run(tmp_path: Path) -> None:
    assert isinstance(open_history(tmp_path), InMemoryHistory)
