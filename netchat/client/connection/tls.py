"""TLS to the server: trusted because a CA says so, or because it is the very certificate we know.

Needs pyOpenSSL: importing this module without it raises ImportError.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto
from service_identity import VerificationError
from twisted.internet import ssl
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IStreamClientEndpoint
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.connection import tls_errors
from netchat.client.connection.address import Address
from netchat.client.connection.errors import UserFacingError

_END = b"-----END CERTIFICATE-----"


class PinMismatchError(UserFacingError):
    """The server is not the one that was pinned."""


def wrap(
    endpoint: IStreamClientEndpoint, address: Address, *, ca: Path | None, fingerprint: bytes | None
) -> IStreamClientEndpoint:
    """Return `endpoint` under TLS; raise ComplaintError if `ca` cannot be used.

    The server must have the certificate whose SHA-256 is `fingerprint` (32 bytes); if that is None,
    one for the host of `address`, signed by a CA in the PEM file `ca`, or if that is None as well,
    by one that this system trusts.
    """
    creator = (
        _PinnedCertificate(address.host, fingerprint)
        if fingerprint is not None
        else ssl.optionsForClientTLS(address.host, _load_ca(ca) if ca is not None else None)
    )
    return wrapClientTLS(creator, endpoint)


def explain_tls(reason: BaseException, address: Address) -> str | None:
    """Return why TLS with `address` failed, or None if `reason` is no failure of TLS."""
    if isinstance(reason, VerificationError):
        return tls_errors.name_mismatch(address)
    if not isinstance(reason, SSL.Error):
        return None
    return tls_errors.explain_handshake(str(reason), address)


def is_trust_failure(reason: BaseException) -> bool:
    """Return whether the server is there, but has shown that it is not the one we trust."""
    if isinstance(reason, VerificationError | PinMismatchError):
        return True
    return isinstance(reason, SSL.Error) and "verify failed" in str(reason)


def _load_ca(ca: Path) -> Any:
    try:
        blocks = ca.read_bytes().split(_END)[:-1]
        certificates = [ssl.Certificate.loadPEM(block + _END) for block in blocks]
    except OSError as error:
        raise UserFacingError(tls_errors.unreadable_ca(ca, error)) from None
    except crypto.Error:
        certificates = []
    if not certificates:
        raise UserFacingError(tls_errors.empty_ca(ca))
    return ssl.trustRootFromCertificates(certificates)


@implementer(IOpenSSLClientConnectionCreator)
class _PinnedCertificate:
    """Trusts one certificate, whoever signed it and whatever it says."""

    def __init__(self, host: str, fingerprint: bytes) -> None:
        self._host = host
        self._fingerprint = fingerprint

    def clientConnectionForTLS(  # noqa: N802  # Twisted calls it so
        self, tls_protocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        """Return a connection that is verified by its fingerprint only."""

        def verify(
            _: SSL.Connection, certificate: crypto.X509, _error: int, depth: int, _ok: int
        ) -> bool:
            # Whoever signed it (depth 1 and above) is nothing to us.
            digest = certificate.digest("sha256").decode()
            if depth > 0 or bytes.fromhex(digest.replace(":", "")) == self._fingerprint:
                return True
            tls_protocol.failVerification(
                Failure(PinMismatchError(tls_errors.pin_mismatch(digest)))
            )
            return False

        context = ssl.CertificateOptions(raiseMinimumTo=ssl.TLSVersion.TLSv1_2).getContext()
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        connection = SSL.Connection(context, None)
        if not (isIPAddress(self._host) or isIPv6Address(self._host)):
            connection.set_tlsext_host_name(self._host.encode("idna"))
        return connection
