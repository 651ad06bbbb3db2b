"""The server's options: command line, environment, and what is refused."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from netchat.doors.limits import Limits
from netchat.model.limits import Rules
from netchat.server.options import ENDPOINT, Options
from tests.support.checkout import CHECKOUT


def parse(*arguments: str, **environment: str) -> Options:
    options = Options(environment)
    options.parseOptions(arguments)
    return options


def refusal(*arguments: str, **environment: str) -> str:
    """Return the one sentence with which the options are refused."""
    with pytest.raises(SystemExit) as stopped:
        parse(*arguments, **environment)
    assert isinstance(stopped.value.code, str)
    assert "\n" not in stopped.value.code
    return stopped.value.code


def test_without_options_the_defaults_hold() -> None:
    options = parse()
    assert options["listen"] == ["tcp:5001"]
    assert options.rules == Rules()
    assert options.limits == Limits()


def test_every_limit_is_an_option_and_has_a_variable() -> None:
    names = [field.name for field in fields(Limits)]
    flags = [f"--{name.replace('_', '-')}={number}" for number, name in enumerate(names)]
    by_flag = parse(*flags).limits
    variables = {f"NETCHAT_{name.upper()}": str(number) for number, name in enumerate(names)}
    assert by_flag == parse(**variables).limits
    assert [getattr(by_flag, name) for name in names] == list(range(len(names)))


def test_options_stand_in_a_file_and_whatever_is_said_elsewhere_wins(tmp_path: Path) -> None:
    file = tmp_path / "options"
    lines = "# of ours\nhistory 1\nlogin-tries=2\n\n max-line = 3\nlisten tcp:1\nlisten tcp:2\n"
    file.write_text(lines, encoding="utf-8")
    where = f"--options-file={file}"
    options = parse("--max-line=9", where, NETCHAT_LOGIN_TRIES="8", NETCHAT_MAX_LINE="7")
    assert options.rules == Rules(history=1, login_tries=8, max_line=9)
    assert options["listen"] == ["tcp:1", "tcp:2"]
    by_variable = parse(NETCHAT_OPTIONS_FILE=str(file), NETCHAT_LISTEN="tcp:3")
    assert by_variable.rules == Rules(history=1, login_tries=2, max_line=3)
    assert by_variable["listen"] == ["tcp:3"]


def test_a_file_of_options_is_refused_as_options_are(tmp_path: Path) -> None:
    file = tmp_path / "options"
    file.write_text("max-line 5\nhistroy 1\n", encoding="utf-8")
    sentence = refusal(f"--options-file={file}")
    assert f"--options-file {file} has no use for 'histroy' in line 2" in sentence


def test_rules_are_options_too(tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    motd.write_text("Be kind.\nNo \x1bcaps.\n", encoding="utf-8")
    options = parse("--lobby", "hall", "--history=7", "--login-tries=2", "--motd", str(motd))
    assert options.rules == Rules("hall", ("Be kind.", "No caps."), 7, 2)


def test_listen_may_be_given_several_times() -> None:
    assert parse("--listen", "tcp:1", "--listen=unix:x")["listen"] == ["tcp:1", "unix:x"]
    assert parse(NETCHAT_LISTEN="tcp:1 unix:x")["listen"] == ["tcp:1", "unix:x"]


def test_the_command_line_wins_over_the_environment() -> None:
    options = parse("--history=1", "--listen=tcp:1", NETCHAT_HISTORY="2", NETCHAT_LISTEN="tcp:2")
    assert options.rules.history == 1
    assert options["listen"] == ["tcp:1"]


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--nonsense"], {}, "--nonsense"),
        (["nonsense"], {}, "'nonsense'"),
        (["--history"], {}, "--history"),
        (["--history=many"], {}, "--history wants a whole number"),
        (["--history=-1"], {}, "--history wants a whole number"),
        (["--login-timeout=nan"], {}, "--login-timeout wants a number of seconds"),
        (["--data="], {}, "--data wants a directory"),
        (["--sync=never"], {}, "--sync is full or normal"),
        (["--keep-days=-1"], {}, "--keep-days wants a number of days"),
        (["--lobby=no way"], {}, "--lobby wants the name of a room"),
        (["--options-file=/no/such"], {}, "--options-file cannot read /no/such: No such file"),
        (["--motd=/does/not/exist"], {}, "--motd cannot read /does/not/exist: No such file"),
        ([], {"NETCHAT_HISTORY": "x"}, "--history wants a whole number"),
        ([], {"NETCHAT_HISTROY": "5"}, "NETCHAT_HISTROY"),
        ([], {"NETCHAT_": "5"}, "NETCHAT_"),
        ([], {"NETCHAT_LOGIN-TIMEOUT": "5"}, "NETCHAT_LOGIN-TIMEOUT"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str], environment: dict[str, str], words: str
) -> None:
    sentence = refusal(*arguments, **environment)
    assert sentence.startswith("netchat: ")
    assert words in sentence


def test_what_kubernetes_and_docker_put_there_is_no_option() -> None:
    options = parse(
        NETCHAT_SERVICE_HOST="10.0.0.1",
        NETCHAT_PORT="tcp://10.0.0.1:5001",
        NETCHAT_PORT_5001_TCP_ADDR="10.0.0.1",
        NETCHAT_NAME="/guest/netchat",
    )
    assert options.rules == Rules()
    assert "NETCHAT_PORT" in refusal(NETCHAT_PORT="6001")


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    assert parse(NETCHAT_MOTD="", NETCHAT_HISTORY="", NETCHAT_LISTEN="").rules == Rules()


def test_help_is_shown_whatever_is_in_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse("--help", NETCHAT_HISTROY="5")
    assert stopped.value.code == 0
    assert "--history" in capsys.readouterr().out


def test_a_variable_of_somebody_else_is_none_of_ours() -> None:
    assert parse(NETCHATTER="x", HISTORY="x").rules == Rules()


def test_help_shows_every_option_with_its_default() -> None:
    text = str(parse())
    for setting in ("--listen", "--motd", "--lobby", "--history", "--login-timeout", "NETCHAT_"):
        assert setting in text
    assert "[default: 262144]" in text
    assert "[default: tcp:5001]" in text


def test_the_readme_lists_every_option_with_its_default() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `--([a-z-]+) [A-Z]+` \| `?([^ |`]*)`? ", readme, re.MULTILINE))
    assert table.pop("data") == "~/.local/state/netchat"
    assert table == {
        name: ENDPOINT if name == "listen" else _written(name, value)
        for name, value in parse().items()
        if name != "data"
    }


def _written(name: str, value: object) -> str:
    if name.startswith("keep-"):
        return "all"
    return str(value or "none").removesuffix(".0")
