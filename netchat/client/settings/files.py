"""Files that only their owner can read, and that are replaced all at once."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

_MAX_FILE_NAME = 200


def replace_file(path: Path, content: bytes, *, durable: bool) -> None:
    """Replace the file `path`; afterwards it has all of `content`, and only its owner can read it.

    A link to a file stays one. With `durable`, that also holds after the system fails. Raises
    OSError, and then the file is as before.
    """
    # Imported here because most runs write no file.
    import tempfile

    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes files that only their owner can read.
    file, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(file, "wb") as opened:
            opened.write(content)
            opened.flush()
            if durable:
                os.fsync(file)
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def file_name(address: str) -> str:
    """Return the name of a file about the server at `address`, without an ending."""
    name = quote(address.lower(), safe="")
    if len(name) > _MAX_FILE_NAME:
        # Imported here because it loads OpenSSL.
        from hashlib import sha256

        name = sha256(name.encode()).hexdigest()
    return name
