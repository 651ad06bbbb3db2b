"""The unix socket by which `netchat admin` reaches the server that uses a data directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "admin.sock"
"""Its name in the directory."""
MAX_LINE = 64 * 1024
"""The most bytes of a request, with its line end."""
_LONGEST = 107
"""The longest path of a socket, in bytes (Linux: 108 with the NUL at its end)."""
_DESCRIPTORS = "/proc/self/fd"


@contextmanager
def socket_path(directory: Path) -> Iterator[str]:
    """Yield a path of the socket in `directory` that is short enough, good within the block.

    OSError if the directory cannot be opened, or where a path is too long and the system knows no
    shorter one.
    """
    path = str(directory / FILE)
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        short = f"{_DESCRIPTORS}/{descriptor}"
        yield f"{short}/{FILE}" if os.path.isdir(short) else path
    finally:
        os.close(descriptor)
