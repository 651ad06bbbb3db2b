"""The manual page and the completion: current, valid, and with every command and option."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netchat.command import COMMANDS, main, make_client_parser, make_parser_of
from netchat.commandline.manual import MAN_PAGE, SHELLS, completion_file
from tests.support.manual_files import PLACE, contents

OPTION = re.compile(r"--[a-z][a-z-]+")
BASH = shutil.which("bash")
CHECKS = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


def test_the_files_are_made_from_the_parsers() -> None:
    for path, text in contents().items():
        made = path.read_text(encoding="utf-8")
        # argparse words its usage in another way in each version.
        assert made == text or sys.version_info[:2] != (3, 11), "run make docs"
        assert set(OPTION.findall(made)) == set(OPTION.findall(text)), "run make docs"


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    return [text for action in parser._actions for text in action.option_strings if "--" in text]


@pytest.mark.parametrize("name", [completion_file(shell) for shell in SHELLS])
def test_every_command_and_option_can_be_completed(name: str) -> None:
    script = (PLACE / name).read_text(encoding="utf-8")
    for parser in (make_client_parser(), *map(make_parser_of, COMMANDS)):
        for option in options_of(parser):
            assert option.removeprefix("--") in script
    for command in COMMANDS:
        assert command in script


def test_every_command_and_option_is_in_the_manual_page() -> None:
    page = (PLACE / MAN_PAGE).read_text(encoding="utf-8").replace("\\-", "-").replace("\\", "")
    for command in COMMANDS:
        assert f"netchat {command}" in page
        for option in options_of(make_parser_of(command)):
            assert option in page or option == "--help"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_completion_for_a_shell_is_printed(
    shell: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["completion", shell]) == 0
    assert capfdbinary.readouterr().out == (PLACE / completion_file(shell)).read_bytes()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_completion_is_a_script_of_its_shell(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell}")
    subprocess.run([*CHECKS[shell], PLACE / completion_file(shell)], check=True)


def test_the_manual_page_is_printed(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["man"]) == 0
    assert capfdbinary.readouterr().out.startswith(b'.TH NETCHAT "1"')


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("netchat ta", "tail"),
        ("netchat --pl", "--plain"),
        ("netchat tail --js", "--json"),
        ("netchat completion ", "bash zsh fish"),
        ("netchat cert --rep", "--replace"),
    ],
)
def test_bash_completes_commands_and_options(typed: str, completed: str, tmp_path: Path) -> None:
    if BASH is None:
        pytest.skip("there is no bash")
    script = """
        source "$1"; read -ra COMP_WORDS <<<"$2"; [[ $2 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _shtab_netchat netchat "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"
    """
    arguments = [BASH, "--norc", "-c", script, "bash", str(PLACE / "netchat.bash"), typed]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert (done.stdout.strip(), done.stderr) == (completed, "")
