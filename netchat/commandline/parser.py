"""The parser of a command line, for every command of `netchat`."""

from __future__ import annotations

import argparse
import textwrap
from itertools import groupby
from typing import IO, Any, NoReturn

from netchat.commandline.output import LOST, Output
from netchat.model.lines import lines_of

_MAX_COLUMNS = 98
"""Columns of a paragraph; wider ones are hard to read."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Wraps paragraphs for the terminal; lines that are indented stay as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for is_prose, group in groupby(lines_of(text), _is_prose):
            if is_prose:
                lines += textwrap.wrap(" ".join(group), min(width, _MAX_COLUMNS))
            else:
                lines += group
        return "\n".join(f"{indent}{line}" for line in lines)


def _is_prose(line: str) -> bool:
    return bool(line) and not line.startswith(" ")


class Parser(argparse.ArgumentParser):
    """The parser of `program`'s command line.

    It exits with `error_code` after an error, and with `code_if_lost` if its help cannot be
    written; both come with one sentence on stderr.
    """

    def __init__(
        self,
        program: str,
        purpose: str,
        ending: str,
        *,
        error_code: int = 2,
        code_if_lost: int = LOST,
        **more: Any,
    ) -> None:
        super().__init__(
            prog=program,
            description=purpose,
            epilog=ending,
            formatter_class=_Help,
            allow_abbrev=False,
            **more,
        )
        self._error_code = error_code
        self._code_if_lost = code_if_lost
        self._output = Output(code_if_lost)

    def output(self) -> Output:
        """Return the stdout of the command."""
        return Output(self._code_if_lost)

    def print_help(self, file: IO[str] | None = None) -> None:  # type: ignore[override]
        """Print the help; argparse would ignore a full disk."""
        if file is None:
            self._output.print(self.format_help().rstrip("\n"))
        else:
            super().print_help(file)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Exit with `status`, after `message` on stderr."""
        super().exit(self._output.close(status), message)

    def error(self, message: str) -> NoReturn:
        """Exit with `message` and a hint at --help."""
        self.refuse(f"{message}; {self.prog} --help shows what can be given.")

    def refuse(self, sentence: object) -> NoReturn:
        """Exit with `sentence`."""
        self.exit(self._error_code, f"netchat: {sentence}\n")
