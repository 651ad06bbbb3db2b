"""TLS for whatever `ssl:` endpoint is written: nothing old, and a certificate that can change.

Twisted reads the string and the files, and hands what it has read to the reactor's `listenSSL`;
there we step in. What is accepted follows RFC 9325: TLS 1.2 or later, forward secrecy, AEAD; no
compression, no renegotiation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import UNIXServerEndpoint, serverFromString
from twisted.internet.error import VerifyError
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import ServerFactory
from zope.interface import implementer

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
"""For TLS 1.2, in OpenSSL's words; all that TLS 1.3 has are taken."""
_LAX = re.compile("(haproxy:)*tls:", re.IGNORECASE)
"""Twisted's other endpoint with TLS sees to it by itself, and accepts more than we do."""


class BadCertificateError(Exception):
    """A certificate and its key cannot be used; the message says why."""


class SecureEndpoint:
    """What the endpoint string `text` names, on `reactor`; with `ssl:` in it, as strict as above.

    OSError if a file named in it cannot be read, BadCertificateError if there is something else in
    it, ImportError if pyOpenSSL is missing; other errors if the string makes no sense.
    """

    def __init__(self, reactor: Any, text: str) -> None:
        self._text = text
        self._strict = _StrictReactor(reactor)
        self._endpoint = _from_string(self._strict, text)

    @property
    def path(self) -> str:
        """Where it makes a unix socket; "" if it is none."""
        if not isinstance(self._endpoint, UNIXServerEndpoint):
            return ""
        # Twisted tells it nowhere else, and the string could only be taken apart as Twisted does.
        return str(self._endpoint._address)

    async def listen(self, factory: IProtocolFactory) -> IListeningPort:
        """Listen; CannotListenError if that cannot be."""
        port: IListeningPort = await self._endpoint.listen(factory)
        return port

    @property
    def good_until(self) -> str:
        """The last day of its certificate, as in 2027-11-24; "" if there is none."""
        return self._strict.certificate.good_until if self._strict.certificate else ""

    def renew(self) -> None:
        """Read key and certificate again, for those who come from now on.

        If they cannot be read (OSError) or used (BadCertificateError), the old ones stay.
        """
        reader = _Reader()
        _from_string(reader, self._text).listen(ServerFactory())
        if self._strict.certificate is not None:
            self._strict.certificate.become(reader.read[0])


@implementer(IOpenSSLServerConnectionCreator)
class _Certificate:
    """A key and a certificate, as they are at present; a connection keeps what it began with."""

    def __init__(self, given: CertificateOptions) -> None:
        self._options = _strict(given)

    def become(self, given: CertificateOptions) -> None:
        self._options = _strict(given)

    @property
    def good_until(self) -> str:
        assert self._options.certificate is not None, "an ssl: endpoint has one"
        return f"{self._options.certificate.to_cryptography().not_valid_after_utc:%Y-%m-%d}"

    def serverConnectionForTLS(  # noqa: N802  # Twisted calls it so
        self, protocol: TLSMemoryBIOProtocol
    ) -> Connection:
        return self._options.serverConnectionForTLS(protocol)


class _StrictReactor:
    """A reactor that listens with TLS as strictly as above, and else as `reactor` does."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.certificate: _Certificate | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def listenSSL(  # noqa: N802  # Twisted calls it so
        self, port: int, factory: IProtocolFactory, **more: Any
    ) -> IListeningPort:
        self.certificate = more["contextFactory"] = _Certificate(more["contextFactory"])
        listening: IListeningPort = self._reactor.listenSSL(port, factory, **more)
        return listening


class _Reader:
    """A reactor that only takes down with what it is told to listen."""

    def __init__(self) -> None:
        self.read: list[CertificateOptions] = []

    def listenSSL(  # noqa: N802  # Twisted calls it so
        self, port: int, factory: IProtocolFactory, **more: Any
    ) -> None:
        self.read.append(more["contextFactory"])


def _from_string(reactor: Any, text: str) -> IStreamServerEndpoint:
    if _LAX.match(text):
        raise BadCertificateError("write ssl:PORT:privateKey=KEY.PEM:certKey=CERT.PEM for TLS")
    try:
        endpoint: IStreamServerEndpoint = serverFromString(reactor, text)
    except VerifyError:
        raise BadCertificateError("the key is not the one of the certificate") from None
    except Exception as error:
        if _is_about_pem(error):
            why = "a file has no key, or no certificate, in PEM form"
            raise BadCertificateError(why) from None
        raise
    return endpoint


def _is_about_pem(error: Exception) -> bool:
    try:
        from OpenSSL.crypto import Error
    except ImportError:
        return False
    return isinstance(error, Error) or "in PEM format" in str(error)


def _strict(given: CertificateOptions) -> CertificateOptions:
    # Not above: only whoever listens with TLS needs pyOpenSSL.
    from OpenSSL import SSL
    from twisted.internet import ssl

    options = ssl.CertificateOptions(
        privateKey=given.privateKey,
        certificate=given.certificate,
        extraCertChain=given.extraCertChain,
        raiseMinimumTo=ssl.TLSVersion.TLSv1_2,
        acceptableCiphers=ssl.AcceptableCiphers.fromOpenSSLCipherString(CIPHERS),
    )
    options.getContext().set_options(SSL.OP_NO_RENEGOTIATION)
    return options
