"""The `netchat` command runs the client or one of the operator's tools."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netchat import __version__, command
from netchat.testing import Network

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("tool", [*command.TOOLS, "say", "tail"])
def test_every_tool_has_a_help_text(tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([tool, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: netchat {tool} ")


def test_an_argument_that_is_not_a_tool_is_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["host:no-port", "--name", "Alice"])
    assert ended.value.code == 2
    assert "is not a port" in capsys.readouterr().err


def test_an_operator_backs_up_verifies_and_exports_a_journal(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    network = Network("--data", str(data))
    network.join("Bob").say("hello")
    copy.mkdir()
    assert command.main(["backup", str(data), str(copy / "journal.sqlite")]) == 0
    network.stop()
    assert command.main(["verify", str(copy)]) == 0
    capsysbinary.readouterr()
    assert command.main(["export", str(copy), "--jsonl"]) == 0
    assert b'"from":"Bob","text":"hello"' in capsysbinary.readouterr().out
    network = Network("--data", str(copy))
    alice = network.join("Alice")
    alice.say("/history")
    assert alice.heard() == ["[12:00] Bob: hello"]
    network.stop()


def test_the_overview_has_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["help"]) == 0
    shown, errors = capsys.readouterr()
    assert errors == ""
    for name in command.COMMANDS:
        assert f"\nnetchat {name} " in shown
    assert shown.startswith("netchat [-h] ")
    assert "twistd" in shown


def test_without_arguments_the_first_steps_fit_on_a_small_screen(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was done, so that is no success for a script."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert command.main([]) == 2
    shown, errors = capsys.readouterr()
    assert errors == ""
    lines = shown.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) < 80
    for name in ("HOST", "save", "say", "tail", "help"):
        assert f"netchat {name}" in shown


@pytest.mark.parametrize("name", command.COMMANDS)
def test_help_explains_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["help", name])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: netchat {name} ")


def test_help_for_a_command_that_does_not_exist_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["help", "nosuch"])
    assert ended.value.code == 2
    assert "invalid choice: 'nosuch'" in capsys.readouterr().err


def test_python_runs_the_same_command_as_a_module() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "netchat", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"netchat {__version__}\n"
