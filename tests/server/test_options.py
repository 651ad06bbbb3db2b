"""The server's options on the command line and in the environment, and what is refused."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

from netchat.model.limits import (
    RECORDS,
    ConnectionLimits,
    ConversationLimits,
    Limits,
    limits_of,
)
from netchat.server.options import Options
from netchat.server.options_file import Kind
from netchat.server.settings import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path


def parse(*arguments: str, **environment: str) -> Options:
    options = Options(environment)
    options.parseOptions(arguments)
    return options


def refusal(*arguments: str, **environment: str) -> str:
    """Return the sentence with which these options are refused."""
    with pytest.raises(SystemExit) as stopped:
        parse(*arguments, **environment)
    assert isinstance(stopped.value.code, str)
    assert "\n" not in stopped.value.code
    return stopped.value.code


def test_options_that_are_not_given_have_their_defaults() -> None:
    options = parse()
    assert options["listen"] == ("tcp:5001", "tcp6:5001")
    assert options.limits == Limits()


def test_every_limit_has_an_option_and_a_variable() -> None:
    names = [name for name, setting in SETTINGS.items() if setting.kind is Kind.NUMBER]
    flags = [f"--{name}={number}" for number, name in enumerate(names)]
    variables = {
        f"NETCHAT_{name.upper().replace('-', '_')}": str(number)
        for number, name in enumerate(names)
    }
    by_flag, by_variable = parse(*flags), parse(**variables)
    assert [by_flag[name] for name in names] == list(range(len(names)))
    assert by_flag.limits == by_variable.limits


def test_each_limit_is_in_one_record_and_is_one_option() -> None:
    assert [type(getattr(Limits(), field.name)) for field in fields(Limits)] == [*RECORDS]
    limits = [limit for record in RECORDS for limit in limits_of(record).values()]
    names = [limit.option for limit in limits]
    assert len(set(names)) == len(names) == sum(len(fields(record)) for record in RECORDS)
    others = {
        *("listen", "options-file", "data", "sync", "clock", "metrics", "listening-file"),
        *("log-format", "log-files"),
        *("web", "no-web", "web-host", "web-origin", "web-proxy"),
        *("ssh", "no-ssh", "ssh-passwords"),
        *("scram", "auth-command"),
        *("cluster", "cluster-password-file", "cluster-name", "cluster-days", "advertise"),
    }
    assert {*SETTINGS} - {*names} == others
    assert [SETTINGS[limit.option].default for limit in limits] == [x.default for x in limits]


def test_the_command_line_and_the_environment_win_over_the_options_file(tmp_path: Path) -> None:
    file = tmp_path / "netchat.toml"
    lines = '# of ours\nhistory = 1\nlogin-tries=2\n\n max-line = 3\nlisten = ["tcp:1", "tcp:2"]\n'
    file.write_text(lines, encoding="utf-8")
    where = f"--options-file={file}"
    options = parse("--max-line=9", where, NETCHAT_LOGIN_TRIES="8", NETCHAT_MAX_LINE="7")
    assert options.limits.conversation == ConversationLimits(history=1, login_tries=8)
    assert options.limits.connection == ConnectionLimits(max_line=9)
    assert options["listen"] == ("tcp:1", "tcp:2")
    by_variable = parse(NETCHAT_OPTIONS_FILE=str(file), NETCHAT_LISTEN="tcp:3")
    assert by_variable.limits.conversation == ConversationLimits(history=1, login_tries=2)
    assert by_variable.limits.connection == ConnectionLimits(max_line=3)
    assert by_variable["listen"] == ("tcp:3",)


def test_an_error_in_the_options_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "netchat.toml"
    file.write_text("max-line = 5\nhistory 1\n", encoding="utf-8")
    sentence = refusal(f"--options-file={file}")
    assert f"--options-file {file} line 2 is not TOML: write history = 1" in sentence


def test_an_option_may_be_a_text_or_a_file(tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    motd.write_text("Be kind.\nNo \x1bcaps.\u2028Ever.\n", encoding="utf-8")
    options = parse("--lobby", "hall", "--history=7", "--login-tries=2", "--motd", str(motd))
    assert options.limits.conversation == ConversationLimits(
        lobby="hall", motd=("Be kind.", "No caps. Ever."), history=7, login_tries=2
    )


def test_listen_may_be_given_several_times() -> None:
    assert parse("--listen", "tcp:1", "--listen=unix:x")["listen"] == ("tcp:1", "unix:x")
    assert parse(NETCHAT_LISTEN="tcp:1 unix:x")["listen"] == ("tcp:1", "unix:x")


def test_an_empty_list_of_endpoints_means_the_default_endpoints(tmp_path: Path) -> None:
    file = tmp_path / "netchat.toml"
    file.write_text("listen = []\n", encoding="utf-8")
    for options in (parse(f"--options-file={file}"), parse(NETCHAT_LISTEN=" ")):
        assert options["listen"] == ("tcp:5001", "tcp6:5001")


def test_the_command_line_wins_over_the_environment() -> None:
    options = parse("--history=1", "--listen=tcp:1", NETCHAT_HISTORY="2", NETCHAT_LISTEN="tcp:2")
    assert options.limits.conversation.history == 1
    assert options["listen"] == ("tcp:1",)


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
        (["--web-host=a b"], {}, "--web-host wants a host name like chat.example"),
        (["--web-host=chat.example:80"], {}, "--web-host wants a host name like chat.example"),
        (["--web-origin=chat.example"], {}, "--web-origin wants an origin like https://"),
        (["--web-origin=https://chat.example/x"], {}, "--web-origin wants an origin like"),
        (["--web-proxy=proxy"], {}, "--web-proxy wants a network like 192.168.1.0/24"),
        (["--options-file=/no/such"], {}, "--options-file cannot read /no/such: No such file"),
        (["--motd=/does/not/exist"], {}, "--motd cannot read /does/not/exist: No such file"),
        ([], {"NETCHAT_HISTORY": "x"}, "--history wants a whole number"),
        ([], {"NETCHAT_HISTROY": "5"}, "NETCHAT_HISTROY"),
        ([], {"NETCHAT_": "5"}, "NETCHAT_"),
        ([], {"NETCHAT_LOGIN-TIMEOUT": "5"}, "NETCHAT_LOGIN-TIMEOUT"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(
    arguments: list[str], environment: dict[str, str], words: str
) -> None:
    sentence = refusal(*arguments, **environment)
    assert sentence.startswith("netchat: ")
    assert words in sentence


def test_a_flag_is_given_without_a_value_or_as_true_or_false(tmp_path: Path) -> None:
    file = tmp_path / "netchat.toml"
    file.write_text("no-web = true\n", encoding="utf-8")
    assert not parse()["no-web"]
    for given in (parse("--no-web"), parse(NETCHAT_NO_WEB="true"), parse(f"--options-file={file}")):
        assert given["no-web"] is True
    assert parse(f"--options-file={file}", NETCHAT_NO_WEB="false")["no-web"] is False
    assert "--no-web wants true or false, not 'maybe'" in refusal(NETCHAT_NO_WEB="maybe")


def test_variables_of_kubernetes_and_docker_links_are_ignored() -> None:
    options = parse(
        NETCHAT_SERVICE_HOST="10.0.0.1",
        NETCHAT_PORT="tcp://10.0.0.1:5001",
        NETCHAT_PORT_5001_TCP_ADDR="10.0.0.1",
        NETCHAT_NAME="/guest/netchat",
    )
    assert options.limits.conversation == ConversationLimits()
    assert "NETCHAT_PORT" in refusal(NETCHAT_PORT="6001")


def test_an_empty_variable_counts_as_not_set() -> None:
    options = parse(NETCHAT_MOTD="", NETCHAT_HISTORY="", NETCHAT_LISTEN="")
    assert options.limits.conversation == ConversationLimits()
    assert options["listen"] == ("tcp:5001", "tcp6:5001")


def test_help_is_shown_in_spite_of_a_wrong_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse("--help", NETCHAT_HISTROY="5")
    assert stopped.value.code == 0
    assert "--history" in capsys.readouterr().out


def test_variables_without_the_prefix_are_ignored() -> None:
    assert parse(NETCHATTER="x", HISTORY="x").limits.conversation == ConversationLimits()


def test_help_shows_every_option_with_its_default_and_what_0_means() -> None:
    text = " ".join(parse().getUsage(width=1000).split())
    for name, setting in SETTINGS.items():
        if setting.kind is Kind.FLAG:
            assert f"--{name} {setting.help}" in text
        else:
            default = _default_in_help(setting.default)
            assert f"--{name}= {setting.help}{default}" in text
        assert setting.kind is not Kind.NUMBER or f" 0: {setting.at_zero}." in setting.help
    assert "NETCHAT_" in text
    assert "[default: 262144]" in text
    assert "[default: tcp:5001 tcp6:5001]" in text


def _default_in_help(default: object) -> str:
    shown = " ".join(default) if isinstance(default, tuple) else default
    return "" if shown in (None, "") else f" [default: {shown}]"


def test_the_help_shows_as_the_default_what_the_environment_sets() -> None:
    environment = {"NETCHAT_DATA": "/srv/chat", "NETCHAT_LISTEN": "tcp:6001 tcp:6002"}
    shown = " ".join(Options(environment).getUsage(width=1000).split())
    assert "keeps nothing on disk. [default: /srv/chat]" in shown
    assert "May be given several times. [default: tcp:6001 tcp:6002]" in shown
    assert "/srv/chat" not in Options({}).getUsage(width=1000)


def test_an_option_is_given_in_any_of_the_three_places(tmp_path: Path) -> None:
    file = tmp_path / "options.toml"
    file.write_text('listen = ["tcp:5001"]\n', encoding="utf-8")
    given = Options({"NETCHAT_HISTORY": "50"})
    given.parseOptions(["--motd", "/dev/null", "--options-file", str(file)])
    assert [given.is_given(name) for name in ("motd", "history", "listen", "data")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_user_without_a_home_directory_has_to_give_the_data_directory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SETTINGS, "data", replace(SETTINGS["data"], default=""))
    with pytest.raises(SystemExit, match="--data wants a directory, or :memory:"):
        Options({}).parseOptions([])


@pytest.mark.parametrize("option", ["--data", "--listening-file"])
def test_a_home_directory_of_nobody_is_refused(option: str) -> None:
    with pytest.raises(SystemExit, match="nobody's home directory is '~nobody-there/x'"):
        Options({}).parseOptions([option, "~nobody-there/x"])
