"""The file with the settings and the saved servers, in TOML.

It is written by `/set` and `netchat save`, and by hand: what is written keeps the user's comments
and the order of the lines.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from platformdirs import user_config_path

from netchat.client.settings.files import replace_file
from netchat.model.lines import lines_of

FILE_NAME = "client.toml"
SERVERS = "servers"
"""The table of the saved servers."""
_MAX_FILE_BYTES = 1024 * 1024
_HEADER = """\
# The settings of netchat's client, and the servers that `netchat save` has saved.
# `/set` in the chat shows and changes the settings, and keeps what you write here.
"""
_PLACE = re.compile(r" \(at (line \d+), column \d+\)$")
"""Where an error is, in the words of tomllib."""
_AT_END = " (at end of document)"


class SettingsFileError(Exception):
    """The file cannot be used; the message is a clause that names the file, and the line."""


class SettingsFile:
    """The file at `path`; None for a user without a home directory, whose file is always empty."""

    __slots__ = ("_path",)

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @classmethod
    def of_user(cls) -> Self:
        """Return the file of the user who runs this program."""
        try:
            return cls(user_config_path("netchat") / FILE_NAME)
        except RuntimeError:
            return cls(None)

    def __str__(self) -> str:
        return str(self._path)

    def load(self) -> dict[str, Any]:
        """Return what the file has; SettingsFileError if it cannot be read or is no TOML."""
        text = self._read()
        if not text:
            return {}
        # Imported here because most users have no file.
        import tomllib

        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsFileError(self._describe(text, str(error))) from error

    def place(self, *keys: str) -> str:
        """Return where the value of `keys` (a table, and a name in it) stands, for an error."""
        try:
            number = _line_of(self._read(), *keys)
        except SettingsFileError:
            number = 0
        return f"{self}, line {number}" if number else str(self)

    def change(self, edit: Callable[[MutableMapping[str, Any]], None]) -> None:
        """Call `edit` with the file's content, which it changes, and write that.

        What others write at the same time is not lost. Raises SettingsFileError if the file cannot
        be read or written, and then it is as before.
        """
        # Imported here because most runs only read the file.
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        path = self._path
        if path is None:
            raise SettingsFileError("you have no home directory")
        try:
            with _locked(path.resolve().parent):
                text = self._read()
                self.load()
                document = tomlkit.parse(text or _HEADER)
                edit(document)
                replace_file(path, tomlkit.dumps(document).encode(), durable=True)
        except TOMLKitError as error:
            raise SettingsFileError(f"{self} cannot be changed: {error}") from error
        except OSError as error:
            raise SettingsFileError(f"{self} cannot be written ({error.strerror})") from error

    def _read(self) -> str:
        if self._path is None:
            return ""
        try:
            with open(self._path, "rb") as file:
                content = file.read(_MAX_FILE_BYTES + 1)
            if len(content) > _MAX_FILE_BYTES:
                raise SettingsFileError(f"{self} has more than {_MAX_FILE_BYTES} bytes")
            return content.decode()
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            number = content[: error.start].count(b"\n") + 1
            raise SettingsFileError(f"{self}, line {number}, is not UTF-8") from error
        except OSError as error:
            raise SettingsFileError(f"{self} cannot be read ({error.strerror})") from error

    def _describe(self, text: str, problem: str) -> str:
        place = _PLACE.search(problem)
        number = place[1] if place else f"line {text.count(chr(10)) + (not text.endswith(chr(10)))}"
        what = _PLACE.sub("", problem).removesuffix(_AT_END)
        return f"{self}, {number}, is not TOML: {what[:1].lower()}{what[1:]}"


def _line_of(text: str, *keys: str) -> int:
    """Return the number of the line in which the last of `keys` begins, 0 if it is not found."""
    *tables, key = keys
    wanted, here = ".".join(tables), ""
    for number, line in enumerate(lines_of(text), 1):
        bare = line.strip().replace('"', "").replace("'", "")
        if header := re.match(r"\[\s*([^\[\]]*?)\s*\]", bare):
            here = re.sub(r"\s*\.\s*", ".", header[1])
            if here == ".".join(keys):
                return number
        elif here == wanted and re.match(rf"{re.escape(key)}\s*[=.]", bare):
            return number
    return 0


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep other programs of the user from changing the file in `directory`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        # Some network file systems have no locks.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
