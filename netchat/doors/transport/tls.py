"""TLS for any `ssl:` endpoint: strict settings, and a certificate that can be renewed.

Twisted parses the string, reads the files, and passes the result to the reactor's `listenSSL`,
which is replaced here. The settings follow RFC 9325: TLS 1.2 or later, forward secrecy, AEAD; no
compression, no renegotiation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import serverFromString
from twisted.internet.error import VerifyError
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import ServerFactory
from zope.interface import implementer

from netchat.doors.transport.negotiation import HTTP
from netchat.doors.transport.ports import ListeningReactor
from netchat.doors.transport.twisted_internals import unix_path

if TYPE_CHECKING:
    from OpenSSL.SSL import Connection
    from twisted.internet.interfaces import (
        IListeningPort,
        IProtocolFactory,
        IStreamServerEndpoint,
    )
    from twisted.internet.ssl import CertificateOptions
    from twisted.protocols.tls import TLSMemoryBIOProtocol

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2, as OpenSSL writes it; of TLS 1.3 all ciphers are accepted."""
_STRICT_ENDPOINT = re.compile("ssl:", re.IGNORECASE)
_TLS_ENDPOINT = re.compile("(haproxy:)*tls:", re.IGNORECASE)
"""Twisted's other endpoint with TLS, whose settings are weaker and cannot be replaced."""


class BadCertificateError(Exception):
    """A certificate and its key cannot be used; the message says why."""


class SecureEndpoint:
    """The endpoint that the string `text` describes, on `reactor`; `ssl:` has strict settings.

    OSError if a file that `text` names cannot be read, BadCertificateError if it is no key or
    certificate, ImportError if pyOpenSSL is missing; other errors if `text` cannot be parsed.
    """

    def __init__(self, reactor: Any, text: str) -> None:
        self._text = text
        self._strict = _StrictReactor(ListeningReactor(reactor))
        self._endpoint = _from_string(self._strict, text)

    @property
    def path(self) -> str:
        """The path of its unix socket; "" if it makes none."""
        return unix_path(self._endpoint)

    async def listen(self, factory: IProtocolFactory) -> IListeningPort:
        """Listen, or raise CannotListenError."""
        port: IListeningPort = await self._endpoint.listen(factory)
        return port

    @property
    def good_until(self) -> str:
        """The last day of its certificate, as in 2027-11-24; "" if there is none."""
        return self._strict.certificate.good_until if self._strict.certificate else ""

    @property
    def client_options(self) -> str:
        """The options with which the netchat client connects; "" without TLS."""
        return self._strict.certificate.client_options if self._strict.certificate else ""

    def renew(self) -> None:
        """Read key and certificate again, for connections from now on.

        If they cannot be read (OSError) or used (BadCertificateError), the old ones stay in use.
        """
        recorder = _Recorder()
        _from_string(recorder, self._text).listen(ServerFactory())
        if self._strict.certificate is not None:
            self._strict.certificate.replace(recorder.recorded[0])


def certificate_until(text: str) -> str:
    """Return the last day of the certificate of the endpoint `text`; "" if it has none.

    Errors as of SecureEndpoint, and BadCertificateError if the key is that of another certificate.
    """
    if not _STRICT_ENDPOINT.match(text):
        return ""
    recorder = _Recorder()
    _from_string(recorder, text).listen(ServerFactory())
    return _Certificate(recorder.recorded[0]).good_until


@implementer(IOpenSSLServerConnectionCreator)
class _Certificate:
    """The current key and certificate; a connection keeps those with which it began."""

    def __init__(self, given: CertificateOptions) -> None:
        self._options = _strict(given)

    def replace(self, given: CertificateOptions) -> None:
        self._options = _strict(given)

    @property
    def good_until(self) -> str:
        assert self._options.certificate is not None, "an ssl: endpoint has one"
        return f"{self._options.certificate.to_cryptography().not_valid_after_utc:%Y-%m-%d}"

    @property
    def client_options(self) -> str:
        certificate = self._options.certificate
        assert certificate is not None, "an ssl: endpoint has one"
        shown = certificate.to_cryptography()
        if shown.issuer != shown.subject:
            return "--tls"
        return f"--fingerprint {certificate.digest('sha256').decode()}"

    def serverConnectionForTLS(  # noqa: N802  # Twisted defines the name
        self, protocol: TLSMemoryBIOProtocol
    ) -> Connection:
        return self._options.serverConnectionForTLS(protocol)


class _StrictReactor:
    """A reactor that replaces the settings of TLS, and otherwise does what `reactor` does."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.certificate: _Certificate | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def listenSSL(  # noqa: N802  # Twisted defines the name
        self, port: int, factory: IProtocolFactory, **more: Any
    ) -> IListeningPort:
        self.certificate = more["contextFactory"] = _Certificate(more["contextFactory"])
        listening: IListeningPort = self._reactor.listenSSL(port, factory, **more)
        return listening


class _Recorder:
    """A reactor that does not listen, but records with which certificates it should."""

    def __init__(self) -> None:
        self.recorded: list[CertificateOptions] = []

    def listenSSL(  # noqa: N802  # Twisted defines the name
        self, port: int, factory: IProtocolFactory, **more: Any
    ) -> None:
        self.recorded.append(more["contextFactory"])


def _from_string(reactor: Any, text: str) -> IStreamServerEndpoint:
    if _TLS_ENDPOINT.match(text):
        raise BadCertificateError("write ssl:PORT:privateKey=KEY.PEM:certKey=CERT.PEM for TLS")
    try:
        endpoint: IStreamServerEndpoint = serverFromString(reactor, text)
    except VerifyError:
        raise BadCertificateError("the key is not the one of the certificate") from None
    except Exception as error:
        if _is_pem_error(error):
            why = "a file has no key, or no certificate, in PEM form"
            raise BadCertificateError(why) from None
        raise
    return endpoint


def _is_pem_error(error: Exception) -> bool:
    try:
        from OpenSSL.crypto import Error
    except ImportError:
        return False
    return isinstance(error, Error) or "in PEM format" in str(error)


def _strict(given: CertificateOptions) -> CertificateOptions:
    # Imported here because only listening with TLS needs pyOpenSSL.
    from OpenSSL import SSL
    from twisted.internet import ssl

    options = ssl.CertificateOptions(
        privateKey=given.privateKey,
        certificate=given.certificate,
        extraCertChain=given.extraCertChain,
        raiseMinimumTo=ssl.TLSVersion.TLSv1_2,
        acceptableCiphers=ssl.AcceptableCiphers.fromOpenSSLCipherString(CIPHERS),
    )
    context = options.getContext()
    context.set_options(SSL.OP_NO_RENEGOTIATION)
    # Not Twisted's acceptableProtocols, with which a client that offers only others is refused.
    context.set_alpn_select_callback(
        lambda _, offered: HTTP if HTTP in offered else SSL.NO_OVERLAPPING_PROTOCOLS
    )
    return options
