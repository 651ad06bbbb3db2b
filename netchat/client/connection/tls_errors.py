"""Why TLS with a server failed: one sentence for the user, that says what to do.

It needs neither Twisted nor pyOpenSSL, so that `netchat health` needs neither.
"""

from __future__ import annotations

from pathlib import Path

from netchat.client.connection.address import Address, WebAddress


def explain_handshake(openssl_error: str, address: Address) -> str:
    """Return why the TLS handshake with `address` failed with this `openssl_error`."""
    if "verify failed" in openssl_error:
        return (
            f"The certificate of {address} is not trusted; "
            "give its CA with --ca FILE, or the certificate's SHA-256 with --fingerprint."
        )
    if any(sign in openssl_error for sign in ("wrong version", "record layer", "packet length")):
        remedy = "write ws://" if isinstance(address, WebAddress) else "leave out --tls"
        return f"{address} does not use TLS; {remedy}, or give its TLS port."
    return f"{address} and this client have no TLS version in common; both need TLS 1.2 or later."


def name_mismatch(address: Address) -> str:
    """Return the sentence for a certificate of another host."""
    host = address.certified_host
    return f"The certificate of {address} is not for {host}; give the name that it is for."


def pin_mismatch(digest: str) -> str:
    """Return the sentence for a certificate that is not the pinned one; its SHA-256 is `digest`."""
    return (
        "The server's certificate is not the one pinned with --fingerprint; if the "
        f"server really has a new one, give its SHA-256: {digest}."
    )


def unreadable_ca(ca: Path, error: OSError) -> str:
    """Return the sentence for a file `ca` that cannot be read."""
    return f"{ca} cannot be read ({error.strerror}); give a PEM file."


def empty_ca(ca: Path) -> str:
    """Return the sentence for a file `ca` without a certificate."""
    return f"{ca} has no certificate in PEM form; give a PEM file."
