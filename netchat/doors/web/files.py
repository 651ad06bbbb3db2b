"""The files of the page, read and compressed once, when the first server of a process starts."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import netchat
from netchat.doors.web.bundle import bundle

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(netchat.__file__).parent / "web"
INDEX = "index.html"
MODULES = "app"
"""The folder of the modules, which are served as one file, app.js."""
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""By the end of a file's name; a file with another end is not served."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; `compressed` is b"" if that would not be shorter."""

    content_type: str
    body: bytes
    compressed: bytes
    tag: str
    """A digest of the body; the same bytes have the same one on every server."""


@cache
def page_files() -> Mapping[bytes, StaticFile]:
    """Return the files of the page; the first call loads them."""
    return load_files()


def load_files(folder: Path = FOLDER) -> Mapping[bytes, StaticFile]:
    """Return the files in `folder` by their paths in a URL; `/` is index.html."""
    files: dict[bytes, StaticFile] = {}
    for path in sorted(folder.rglob("*")):
        is_module = folder / MODULES in path.parents
        if path.suffix not in CONTENT_TYPES or not path.is_file() or is_module:
            continue
        file = _static_file(CONTENT_TYPES[path.suffix], path.read_bytes())
        name = "/" + path.relative_to(folder).as_posix()
        files[name.encode()] = file
        if path.name == INDEX:
            files[name.removesuffix(INDEX).encode()] = file
    if (folder / MODULES).is_dir():
        script = _static_file(CONTENT_TYPES[".js"], bundle(folder / MODULES))
        files[f"/{MODULES}.js".encode()] = script
    return files


def _static_file(content_type: str, body: bytes) -> StaticFile:
    compressed = gzip.compress(body, 9, mtime=0)
    shorter = compressed if len(compressed) < len(body) else b""
    return StaticFile(content_type, body, shorter, sha256(body).hexdigest()[:24])
