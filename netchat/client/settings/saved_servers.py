"""The servers that the user has saved, each under a name that stands for it in a command line.

A saved name has no dot and no colon, so that no full host name and no address is ever taken for
one, and it is the name of no command.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

from netchat.client.settings.settings_file import SERVERS, SettingsFile, SettingsFileError
from netchat.model.folding import fold

_NAME = re.compile(r"[^\W\d_][\w-]{0,31}")
_RESERVED = {"localhost"}
_KINDS: Mapping[str, type] = MappingProxyType(
    {
        "address": str,
        "tls": bool,
        "ca": str,
        "fingerprint": str,
        "name": str,
        "rooms": list,
        "password_file": str,
        "account_password_file": str,
    }
)
"""What is saved of a server, by the names of the options, and of which type it is."""
_TYPES = {str: "a text in quotes", bool: "true or false", list: "a list of texts in quotes"}


class BadSavedNameError(ValueError):
    """A server cannot be saved under this name; the message is one sentence for the user."""


def can_be_saved(text: str) -> bool:
    """Return whether `text` has the form of a saved name."""
    return _NAME.fullmatch(text) is not None and fold(text) not in _RESERVED


def check_saved_name(text: str, commands: Collection[str]) -> None:
    """Raise BadSavedNameError if no server can be saved as `text`; `commands` are netchat's."""
    if fold(text) in commands:
        raise BadSavedNameError(
            f"`netchat {text}` is a command of its own; choose another name for the server."
        )
    if not can_be_saved(text):
        raise BadSavedNameError(
            f"{text!r} cannot be a name for a server; take a letter, and then letters, digits, "
            "_ and - only, without a dot, so that no host is called like that."
        )


class SavedServers:
    """The saved servers in `file`; each is a mapping of the options that reach it.

    All methods raise SettingsFileError if the file cannot be used, or has a server that is wrong.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file

    def all(self) -> dict[str, dict[str, Any]]:
        """Return every saved server by its name, in the order of the file."""
        return {name: self._parse(name, table) for name, table in self._tables().items()}

    def names(self) -> list[str]:
        """Return the names of all, in the order of the file."""
        return list(self._tables())

    def find(self, text: str) -> dict[str, Any] | None:
        """Return the server saved as `text`, None if there is none."""
        if not can_be_saved(text):
            # Without a look at the file, which may be broken.
            return None
        for name, table in self._tables().items():
            if fold(name) == fold(text):
                return self._parse(name, table)
        return None

    def save(self, name: str, options: Mapping[str, Any]) -> dict[str, Any] | None:
        """Save the server that `options` reach as `name`; return the one that it replaces."""
        replaced = self.find(name)
        stored = next((one for one in self._tables() if fold(one) == fold(name)), fold(name))

        def edit(document: MutableMapping[str, Any]) -> None:
            import tomlkit

            if SERVERS not in document:
                document[SERVERS] = tomlkit.table(is_super_table=True)
            if stored not in document[SERVERS]:
                document[SERVERS][stored] = tomlkit.table()
            table = document[SERVERS][stored]
            for option, kind in _KINDS.items():
                if options.get(option):
                    table[_toml_key(option)] = kind(options[option])
                else:
                    table.pop(_toml_key(option), None)

        self._file.change(edit)
        return replaced

    def forget(self, text: str) -> bool:
        """Remove the server saved as `text`; return whether there was one."""
        found = [name for name in self._tables() if fold(name) == fold(text)]

        def edit(document: MutableMapping[str, Any]) -> None:
            for name in found:
                document[SERVERS].pop(name, None)

        if found:
            self._file.change(edit)
        return bool(found)

    def _tables(self) -> dict[str, Any]:
        tables = self._file.load().get(SERVERS, {})
        if not isinstance(tables, dict):
            raise SettingsFileError(f"{self._file.place(SERVERS)}: {SERVERS} is not a table")
        return tables

    def _parse(self, name: str, table: object) -> dict[str, Any]:
        if not isinstance(table, dict) or not table.get("address"):
            raise SettingsFileError(f"{self._file.place(SERVERS, name)}: {name} has no address")
        options: dict[str, Any] = {}
        for key, value in table.items():
            option = key.replace("-", "_")
            kind = _KINDS.get(option)
            words = value if isinstance(value, list) else []
            place = self._file.place(SERVERS, name, key)
            if kind is None:
                known = ", ".join(map(_toml_key, _KINDS))
                raise SettingsFileError(f"{place}: a server has no {key}, but {known}")
            if not isinstance(value, kind) or not all(isinstance(word, str) for word in words):
                raise SettingsFileError(f"{place}: {key} takes {_TYPES[kind]}")
            options[option] = value
        return options


def _toml_key(option: str) -> str:
    return option.replace("_", "-")
