"""TLS to the server: its certificate is signed by a trusted CA, or is the pinned one.

Needs pyOpenSSL: importing this module without it raises ImportError.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto
from service_identity import VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address
from twisted.internet import ssl
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IStreamClientEndpoint
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from netchat.client.connection import tls_errors
from netchat.client.connection.address import HTTP, Address, WebAddress
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
    if fingerprint is not None:
        return wrapClientTLS(_PinnedCertificate(address, fingerprint), endpoint)
    trusted = _load_ca(ca) if ca is not None else ssl.platformTrust()
    return wrapClientTLS(_CertificateOfHost(address, trusted), endpoint)


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
        # The text around the certificates, such as a byte order mark, may be in any encoding.
        ascii_only = ca.read_bytes().decode("ascii", errors="ignore").encode()
        blocks = ascii_only.split(_END)[:-1]
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

    def __init__(self, address: Address, fingerprint: bytes) -> None:
        self._address = address
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
        return _connection(context, self._address)


@implementer(IOpenSSLClientConnectionCreator)
class _CertificateOfHost:
    """Trusts a certificate for the host of `address` that is signed by a CA in `trusted`.

    Twisted's `optionsForClientTLS` refuses hosts that are not valid in IDNA, such as Docker's names
    with underscores.
    """

    def __init__(self, address: Address, trusted: Any) -> None:
        self._address = address
        self._host = address.certified_host
        self._trusted = trusted

    def clientConnectionForTLS(  # noqa: N802  # Twisted's name
        self, tls_protocol: TLSMemoryBIOProtocol
    ) -> SSL.Connection:
        """Return a connection that verifies the certificate, and then that it is for the host."""

        def verify_host(connection: SSL.Connection, where: int, _: int) -> None:
            if not where & SSL.SSL_CB_HANDSHAKE_DONE:
                return
            try:
                if _is_ip(self._host):
                    verify_ip_address(connection, self._host)
                else:
                    verify_hostname(connection, _ascii(self._host))
            except Exception:
                # pyOpenSSL would print and ignore it.
                tls_protocol.failVerification(Failure())

        context = ssl.CertificateOptions(
            trustRoot=self._trusted, raiseMinimumTo=ssl.TLSVersion.TLSv1_2
        ).getContext()
        context.set_info_callback(verify_host)
        return _connection(context, self._address)


def _connection(context: SSL.Context, address: Address) -> SSL.Connection:
    """Return a connection that asks for the certificate of the host, if that is a name.

    For a WebSocket it tells the server, before a byte is sent, that it speaks HTTP.
    """
    connection = SSL.Connection(context, None)
    host = address.certified_host
    if isinstance(address, WebAddress):
        connection.set_alpn_protos([HTTP.encode()])
    if not _is_ip(host):
        connection.set_tlsext_host_name(_ascii(host).encode())
    return connection


def _ascii(host: str) -> str:
    """Return the name `host` in IDNA, as the system's lookup encodes it."""
    return host.encode("idna").decode("ascii")


def _is_ip(host: str) -> bool:
    return isIPAddress(host) or isIPv6Address(host)
