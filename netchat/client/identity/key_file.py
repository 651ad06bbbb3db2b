"""The file that keeps the user's key for one server: Ed25519 (RFC 8032), one file per server.

It is readable by its owner only, in a directory of which the same is true. It has the identifier of
the journal that the key was made for: a server at the same address with another journal does not
get a signature.
"""

from __future__ import annotations

import os
import shlex
import stat
from contextlib import suppress
from pathlib import Path

import msgspec

from netchat.client.identity.interfaces import Key, KeyProblemError
from netchat.client.settings.files import file_name
from netchat.model.folding import fold

DIRECTORY = "keys"
_MAX_FILE_BYTES = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class _Stored(msgspec.Struct, frozen=True):
    """What is in the file: `key` is the private key in hexadecimal digits."""

    server: str
    journal: str
    key: str
    names: tuple[str, ...] = ()


class KeyFile:
    """The key for the server at `address`, kept in `directory`; there may be none yet."""

    def __init__(self, directory: Path, address: str) -> None:
        self.path = directory / DIRECTORY / f"{file_name(address)}.json"
        self._address = address

    @property
    def place(self) -> str:
        """Where the key is, for the user."""
        return str(self.path)

    def names(self) -> tuple[str, ...]:
        """Return the names that the key proves, without a check of the key; none if there is none.

        It is quick, for a suggestion.
        """
        try:
            with open(self.path, "rb") as file:
                return msgspec.json.decode(file.read(_MAX_FILE_BYTES), type=_Stored).names
        except (OSError, ValueError):
            return ()

    def find(self, journal: str) -> Key | None:
        """Return the key for the server, None if there is none.

        Raises KeyProblemError if there is one that cannot be used: for instance because it is for
        another journal than the server's, which is `journal`.
        """
        stored = self._load()
        if stored is None:
            return None
        # A key that is not for a certain journal yet has no names, and signs nothing.
        if stored.journal != journal and stored.journal and journal:
            raise KeyProblemError(
                f"Your key for {self._address} is not used, because the server has another journal "
                f"now: if it was set up anew, remove {self.place} and type /own again."
            )
        return self._key(stored)

    def make(self, journal: str) -> Key:
        """Return the key for the server, whose journal is `journal`; make it if there is none.

        `journal` is "" while the server has not told which one it is.

        Raises KeyProblemError as `find` does, and if the key cannot be kept.
        """
        known = self.find(journal)
        if known is not None:
            return known
        # Imported here because it takes long, and most users have no key.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate().private_bytes_raw().hex()
        try:
            self._write(_Stored(self._address, journal, private), replace=False)
        except OSError as error:
            raise self._not_kept(error) from error
        made = self.find(journal)
        assert made is not None, "it was written"
        return made

    def add_name(self, name: str, journal: str) -> None:
        """Record that the key proves that `name` is the user's; KeyProblemError if it cannot be.

        A key that was made without a journal is for `journal` from now on.
        """
        stored = self._load()
        if stored is None or any(fold(known) == fold(name) for known in stored.names):
            return
        changed = msgspec.structs.replace(
            stored, names=(*stored.names, name), journal=stored.journal or journal
        )
        try:
            self._write(changed, replace=True)
        except OSError as error:
            raise self._not_kept(error) from error

    def _load(self) -> _Stored | None:
        try:
            with open(self.path, "rb") as file:
                if os.fstat(file.fileno()).st_mode & _OTHERS:
                    command = f"chmod 600 {shlex.quote(self.place)}"
                    raise KeyProblemError(
                        f"The key in {self.place} is not used, because others can read it: "
                        f"type {command} in a shell, or remove it."
                    )
                stored = msgspec.json.decode(file.read(_MAX_FILE_BYTES), type=_Stored)
            self._key(stored)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyProblemError(
                f"The key in {self.place} cannot be read ({error.strerror}): correct that."
            ) from error
        except ValueError as error:
            raise KeyProblemError(
                f"The file {self.place} is damaged and has no key any more: remove it."
            ) from error
        return stored

    def _write(self, stored: _Stored, *, replace: bool) -> None:
        """Write the file all at once; without `replace`, keep it if another client has made it."""
        # Imported here because most runs write no file.
        import tempfile

        directory = self.path.parent
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)
        # NamedTemporaryFile makes files that only their owner can read.
        with tempfile.NamedTemporaryFile(dir=directory, delete=False) as file:
            try:
                file.write(msgspec.json.encode(stored) + b"\n")
                file.flush()
                os.fsync(file.fileno())
                if replace:
                    os.replace(file.name, self.path)
                else:
                    with suppress(FileExistsError):
                        os.link(file.name, self.path)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(file.name)

    def _not_kept(self, error: OSError) -> KeyProblemError:
        return KeyProblemError(
            f"A key cannot be kept in {self.place} ({error.strerror}): correct that, or type "
            "/own password."
        )

    def _key(self, stored: _Stored) -> Key:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(stored.key))
        public = private.public_key().public_bytes_raw().hex()
        return Key(public, stored.names, private.sign)
