"""TLS to the server on a blocking socket, without a reactor.

What is trusted is as in `netchat.client.connection.tls`.
"""

from __future__ import annotations

import socket
import ssl
from hashlib import sha256
from pathlib import Path

from netchat.client.connection import tls_errors
from netchat.client.connection.address import HTTP, Address, WebAddress
from netchat.client.connection.errors import UserFacingError
from netchat.client.connection.trust import Trust

_NAME_MISMATCH = (62, 64)
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""


class UntrustedServerError(UserFacingError):
    """The server is not trusted; the message is one sentence."""


def start_tls(connection: socket.socket, address: Address, trust: Trust | None) -> ssl.SSLSocket:
    """Return `connection`, a socket connected to `address`, under TLS; None trusts any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    if trust is None or trust.fingerprint is not None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.ca is not None:
        _load_ca(context, trust.ca)
    else:
        context.set_default_verify_paths()
    if isinstance(address, WebAddress):
        context.set_alpn_protocols([HTTP])
    try:
        secured = context.wrap_socket(connection, server_hostname=address.certified_host)
    except ssl.SSLError as error:
        if trust is None:
            raise
        if getattr(error, "verify_code", 0) in _NAME_MISMATCH:
            raise UntrustedServerError(tls_errors.name_mismatch(address)) from error
        raise UntrustedServerError(tls_errors.explain_handshake(str(error), address)) from error
    if trust is not None and trust.fingerprint is not None:
        _check_pin(secured, trust.fingerprint)
    return secured


def _load_ca(context: ssl.SSLContext, ca: Path) -> None:
    try:
        pem = ca.read_bytes()
    except OSError as error:
        raise UntrustedServerError(tls_errors.unreadable_ca(ca, error)) from error
    try:
        # The text around the certificates may be in any encoding.
        context.load_verify_locations(cadata=pem.decode("ascii", errors="ignore"))
    except (ssl.SSLError, ValueError) as error:
        raise UntrustedServerError(tls_errors.empty_ca(ca)) from error


def _check_pin(secured: ssl.SSLSocket, fingerprint: bytes) -> None:
    digest = sha256(secured.getpeercert(binary_form=True) or b"").digest()
    if digest != fingerprint:
        secured.close()
        raise UntrustedServerError(tls_errors.pin_mismatch(digest.hex(":").upper()))
