"""What the client trusts when it speaks TLS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether to use TLS (`tls`), and which certificates to trust.

    Trust the certificate whose SHA-256 is `fingerprint` (32 bytes), or else the CAs in the PEM file
    `ca`, or else, if both are None, the CAs that this system trusts.
    """

    tls: bool
    ca: Path | None
    fingerprint: bytes | None
