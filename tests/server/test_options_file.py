"""The options file: one level of TOML, and the sentence about a file that is not valid."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.model.text_file import read_text_file
from netchat.server.options_file import Kind, parse_options
from netchat.server.settings import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {name: setting.kind for name, setting in SETTINGS.items() if name != "options-file"}
# The text of an option has no control characters and no surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
NUMBER = st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14)


def read(path: Path, content: str | bytes) -> dict[str, str | list[str]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parse_options(read_text_file(str(path)), KINDS).values


def refusal(path: Path, content: str | bytes) -> str:
    """Return the sentence that refuses `content`, with FILE in place of the path."""
    with pytest.raises(ValueError, match=re.escape(str(path))) as refused:
        read(path, content)
    return str(refused.value).replace(str(path), "FILE")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "netchat.toml"


def test_options_are_numbers_texts_and_lists(file: Path) -> None:
    content = 'history = 20\nrate = 2.5\nlobby = "hall"\nlisten = ["tcp:5001", "unix:/run/n"]\n'
    assert read(file, content) == {
        "history": "20",
        "rate": "2.5",
        "lobby": "hall",
        "listen": ["tcp:5001", "unix:/run/n"],
    }


def test_one_endpoint_needs_no_list(file: Path) -> None:
    assert read(file, 'listen = "tcp:5001"\ndeny = []\n') == {"listen": ["tcp:5001"], "deny": []}


def test_a_byte_order_mark_crlf_and_comments_are_accepted(file: Path) -> None:
    content = '\ufeff# of ours\r\nhistory = 20 # lines\r\n\r\nlobby = "#hall" # a room\r\n'
    assert read(file, content) == {"history": "20", "lobby": "#hall"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("history 20", "history = 20"),
        ("  history\t020  # lines", "history = 20"),
        ("rate .5", "rate = 0.5"),
        ("motd /etc/motd", 'motd = "/etc/motd"'),
        ("motd = /etc/motd", 'motd = "/etc/motd"'),
        ("motd=/etc/my motd", 'motd = "/etc/my motd"'),
        ('motd "/etc/motd"', 'motd = "/etc/motd"'),
        ("lobby = hall", 'lobby = "hall"'),
        ("listen tcp:5001", 'listen = ["tcp:5001"]'),
        ("listen = tcp:5001 unix:/run/n", 'listen = ["tcp:5001", "unix:/run/n"]'),
        ("listen tcp:1\nhistory = 5\nlisten tcp:2", 'listen = ["tcp:1", "tcp:2"]'),
        ("deny = [10.0.0.0/8, 10.1.0.0/16]", 'deny = ["10.0.0.0/8", "10.1.0.0/16"]'),
        ("history many", "history = 20"),
        ('lobby = "hall', 'lobby = "hall"'),
    ],
)
def test_a_line_of_the_old_format_is_refused_with_the_new_one(
    file: Path, old: str, new: str
) -> None:
    assert refusal(file, f"\n# of ours\n{old}\nmax-line = 1000\n") == (
        f"FILE line 3 is not TOML: write {new}"
    )
    assert tomllib.loads(new)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            "\nhistroy = 5",
            "FILE line 2 has 'histroy', which is not an option: write history, or",
        ),
        ("histroy 5", "FILE line 1 has 'histroy', which is not an option: write history, or"),
        (
            "options-file = 'x'",
            "FILE line 1 has 'options-file', which is not an option",
        ),
        ("history", "FILE line 1 has no value: write history = 20"),
        ("history =\nrate = 1", "FILE line 1 has no value: write history = 20"),
        ('motd = ""', 'FILE line 1 has no value: write motd = "text", or remove it'),
        ("history = 5\n\nhistory = 6\n", "FILE line 3 has history a second time: write it once"),
        ('history = "20"', "FILE line 1 has a value of the wrong type: write history = 20"),
        ("history = true", "FILE line 1 has a value of the wrong type: write history = 20"),
        ("history = 0x" + "f" * 9000, "FILE line 1 has a value of the wrong type: write history"),
        ("rate = inf", "FILE line 1 has a value of the wrong type: write rate = 20"),
        ("lobby = 5", 'FILE line 1 has a value of the wrong type: write lobby = "5"'),
        ("lobby = 2026-01-01", 'FILE line 1 has a value of the wrong type: write lobby = "text"'),
        ("lobby = ['a']", 'FILE line 1 has a value of the wrong type: write lobby = "a"'),
        ("deny = [1, 2]", 'FILE line 1 has a value of the wrong type: write deny = ["1", "2"]'),
        ("deny = ['']", 'FILE line 1 has no value: write deny = "text", or remove it'),
        ('motd = "a\\u0000b"', "FILE line 1 has a control character: write motd without it"),
        ("[server]\nhistory = 5", "FILE line 1 has a table, 'server': write each option as NAME"),
        ("a = {}\n", "FILE line 1 has a table, 'a': write each option as NAME = VALUE, such as"),
        (
            "deny = ['a'\nhistory = 5\n",
            "FILE line 2 is not TOML: close the quotes or the list before",
        ),
        ("deny = ['a',\n'b'\n", "FILE line 2 is not TOML: close the quotes or the list before it"),
        ('motd = """a\nb\n', "FILE line 2 is not TOML: close the quotes or the list before it"),
        ("motd = '''a\nb\n", "FILE line 2 is not TOML: close the quotes or the list before it"),
        (
            "deny = 'a'\ndeny = 'b'",
            "FILE line 2 has deny a second time: write it once, such as deny",
        ),
        ("# ok\n]\n", "FILE line 2 is not TOML: write each option as NAME = VALUE, such as"),
        ("history = " + "9" * 9000, "FILE is not TOML that can be read: write each option as"),
        ("deny = " + "[" * 5000, "FILE is not TOML that can be read: write each option as"),
        ("\x00", "FILE line 1 is not TOML: write each option as NAME = VALUE, such as history"),
        (b"\xff\xfeh\x00", "wants a text file in UTF-8, and FILE is not one"),
    ],
)
def test_an_error_is_refused_with_its_line_and_what_to_write(
    file: Path, content: str | bytes, why: str
) -> None:
    sentence = refusal(file, content)
    assert sentence.startswith(why)
    assert "\n" not in sentence


@settings(deadline=None)  # they read files
@given(
    st.binary()
    | st.text().map(str.encode)
    | st.lists(
        st.sampled_from([*KINDS, *" =[]\n\r\"'#.,{}-1", "true", "\n\n", " 20\n", "2020-01-01"])
    ).map(lambda parts: "".join(parts).encode())
)
def test_any_bytes_are_parsed_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any"
    values: dict[str, str | list[str]] = {}
    refused: ValueError | None = None
    try:
        values = read(file, content)
    except ValueError as error:
        refused = error
    assert values.keys() <= KINDS.keys()
    if refused is not None:
        assert type(refused) is ValueError
        assert str(file) in str(refused)
        assert "\n" not in str(refused)


def values_of(kind: Kind) -> st.SearchStrategy[object]:
    values: dict[Kind, st.SearchStrategy[object]] = {
        Kind.NUMBER: NUMBER,
        Kind.TEXT: TEXT,
        Kind.LIST: st.lists(TEXT),
        Kind.FLAG: st.booleans(),
    }
    return values[kind]


def toml_of(value: object) -> str:
    """Return `value` in TOML; its strings are toml_of as in JSON."""
    if isinstance(value, list):
        return f"[{', '.join(map(toml_of, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def as_given(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | list) else str(value)


@settings(deadline=None)  # they read files
@given(
    st.fixed_dictionaries({}, optional={name: values_of(kind) for name, kind in KINDS.items()}),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["", " # why"]),
)
def test_a_written_value_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    values: dict[str, object],
    end: str,
    mark: str,
    comment: str,
) -> None:
    lines = [f"{name} = {toml_of(value)}{comment}{end}" for name, value in values.items()]
    file = tmp_path_factory.getbasetemp() / "written"
    assert read(file, mark + "".join(lines)) == {
        name: as_given(value) for name, value in values.items()
    }


@settings(deadline=None)  # they read files
@given(st.sampled_from(sorted(KINDS)), st.from_regex(r"[a-z0-9:/._=,\[\]-]{1,20}", fullmatch=True))
def test_the_line_suggested_in_place_of_an_old_one_is_valid(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "old"
    sentence = refusal(file, f"{name} {value}\n") if value[0] not in "=[" else ""
    if sentence:
        _, shown = sentence.split("is not TOML: write ")
        assert read(file, shown).keys() == {name}
