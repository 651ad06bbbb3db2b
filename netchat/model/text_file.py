"""Text files that people write: the one way to read them, whatever their editor leaves in them.

Accepted are a byte order mark, line ends of CR LF or CR, and Ctrl-Z at the end.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass

from netchat.model.lines import lines_of

MAX_BYTES = 1024 * 1024
"""The most bytes that a text file may have, unless a purpose has a lower limit."""
_OTHERS = stat.S_IRGRP | stat.S_IROTH
_DOS_END = "\x1a"
_decoder = codecs.getincrementaldecoder("utf-8-sig")


@dataclass(frozen=True, slots=True)
class TextFile:
    """The beginning of the file `path`, at most `limit` bytes; its lines end in LF.

    `exposed` tells whether other users of this machine can read the file, `read_once` whether it is
    something like a pipe, which has nothing the second time.
    """

    path: str
    beginning: str
    limit: int = MAX_BYTES
    is_whole: bool = True
    exposed: bool = False
    read_once: bool = False

    @property
    def text(self) -> str:
        """The whole text; ValueError, which says what is wrong, if it is longer than `limit`."""
        if not self.is_whole:
            raise ValueError(
                f"wants a file of at most {self.limit} bytes, and {self.path} has more"
            )
        return self.beginning

    @property
    def lines(self) -> Sequence[str]:
        """The lines, without blank ones at the end."""
        return lines_of(self.text.rstrip("\n"))


def read_text_file(path: str, limit: int = MAX_BYTES) -> TextFile:
    """Read at most `limit` bytes of the file `path`.

    ValueError, which says what is wrong, if it cannot be read or is not UTF-8.
    """
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(limit + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    whole = len(content) <= limit
    try:
        # What is cut off may begin within a character.
        text = _decoder().decode(content[:limit], final=whole)
    except UnicodeError:
        raise ValueError(f"wants a text file in UTF-8, and {path} is not one") from None
    return TextFile(
        path,
        text.removesuffix(_DOS_END).replace("\r\n", "\n").replace("\r", "\n"),
        limit,
        whole,
        exposed=bool(status.st_mode & _OTHERS),
        read_once=not stat.S_ISREG(status.st_mode),
    )


class TextFileReader:
    """Reads text files again and again; what can be read only once is kept."""

    def __init__(self) -> None:
        self._kept: dict[str, TextFile] = {}

    @property
    def kept(self) -> Sequence[str]:
        """The paths of the files that are not read again."""
        return tuple(self._kept)

    def read(self, path: str, limit: int = MAX_BYTES) -> TextFile:
        """Return the text in the file `path`, as `read_text_file` does."""
        # A named pipe without a writer would even block the second time.
        if path in self._kept:
            return self._kept[path]
        file = read_text_file(path, limit)
        if file.read_once:
            self._kept[path] = file
        return file
