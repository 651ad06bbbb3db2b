"""The error for which a server does not start."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class StartError(Exception):
    """The server cannot start; the message is one sentence that says why, and what to do."""


def print_start_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print a StartError as one sentence, and any other error with its traceback."""
    if isinstance(error, StartError):
        print(f"netchat: {error}", file=sys.__stderr__)
    else:
        sys.__excepthook__(kind, error, trace)
