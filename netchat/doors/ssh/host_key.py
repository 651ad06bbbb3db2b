"""The key of the server, by which clients recognize it: Ed25519, made at the first start."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)
from twisted.conch.ssh.keys import Key

NAME = "ssh_host_ed25519_key"
"""The name of the file in the data directory; its format is that of OpenSSH."""


class HostKeyError(Exception):
    """The host key cannot be used: a sentence for the operator."""


def load_host_key(directory: Path | None) -> Key:
    """Return the host key in `directory`, made if there is none; None: a new one, kept nowhere."""
    if directory is None:
        return Key(Ed25519PrivateKey.generate())
    path = directory / NAME
    try:
        with suppress(FileNotFoundError):
            return _parsed(path.read_bytes(), path)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _parsed(_make(path), path)
    except OSError as error:
        raise HostKeyError(f"the host key {path} cannot be used: {error.strerror}") from error


def fingerprint(key: Any) -> str:
    """Return what a client shows of the host key, such as SHA256:..."""
    from twisted.conch.ssh.keys import FingerprintFormats

    text: str = key.fingerprint(FingerprintFormats.SHA256_BASE64)
    return f"SHA256:{text.rstrip('=')}"


def _make(path: Path) -> bytes:
    """Make a key at `path`, unless another process has been faster; return what is there."""
    data = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a renaming, does not replace a key that somebody may have seen.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return path.read_bytes()


def _parsed(data: bytes, path: Path) -> Key:
    try:
        key = load_ssh_private_key(data, None)
    except (ValueError, TypeError) as error:
        raise HostKeyError(f"{path} is no SSH key without a password; remove it") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise HostKeyError(f"{path} is no Ed25519 key; make one with ssh-keygen -t ed25519")
    return Key(key)
