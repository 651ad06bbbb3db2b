"""The settings of the client: their names, what they take, and their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from netchat.model.words import is_single_word

_MAX_WORDS = 50
"""How many words can be watched."""


@dataclass(frozen=True, slots=True)
class Values:
    """The values of all settings; the defaults are here."""

    status: bool = True
    times: Literal["auto", "on", "off"] = "auto"
    joins: Literal["off", "fold", "all"] = "fold"
    bell: bool = True
    notify: bool = True
    highlight: tuple[str, ...] = ()
    colours: Literal["auto", "light", "dark", "off"] = "auto"
    reader: bool = False
    name: str = ""
    rooms: bool = True


DEFAULTS = Values()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it does, and what it takes.

    `parse` returns the value of what stands in the file or was typed, and raises ValueError if that
    is none. `show` returns a value as it is typed, and `store` as it stands in the file. `words`
    are all that it takes, if that is a few words.
    """

    meaning: str
    takes: str
    parse: Callable[[object], object]
    show: Callable[[object], str]
    store: Callable[[object], str | list[str]]
    words: tuple[str, ...] = ()


def _choice(meaning: str, *words: str) -> Setting:
    def parse(given: object) -> object:
        # In TOML, people write true for on.
        text = {True: "on", False: "off"}.get(given) if isinstance(given, bool) else given
        if not isinstance(text, str) or text.lower() not in words:
            raise ValueError
        return text.lower()

    takes = f"{', '.join(words[:-1])} or {words[-1]}"
    return Setting(meaning, takes, parse, str, str, words)


def _switch(meaning: str) -> Setting:
    words = _choice(meaning, "on", "off")

    def show(value: object) -> str:
        return "on" if value else "off"

    def parse(given: object) -> bool:
        return words.parse(given) == "on"

    return Setting(meaning, words.takes, parse, show, show, words.words)


def _parse_words(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        given = given.replace(",", " ").split()
    if not isinstance(given, list) or len(given) > _MAX_WORDS:
        raise ValueError
    if not all(isinstance(word, str) and is_single_word(word) for word in given):
        raise ValueError
    return tuple(dict.fromkeys(given))


def _list(value: object) -> list[str]:
    assert isinstance(value, Sequence), "it is a tuple of words"
    return list(value)


def _parse_name(given: object) -> str:
    if not isinstance(given, str) or (given and not is_single_word(given)):
        raise ValueError
    return given


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "status": _switch("the line below the prompt, with rooms and topic"),
        "times": _choice("the time before lines; auto: after a silence", "auto", "on", "off"),
        "joins": _choice("who joins and leaves; fold: in one line", "off", "fold", "all"),
        "bell": _switch("the bell, when you are named or written to"),
        "notify": _switch("the window's title and a notification for that"),
        "highlight": Setting(
            "they count as your name",
            f"words, at most {_MAX_WORDS}",
            _parse_words,
            lambda value: " ".join(_list(value)),
            _list,
        ),
        "colours": _choice("for a light or a dark ground", "auto", "light", "dark", "off"),
        "reader": _switch("for a screen reader: lines are never drawn again"),
        "name": Setting(
            "suggested where you have no name yet",
            "one word",
            _parse_name,
            str,
            str,
        ),
        "rooms": _switch("open the rooms of last time again"),
    }
)
"""Each setting by its name."""


def wrong_value(name: str) -> str:
    """Return what the setting called `name` takes, in the words of an error."""
    setting = SETTINGS[name]
    return f"{name} takes {setting.takes}"


def unknown_setting(name: str) -> str:
    """Return the sentence that there is no setting called `name`, and which one may be meant."""
    # Imported here because it is needed for an error only.
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), SETTINGS, n=1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(SETTINGS)}."
    return f"there is no setting {name!r}; {meant}"
