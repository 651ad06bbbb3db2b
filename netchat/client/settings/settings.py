"""The user's settings: read at the start, shown and changed by `/set`."""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableMapping
from dataclasses import replace
from typing import Any

from netchat.client.settings.settings_file import SERVERS, SettingsFile, SettingsFileError
from netchat.client.settings.values import (
    DEFAULTS,
    SETTINGS,
    Values,
    unknown_setting,
    wrong_value,
)
from netchat.model.sanitize import sanitize

COMMAND = "/set"
RESET = "-"
"""The value that stands for the default."""
_COLUMNS = 5
"""Columns of a value in the list of the settings."""
USAGE = "/set [NAME [VALUE]]"
PURPOSE = "show or change your settings; - for the default"


class Settings:
    """The settings in `file`. What is wrong there is reported in `problems`, and has no effect.

    Those called as one of `without` do not exist.
    """

    __slots__ = ("_file", "_observers", "_without", "current", "problems")

    def __init__(self, file: SettingsFile, without: Collection[str] = ()) -> None:
        self.current = DEFAULTS
        """The values that hold now."""
        self.problems: list[str] = []
        """One sentence for each thing in the file that is wrong, which says what to do."""
        self._file = file
        self._without = without
        self._observers: list[Callable[[], None]] = []
        try:
            self._load(file.load())
        except SettingsFileError as error:
            self.problems.append(f"{error}; correct that, until then the defaults hold.")

    def on_change(self, observer: Callable[[], None]) -> None:
        """Call `observer` after each change."""
        self._observers.append(observer)

    def command(self, typed: str) -> list[str] | None:
        """Return the lines that answer `typed`, None if it is not this command.

        A line that begins with `!` says why nothing was changed.
        """
        word, _, rest = typed.strip().partition(" ")
        if word.lower() != COMMAND:
            return None
        name, _, value = rest.strip().partition(" ")
        if not name:
            return self.lines()
        if self._has(name.lower()) and not value.strip():
            return self._lines(name.lower())
        return [self.set(name, value.strip())]

    def lines(self) -> list[str]:
        """Return what each setting is, takes and means; in two lines if it is long."""
        return [line for name in SETTINGS if self._has(name) for line in self._lines(name)]

    def set(self, name: str, value: str) -> str:
        """Set `name` to `value`, here and in the file; return what has happened, in a sentence.

        It begins with `*`, or with `!` if something is wrong.
        """
        name, value = name.lower(), sanitize(value)
        if not self._has(name):
            return f"! {_capitalized(unknown_setting(sanitize(name)))}"
        setting = SETTINGS[name]
        try:
            parsed = getattr(DEFAULTS, name) if value == RESET else setting.parse(value)
        except ValueError:
            return f"! {_capitalized(wrong_value(name))}; nothing was changed."
        stored = setting.store(parsed)

        def edit(document: MutableMapping[str, Any]) -> None:
            if value == RESET:
                document.pop(name, None)
            else:
                document[name] = stored

        changed: dict[str, Any] = {name: parsed}
        self.current = replace(self.current, **changed)
        shown = setting.show(parsed) or "empty"
        sentence = f"* {name} is {shown} from now on."
        try:
            self._file.change(edit)
        except SettingsFileError as error:
            sentence = f"! {name} is {shown} in this run only, because {error}."
        for observer in self._observers:
            observer()
        return sentence

    def _has(self, name: str) -> bool:
        return name in SETTINGS and name not in self._without

    def _load(self, content: dict[str, Any]) -> None:
        values: dict[str, Any] = {}
        for name, given in content.items():
            if name == SERVERS:
                continue
            if name not in SETTINGS:
                self._report(name, unknown_setting(sanitize(name)))
                continue
            try:
                values[name] = SETTINGS[name].parse(given)
            except ValueError:
                self._report(name, f"{wrong_value(name)}.")
        self.current = Values(**values)

    def _report(self, name: str, problem: str) -> None:
        self.problems.append(f"{self._file.place(name)}: {problem}")

    def _lines(self, name: str) -> list[str]:
        setting = SETTINGS[name]
        shown = setting.show(getattr(self.current, name)) or RESET
        rest = f"{setting.takes}: {setting.meaning}"
        if len(shown) <= _COLUMNS:
            return [f"  {name:<9} {shown:<{_COLUMNS}} {rest}"]
        return [f"  {name:<9} {shown}", f"  {'':<9} {'':<{_COLUMNS}} {rest}"]


def _capitalized(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
