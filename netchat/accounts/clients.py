"""Fingerprints of the programs with which an account has logged in."""

from __future__ import annotations

from hashlib import sha256


def fingerprint(client: str) -> str:
    """Return the fingerprint of the program that calls itself `client`; "" if it is nameless."""
    return sha256(f"netchat client {client}".encode()).hexdigest()[:32] if client else ""
