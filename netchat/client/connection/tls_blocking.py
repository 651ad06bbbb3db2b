"""TLS to the server on a plain socket, without a reactor: trust as in
`netchat.client.connection.tls`."""

from __future__ import annotations

import socket
import ssl
from hashlib import sha256
from pathlib import Path

from netchat.client.connection import tls_errors as distrust
from netchat.client.connection.address import Address
from netchat.client.connection.trust import Trust

_ANOTHER_NAME = (62, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""


class DistrustError(Exception):
    """The server is not talked to; the message is one sentence."""


def seal(plain: socket.socket, address: Address, trust: Trust | None) -> ssl.SSLSocket:
    """Return `plain`, a connection to `address`, under TLS; None trusts whoever answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    if trust is None or trust.fingerprint is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.ca is not None:
        _load(context, trust.ca)
    else:
        context.set_default_verify_paths()
    try:
        sealed = context.wrap_socket(plain, server_hostname=address.host)
    except ssl.SSLError as error:
        if trust is None:
            raise
        if getattr(error, "verify_code", 0) in _ANOTHER_NAME:
            raise DistrustError(distrust.another_name(address)) from error
        raise DistrustError(distrust.explain_handshake(str(error), address)) from error
    if trust is not None and trust.fingerprint is not None:
        _compare(sealed, trust.fingerprint)
    return sealed


def _load(context: ssl.SSLContext, ca: Path) -> None:
    try:
        pem = ca.read_bytes()
    except OSError as error:
        raise DistrustError(distrust.unreadable(ca, error)) from error
    try:
        # What stands around the certificates may be in any encoding.
        context.load_verify_locations(cadata=pem.decode("ascii", errors="ignore"))
    except (ssl.SSLError, ValueError) as error:
        raise DistrustError(distrust.no_certificate(ca)) from error


def _compare(sealed: ssl.SSLSocket, fingerprint: bytes) -> None:
    digest = sha256(sealed.getpeercert(binary_form=True) or b"").digest()
    if digest != fingerprint:
        sealed.close()
        raise DistrustError(distrust.another_certificate(digest.hex(":").upper()))
