"""What some tests need beside Python: they run where it is there, and are left out elsewhere.

One line at the end of a run names what was left out and why; in CI leaving out is a failure (both
are in conftest.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.support.checkout import CHECKOUT


def needs(*names: str) -> pytest.MarkDecorator:
    """Return a mark for tests that run only where everything in `names` is there."""
    reason = missing(*names)
    return pytest.mark.skipif(bool(reason), reason=reason)


def missing(*names: str) -> str:
    """Return why something in `names` is not there, in a few words, or ""."""
    return next(filter(None, map(_reason, names)), "")


@cache
def _reason(name: str) -> str:
    if name in _CHECKS:
        return _CHECKS[name]()
    return "" if shutil.which(name) else f"{name} is not installed"


def _root() -> str:
    return "not run by root" if os.geteuid() else ""


def _checkout() -> str:
    if shutil.which("git") is None:
        return "git is not installed"
    return "" if (CHECKOUT / ".git").exists() else "not a git checkout"


def _openssl_headers() -> str:
    command = ["cc", "-E", "-include", "openssl/ssl.h", "-x", "c", "/dev/null"]
    found = subprocess.run(command, capture_output=True, check=False).returncode == 0
    return "" if found else "OpenSSL's headers are not installed"


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, of the newest version that is installed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if (on_path := shutil.which("initdb")) is not None:
        found.append(Path(on_path))
    return max((p.parent for p in found), key=lambda p: (len(str(p)), str(p)), default=None)


def _postgresql() -> str:
    return "" if postgres_programs() else "PostgreSQL is not installed"


_CHECKS: dict[str, Callable[[], str]] = {
    "root": _root,
    "PostgreSQL": _postgresql,
    "git checkout": _checkout,
    "OpenSSL headers": _openssl_headers,
}
"""Any other name is that of a program on the PATH."""
