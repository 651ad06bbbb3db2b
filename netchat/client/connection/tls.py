"""TLS to the server: its certificate is signed by a trusted CA, or is the pinned one.

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
from netchat.client.connection.network_errors import explain

_END = b"-----END CERTIFICATE-----"


class PinMismatchError(UserFacingError):
    """The server's certificate is not the pinned one."""


def wrap(
    endpoint: IStreamClientEndpoint, address: Address, *, ca: Path | None, fingerprint: bytes | None
) -> IStreamClientEndpoint:
    """Return `endpoint` under TLS; raise UserFacingError if `ca` cannot be used.

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
    """Return why TLS with `address` failed, or None if `reason` is not a failure of TLS."""
    if isinstance(reason, VerificationError):
        return tls_errors.name_mismatch(address)
    if not isinstance(reason, SSL.Error):
        return None
    return tls_errors.explain_handshake(str(reason), address)


def explain_any(reason: BaseException, address: Address) -> str:
    """Return why the server at `address` could not be reached, or why the connection was lost."""
    return explain_tls(reason, address) or explain(reason, address)


def is_trust_failure(reason: BaseException) -> bool:
    """Return whether the server answered, but is not the one that the client trusts."""
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
    """Trusts one certificate, whatever its names, dates and signature are."""

    def __init__(self, host: str, fingerprint: bytes) -> None:
        self._host = host
        self._fingerprint = fingerprint

    def clientConnectionForTLS(  # noqa: N802  # Twisted's name
        self, tls_protocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        """Return a connection that verifies the certificate by its fingerprint only."""

        def verify(
            _: SSL.Connection, certificate: crypto.X509, _error: int, depth: int, _ok: int
        ) -> bool:
            # The certificates of its issuers (depth 1 and above) do not matter.
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
