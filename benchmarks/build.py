"""Compiles the load generator and the reference server, if their sources have changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCES = Path(__file__).parent / "c"
FLAGS = ("-O2", "-std=c11", "-D_GNU_SOURCE")
LIBRARIES = {"load": ("-lssl", "-lcrypto", "-lm"), "reference": ()}
PATIENCE = 120
"""Seconds after which the compiler is stopped; it usually takes a few."""


class BuildError(Exception):
    """The programs cannot be compiled; the message is a sentence that says why."""


@dataclass(frozen=True)
class Programs:
    """The paths of the compiled C programs."""

    load: Path
    reference: Path


def build() -> Programs:
    """Return the programs, compiled or from the user's cache; raises BuildError."""
    return Programs(**{name: _built(name) for name in LIBRARIES})


def _built(name: str) -> Path:
    files = sorted((SOURCES / name).glob("*.[ch]"))
    sources = [str(file) for file in files if file.suffix == ".c"]
    command = [*FLAGS, *sources, *LIBRARIES[name]]
    digest = hashlib.sha256(repr(command).encode())
    for file in files:
        digest.update(file.read_bytes())
    program = _cache() / f"{name}-{digest.hexdigest()[:16]}"
    if not program.exists():
        _compile(command, program)
    return program


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(base) / "netchat-benchmarks"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _compile(command: list[str], program: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise BuildError("There is no C compiler (cc); on Debian: apt install gcc libc6-dev.")
    with TemporaryDirectory(dir=program.parent) as directory:
        made = Path(directory) / "made"
        run = subprocess.run(  # noqa: S603 - the compiler
            [compiler, *command, "-o", str(made)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if run.returncode:
            raise BuildError(_why(run.stderr))
        # A concurrent run may have made the same file; replacing it is atomic.
        made.replace(program)


def _why(errors: str) -> str:
    if "openssl/" in errors and "No such file" in errors:
        return "The OpenSSL headers are missing; on Debian: apt install libssl-dev."
    return f"The C sources could not be compiled:\n{errors}"
