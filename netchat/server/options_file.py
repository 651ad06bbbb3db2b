"""The options file: the options of the command line in TOML, without the dashes.

# Limits of this network.
history = 20
lobby = "hall"
listen = ["tcp:5001", "unix:/run/netchat"]

Comments after a value are accepted. Source: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum

from netchat.model.lines import lines_of
from netchat.model.text_file import TextFile

_LINE = re.compile(r"\s*([\w-]+)\s*=?\s*(.*)")
"""The name and the value of an option, in TOML or in the older format `history 20`."""
_COMMENT = re.compile(r"\s+#.*")
_PLACE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)$")
_UNCLOSED = re.compile("Unclosed|Unterminated|Expected .'''")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NUMBER_BOUND = 1e15
_EXAMPLE = "NAME = VALUE, such as history = 20"


class Kind(Enum):
    """The type of an option's value; the value of a member is an example."""

    NUMBER = "20"
    TEXT = "text"
    LIST = "text, text"
    FLAG = "true"


@dataclass(frozen=True, slots=True)
class OptionsFile:
    """A parsed options file: `values` has the text of each option, or its texts if a LIST."""

    path: str = ""
    text: str = ""
    values: dict[str, str | list[str]] = field(default_factory=dict)

    def place_of(self, name: str) -> str:
        """Return the path, and the number of the line of option `name` if only one matches."""
        key = re.compile(rf"""\s*\[?\s*["']?{re.escape(name)}["']?\s*[]=.]""")
        numbers = [number for number, line in enumerate(lines_of(self.text), 1) if key.match(line)]
        return f"{self.path} line {numbers[0]}" if len(numbers) == 1 else self.path


def parse_options(read: TextFile, kinds: Mapping[str, Kind]) -> OptionsFile:
    """Parse the file that was `read`, which may have the options in `kinds`.

    Raises ValueError with the path, the line and what to write instead.
    """
    path = read.path
    file = OptionsFile(path, read.text)
    try:
        document = tomllib.loads(file.text)
    except (ValueError, RecursionError) as error:
        raise ValueError(_file_error(path, lines_of(file.text), str(error), kinds)) from None
    for name, value in document.items():
        where = file.place_of(name)
        if isinstance(value, dict):
            raise ValueError(f"{where} has a table, {name!r}: write each option as {_EXAMPLE}")
        if name not in kinds:
            raise ValueError(f"{where} has {_unknown_option(name, kinds)}")
        file.values[name] = _text_of(name, value, kinds[name], where)
    return file


def _text_of(name: str, value: object, kind: Kind, where: str) -> str | list[str]:
    """Return `value` as on the command line; ValueError if it is not of type `kind`.

    A single text is accepted as a LIST of one.
    """
    if kind is Kind.NUMBER and _is_number(value):
        return str(value)
    if kind is Kind.FLAG and isinstance(value, bool):
        return str(value).lower()
    if kind is Kind.TEXT and isinstance(value, str):
        return _check_text(name, value, where)
    if kind is Kind.LIST and isinstance(value, str):
        return [_check_text(name, value, where)]
    if kind is Kind.LIST and isinstance(value, list):
        texts = [_check_text(name, item, where) for item in value if isinstance(item, str)]
        if len(texts) == len(value):
            return texts
    items = value if isinstance(value, list) else [value]
    texts = [str(item) for item in items if isinstance(item, str) or _is_number(item)]
    raise ValueError(
        f"{where} has a value of the wrong type: write {_toml_line(name, texts, kind)}"
    )


def _is_number(value: object) -> bool:
    """Return whether `value` is a number of at most 15 digits before the decimal point."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -_NUMBER_BOUND < value < _NUMBER_BOUND
    )


def _check_text(name: str, value: str, where: str) -> str:
    if not value:
        raise ValueError(f"{where} has no value: write {name} = {_quoted('text')}, or remove it")
    if _CONTROL.search(value):
        raise ValueError(f"{where} has a control character: write {name} without it")
    return value


def _file_error(path: str, lines: list[str], error: str, kinds: Mapping[str, Kind]) -> str:
    """Return the sentence about a file that is not TOML; `error` is the message of tomllib."""
    place = _PLACE.search(error)
    if place is None:
        return f"{path} is not TOML that can be read: write each option as {_EXAMPLE}"
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    number = int(place[1] or last)
    return f"{path} line {number} {_line_error(lines[number - 1], lines, error, kinds)}"


def _line_error(line: str, lines: list[str], error: str, kinds: Mapping[str, Kind]) -> str:
    """Return the rest of the sentence, about the `line` in which tomllib found `error`."""
    found = _LINE.fullmatch(line)
    name, value = (found[1], found[2]) if found else ("", "")
    kind = kinds.get(name)
    if "overwrite" not in error and (_is_toml(line) or (kind is None and _UNCLOSED.match(error))):
        return "is not TOML: close the quotes or the list before it"
    if not name:
        return f"is not TOML: write each option as {_EXAMPLE}"
    if kind is None:
        return f"has {_unknown_option(name, kinds)}"
    written = _toml_line(name, _texts_in(lines if kind is Kind.LIST else [line], name, kind), kind)
    if "overwrite" in error:
        return f"has {name} a second time: write it once, such as {written}"
    return f"{'is not TOML' if value else 'has no value'}: write {written}"


def _is_toml(line: str) -> bool:
    try:
        return bool(tomllib.loads(line))
    except (ValueError, RecursionError):
        return False


def _texts_in(lines: Iterable[str], name: str, kind: Kind) -> list[str]:
    """Return the texts of option `name` in `lines`, in the older format or in invalid TOML."""
    found = [line for line in map(_LINE.fullmatch, lines) if line and line[1] == name]
    values = [_COMMENT.sub("", line[2]).strip() for line in found]
    if kind is Kind.LIST:
        values = [item for value in values for item in re.split(r"[\s,]+", value.strip("[]"))]
    return [text for value in values if (text := value.strip("\"'"))]


def _toml_line(name: str, texts: list[str], kind: Kind) -> str:
    """Return a line of TOML that sets option `name` to `texts`, or to an example if empty."""
    texts = texts or kind.value.split(", ")
    if kind is Kind.LIST:
        return f"{name} = [{', '.join(map(_quoted, texts))}]"
    if kind is Kind.FLAG:
        return f"{name} = {Kind.FLAG.value}"
    return f"{name} = {_quoted(texts[0]) if kind is Kind.TEXT else _number(texts[0])}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _number(text: str) -> str:
    """Return `text` as a number in TOML, or an example if it is not a number."""
    try:
        number = float(text)
    except ValueError:
        return Kind.NUMBER.value
    if not 0 <= number < _NUMBER_BOUND:
        return Kind.NUMBER.value
    return str(int(number) if number.is_integer() else number)


def _unknown_option(name: str, kinds: Mapping[str, Kind]) -> str:
    if near := get_close_matches(name[:40], kinds, 1):
        return f"{name!r}, which is not an option: write {near[0]}, or remove it"
    return f"{name!r}, which is not an option here: docs/options.md lists the options"
