"""What is told when TLS with a server fails: one sentence for a person, that says what to do.

It knows neither Twisted nor pyOpenSSL, so that `netchat health` needs neither.
"""

from __future__ import annotations

from pathlib import Path

from netchat.client.connection.address import Address


def explain_handshake(openssl_error: str, address: Address) -> str:
    """Return why there is no TLS with `address`, of which OpenSSL has `told` this."""
    if "verify failed" in openssl_error:
        return (
            f"The certificate of {address} is not trusted; "
            "give its CA with --ca FILE, or the certificate's SHA-256 with --fingerprint."
        )
    if any(sign in openssl_error for sign in ("wrong version", "record layer", "packet length")):
        return f"{address} does not speak TLS; leave --tls away, or use its TLS port."
    return f"{address} and this client find no common TLS; both need TLS 1.2 or later."


def name_mismatch(address: Address) -> str:
    """Return what is wrong if the certificate is for another host."""
    return f"The certificate of {address} is not for {address.host}; use the name it is for."


def pin_mismatch(digest: str) -> str:
    """Return what is wrong if the certificate is not the pinned one; it has this `digest`."""
    return (
        "The server's certificate is not the one pinned with --fingerprint; if it has a new one, "
        f"and you know that, give its SHA-256: {digest}."
    )


def unreadable_ca(ca: Path, error: OSError) -> str:
    """Return what is wrong if the file `ca` cannot be read."""
    return f"{ca} cannot be read ({error.strerror}); name a PEM file."


def empty_ca(ca: Path) -> str:
    """Return what is wrong if nothing in the file `ca` can be trusted."""
    return f"{ca} has no certificate in PEM form; name a PEM file."
