"""The options file: what can be given on the command line, an option a line, and read again.

# Who may say how much.
history 20
max-line = 1000
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

_BETWEEN = re.compile(r"\s*=\s*|\s+")


def read_options(path: str, known: Collection[str], several: Collection[str]) -> dict[str, str]:
    """Return the text of each option in the file `path`, or raise ValueError with what is wrong.

    `known` are the options that may stand there, each once; those that are in `several` as well as
    often as wanted: their text is then joined with blanks.
    """
    options: dict[str, str] = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or line.strip().startswith("#"):
            continue
        name, _, value = _BETWEEN.sub("\n", line.strip(), count=1).partition("\n")
        if name not in known:
            raise ValueError(f"{path} has no use for {name!r} in line {number}")
        if not value:
            raise ValueError(f"{path} wants a value for {name} in line {number}")
        if name in options and name not in several:
            raise ValueError(f"{path} has {name} a second time in line {number}")
        options[name] = f"{options[name]} {value}" if name in options else value
    return options


def read_text(path: str) -> str:
    """Return the text of the file `path`, or raise ValueError with what is wrong."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeError:
        raise ValueError(f"wants a text file in UTF-8; {path} is none") from None
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
