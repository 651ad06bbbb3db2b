"""The `netchat` command runs the client or one of the operator's tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat import command
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
