"""The options for TLS, which the command lines of the client have in common."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any


def parse_trust(given: dict[str, Any]) -> None:
    """Turn the options `given` into the fields of a Trust; raise ValueError if they are wrong."""
    given["fingerprint"] = _parse_fingerprint(given["fingerprint"])
    given["tls"] = given["tls"] or bool(given["ca"] or given["fingerprint"])


def add_trust_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that make a Trust."""
    group.add_argument("--tls", action="store_true", help="use TLS, and trust this system's CAs")
    group.add_argument(
        "--ca",
        metavar="FILE",
        type=Path,
        help="use TLS, and trust the CA or server certificate in FILE",
    )
    group.add_argument(
        "--fingerprint",
        metavar="SHA256",
        help="use TLS, and trust the one certificate that has this SHA-256 (64 hex digits)",
    )


def _parse_fingerprint(text: str | None) -> bytes | None:
    if text is None:
        return None
    digits = text.replace(":", "")
    if not re.fullmatch("[0-9A-Fa-f]{64}", digits):
        raise ValueError(f"{text!r} is not a SHA-256; give its 64 hex digits.")
    return bytes.fromhex(digits)
