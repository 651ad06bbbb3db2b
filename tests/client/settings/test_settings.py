"""The settings of the client: `/set`, and the file that it writes."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netchat.client.settings.settings import Settings
from netchat.client.settings.settings_file import SettingsFile
from netchat.client.settings.values import DEFAULTS, SETTINGS, Values


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "netchat" / "client.toml"


def settings_at(path: Path | None) -> Settings:
    """Return the settings that a client reads which starts now."""
    return Settings(SettingsFile(path))


def written(path: Path, text: str) -> Settings:
    """Return the settings of a file with `text`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return settings_at(path)


def test_each_setting_is_listed_in_one_row_of_a_terminal(path: Path) -> None:
    lines = settings_at(path).lines()
    assert [line.split()[0] for line in lines] == list(SETTINGS)
    assert max(map(len, lines)) < 80


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    settings = settings_at(path)
    assert (settings.current, settings.problems) == (DEFAULTS, [])
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "typed", "value", "answer"),
    [
        ("times", "on", "on", "* times is on from now on."),
        ("TIMES", "OFF", "off", "* times is off from now on."),
        ("joins", "all", "all", "* joins is all from now on."),
        ("bell", "off", False, "* bell is off from now on."),
        ("reader", "true", None, "! Reader takes on or off; nothing was changed."),
        ("highlight", "lunch, deploy", ("lunch", "deploy"), "* highlight is lunch deploy from now"),
        ("name", "Zoë", "Zoë", "* name is Zoë from now on."),
        ("name", "-", "", "* name is empty from now on."),
    ],
)
def test_a_setting_is_set_now_and_for_the_next_run(
    path: Path, name: str, typed: str, value: object, answer: str
) -> None:
    settings = settings_at(path)
    assert settings.set(name, typed).startswith(answer)
    kept = getattr(DEFAULTS, name.lower()) if value is None else value
    assert getattr(settings.current, name.lower()) == kept
    assert settings_at(path).current == settings.current


def test_the_file_can_be_read_by_its_owner_only_and_nothing_is_left_beside_it(path: Path) -> None:
    settings_at(path).set("times", "on")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["client.toml"]


def test_comments_and_the_order_of_the_lines_are_kept(path: Path) -> None:
    text = (
        "# mine\n"
        "joins = 'off'   # a crowd\n"
        "\n"
        "# never at night\n"
        "bell = false\n"
        "\n"
        "[servers.class]  # room 12\n"
        'address = "chat.example.org:5001"\n'
    )
    settings = written(path, text)
    assert settings.current == Values(joins="off", bell=False)
    settings.set("joins", "all")
    settings.set("times", "on")
    assert path.read_text() == text.replace("'off' ", '"all" ').replace(
        "bell = false\n", 'bell = false\ntimes = "on"\n'
    )


def test_a_setting_goes_back_to_its_default(path: Path) -> None:
    settings = written(path, 'times = "on"\nbell = "off"\n')
    assert settings.set("times", "-") == "* times is auto from now on."
    assert settings.set("times", "-") == "* times is auto from now on."
    assert path.read_text() == 'bell = "off"\n'


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("times", "maybe", "! Times takes auto, on or off; nothing was changed."),
        ("joins", "", "! Joins takes off, fold or all; nothing was changed."),
        ("name", "two words", "! Name takes one word; nothing was changed."),
        ("colors", "dark", "! There is no setting 'colors'; did you mean colours?"),
        ("servers", "x", "! There is no setting 'servers'; there are status, times, joins, "),
        (
            "highlight",
            " ".join(map(str, range(51))),
            "! Highlight takes words, at most 50; nothing",
        ),
    ],
)
def test_what_cannot_be_set_is_refused_with_what_can_be(
    path: Path, name: str, value: str, sentence: str
) -> None:
    settings = settings_at(path)
    assert settings.set(name, value).startswith(sentence)
    assert settings.current == DEFAULTS
    assert not path.exists()


def test_the_command_lists_shows_and_changes_settings(path: Path) -> None:
    settings = settings_at(path)
    listed = settings.command("/set") or []
    assert [line.split()[:2] for line in listed] == [
        [name, SETTINGS[name].show(getattr(DEFAULTS, name)) or "-"] for name in SETTINGS
    ]
    assert settings.command(" /SET joins off ") == ["* joins is off from now on."]
    (shown,) = settings.command("/set Joins") or []
    assert shown.startswith("  joins     off   off, fold or all: who joins and leaves")
    assert settings.command("/set joins\x1b[2J x") == [
        "! There is no setting 'joins[2j'; did you mean joins?"
    ]
    settings.set("highlight", "lunch deploy")
    assert settings.command("/set highlight") == [
        "  highlight lunch deploy",
        "                  words, at most 50: they count as your name",
    ]
    for other in ("/settle", "set joins off", "//set", "hello"):
        assert settings.command(other) is None


def test_who_observes_the_settings_is_told_of_each_change(path: Path) -> None:
    settings = settings_at(path)
    seen: list[str] = []
    settings.on_change(lambda: seen.append(settings.current.joins))
    settings.set("joins", "all")
    settings.set("joins", "nonsense")
    settings.set("joins", "off")
    assert seen == ["all", "off"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("bell = 'off'\ntimes on\n", "line 2, is not TOML: expected '=' after a key"),
        ("bell = [\n", "line 1, is not TOML: "),
        ('a = "x', "line 1, is not TOML: "),
        ("bell = 'off'\nbell = 'on'\n", "line 2, is not TOML: cannot overwrite a value"),
        ("\n\nname = '\udcff'\n", "line 3, is not UTF-8"),
    ],
)
def test_a_broken_file_is_reported_with_the_line_and_the_defaults_hold(
    path: Path, text: str, problem: str
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode(errors="surrogateescape"))
    settings = settings_at(path)
    (sentence,) = settings.problems
    assert sentence.startswith(f"{path}, {problem}")
    assert sentence.endswith("; correct that, until then the defaults hold.")
    assert sentence.count("\n") == 0
    assert settings.current == DEFAULTS
    before = path.read_bytes()
    answer = settings.set("times", "on")
    assert answer.startswith(f"! times is on in this run only, because {path}, {problem}")
    assert settings.current.times == "on"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\nbell = 'loud'\ntimes = 'on'\n", "line 2: bell takes on or off."),
        ("bell = 7\ntimes = 'on'\n", "line 1: bell takes on or off."),
        ("times = 'on'\ntime = 'off'\n", "line 2: there is no setting 'time'; did you mean times?"),
        ("times = 'on'\n[bell]\nloud = 1\n", "line 2: bell takes on or off."),
        ("times = 'on'\nname = ['x']\n", "line 2: name takes one word."),
    ],
)
def test_one_wrong_setting_is_reported_with_its_line_and_the_others_hold(
    path: Path, text: str, problem: str
) -> None:
    settings = written(path, text)
    assert settings.problems == [f"{path}, {problem}"]
    assert settings.current == Values(times="on")


def test_a_file_that_cannot_be_read_or_written_is_reported(path: Path) -> None:
    path.mkdir(parents=True)
    settings = settings_at(path)
    assert settings.problems == [
        f"{path} cannot be read (Is a directory); correct that, until then the defaults hold."
    ]
    assert settings.set("times", "on") == (
        f"! times is on in this run only, because {path} cannot be read (Is a directory)."
    )


def test_a_user_without_a_home_directory_has_settings_for_this_run() -> None:
    settings = settings_at(None)
    assert settings.problems == []
    assert settings.set("times", "on") == (
        "! times is on in this run only, because you have no home directory."
    )
    assert settings.current.times == "on"


def test_what_several_clients_set_at_the_same_time_is_all_kept(path: Path) -> None:
    path.parent.mkdir(parents=True)
    chosen = {"times": "on", "joins": "all", "bell": "off", "colours": "dark", "reader": "on"}
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda one: settings_at(path).set(*one), chosen.items()))
    current = settings_at(path).current
    assert current == Values(times="on", joins="all", bell=False, colours="dark", reader=True)


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "client.toml"
    kept.parent.mkdir()
    kept.write_text("# mine\n")
    path.parent.mkdir(parents=True)
    path.symlink_to(kept)
    settings_at(path).set("times", "on")
    assert path.is_symlink()
    assert kept.read_text() == '# mine\ntimes = "on"\n'
