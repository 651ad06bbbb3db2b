"""TLS in memory: which versions and ciphers are accepted, and which certificate is shown."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL
from twisted.internet import ssl
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory

from netchat.doors.transport.tls import BadCertificateError, SecureEndpoint
from tests.support.certificates import identity

# Twisted 26.10 passes pyOpenSSL 26 objects of a deprecated type; nothing here can change that.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
WEAK = "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8"
STRONG = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"


def listen(text: str) -> tuple[SecureEndpoint, TLSMemoryBIOFactory]:
    """Return the endpoint that `text` describes, listening, and the factory of its connections."""
    clock = MemoryReactorClock()
    endpoint = SecureEndpoint(clock, text)
    listening = Deferred.fromCoroutine(endpoint.listen(Factory.forProtocol(Protocol)))
    assert listening.called
    _, factory, creator, *_ = clock.sslServers[0]
    return endpoint, TLSMemoryBIOFactory(creator, False, factory, clock)


class Handshake:
    """The handshake of a client that has `context` with `server`; SSL.Error if it fails."""

    def __init__(self, server: TLSMemoryBIOFactory, context: SSL.Context) -> None:
        self.client = SSL.Connection(context, None)
        self.client.set_connect_state()
        self._server, self._transport = server.buildProtocol(None), StringTransport()
        self._server.makeConnection(self._transport)
        self.run()

    def run(self) -> None:
        done = False
        while not done:
            with suppress(SSL.WantReadError):
                self.client.do_handshake()
                done = True
            with suppress(SSL.WantReadError):
                self._server.dataReceived(self.client.bio_read(65536))
            if self._transport.value():
                self.client.bio_write(self._transport.value())
                self._transport.clear()


def connect(server: TLSMemoryBIOFactory, context: SSL.Context) -> SSL.Connection:
    """Return the client's end of a connection after the handshake; SSL.Error if it fails."""
    return Handshake(server, context).client


def client_context(least: int, most: int, ciphers: str = "ALL") -> SSL.Context:
    """Return the context of a client that accepts versions and ciphers that are weak today."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(f"{ciphers}:@SECLEVEL=0".encode())
    context.set_min_proto_version(least)
    context.set_max_proto_version(most)
    return context


def lax_server(folder: Path, least: int) -> TLSMemoryBIOFactory:
    """Return a server that accepts everything: it proves that the client could connect."""
    server = identity(folder, "127.0.0.1")
    context = client_context(least, 0)
    context.use_certificate(server.certificate)
    context.use_privatekey(server.key)
    creator = ssl.CertificateOptions()
    creator.getContext = lambda: context  # type: ignore[method-assign]
    return TLSMemoryBIOFactory(creator, False, Factory.forProtocol(Protocol), MemoryReactorClock())


@pytest.fixture
def server(tmp_path: Path) -> TLSMemoryBIOFactory:
    return listen(identity(tmp_path, "127.0.0.1").put(tmp_path / "server.pem"))[1]


@pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION])
def test_a_client_without_tls_1_2_is_refused(
    tmp_path: Path, server: TLSMemoryBIOFactory, version: int
) -> None:
    guest = client_context(version, version)
    assert connect(lax_server(tmp_path, version), guest).get_protocol_version() == version
    with pytest.raises(SSL.Error, match="protocol version"):
        connect(server, guest)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_client_with_tls_1_2_or_1_3_is_accepted(
    server: TLSMemoryBIOFactory, version: int
) -> None:
    assert connect(server, client_context(version, version)).get_protocol_version() == version


def test_tls_1_3_is_preferred(server: TLSMemoryBIOFactory) -> None:
    assert connect(server, client_context(0, 0)).get_protocol_version() == SSL.TLS1_3_VERSION


@pytest.mark.parametrize("cipher", WEAK)
def test_a_client_with_only_a_weak_cipher_is_refused(
    tmp_path: Path, server: TLSMemoryBIOFactory, cipher: str
) -> None:
    guest = client_context(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION, cipher)
    assert connect(lax_server(tmp_path, SSL.TLS1_2_VERSION), guest).get_cipher_name() == cipher
    with pytest.raises(SSL.Error, match="handshake failure"):
        connect(server, guest)


@pytest.mark.parametrize("cipher", STRONG)
def test_a_client_with_a_modern_cipher_is_accepted(
    server: TLSMemoryBIOFactory, cipher: str
) -> None:
    guest = client_context(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION, cipher)
    assert connect(server, guest).get_cipher_name() == cipher


def test_renegotiation_is_refused(server: TLSMemoryBIOFactory) -> None:
    handshake = Handshake(server, client_context(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION))
    assert handshake.client.renegotiate()
    with pytest.raises(SSL.Error, match="no renegotiation"):
        handshake.run()


def test_a_proxy_with_tls_gets_the_same_settings(tmp_path: Path) -> None:
    plain = identity(tmp_path, "127.0.0.1").put(tmp_path / "server.pem")
    _, server = listen(f"haproxy:{plain}")
    with pytest.raises(SSL.Error):
        connect(server, client_context(SSL.TLS1_1_VERSION, SSL.TLS1_1_VERSION))


def test_a_client_that_connects_after_a_renewal_is_shown_the_new_certificate(
    tmp_path: Path,
) -> None:
    first, second = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    endpoint, server = listen(first.put(tmp_path / "server.pem"))
    assert shown_fingerprint(server) == first.fingerprint
    second.put(tmp_path / "server.pem")
    assert shown_fingerprint(server) == first.fingerprint
    endpoint.renew()
    assert shown_fingerprint(server) == second.fingerprint
    assert endpoint.good_until == f"{second.certificate.not_valid_after_utc:%Y-%m-%d}"


def shown_fingerprint(server: TLSMemoryBIOFactory) -> bytes:
    """Return the fingerprint of the certificate that a client is shown."""
    certificate = connect(server, client_context(0, 0)).get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    return certificate.fingerprint(hashes.SHA256())


@pytest.mark.parametrize(
    ("content", "error", "why"),
    [
        (b"nonsense", BadCertificateError, "no key, or no certificate, in PEM form"),
        (None, OSError, "No such file"),
        ("another's key", BadCertificateError, "the key is not the one of the certificate"),
    ],
)
def test_a_bad_new_certificate_leaves_the_old_one_in_use(
    tmp_path: Path, content: bytes | str | None, error: type[Exception], why: str
) -> None:
    first = identity(tmp_path, "127.0.0.1")
    place = tmp_path / "server.pem"
    endpoint, server = listen(first.put(place))
    place.unlink()
    if isinstance(content, bytes):
        place.write_bytes(content)
    elif content:
        place.write_bytes(first.pem + identity(tmp_path, "127.0.0.1").key_pem)
    with pytest.raises(error, match=why):
        endpoint.renew()
    assert shown_fingerprint(server) == first.fingerprint


def test_a_chain_of_authorities_is_shown_too(tmp_path: Path) -> None:
    authority = identity(tmp_path, "CA", ca=True)
    text = identity(tmp_path, "127.0.0.1", authority).put(tmp_path / "server.pem")
    _, server = listen(f"{text}:extraCertChain={authority.file}")
    chain = connect(server, client_context(0, 0)).get_peer_cert_chain(as_cryptography=True)
    assert chain is not None
    assert chain[1].fingerprint(hashes.SHA256()) == authority.fingerprint


def test_a_tls_endpoint_is_refused_because_its_settings_are_weaker(tmp_path: Path) -> None:
    with pytest.raises(BadCertificateError, match="write ssl:PORT"):
        SecureEndpoint(MemoryReactorClock(), f"tls:{tmp_path}:0")


def test_an_endpoint_without_tls_has_no_certificate() -> None:
    endpoint = SecureEndpoint(MemoryReactorClock(), "tcp:0")
    assert Deferred.fromCoroutine(endpoint.listen(Factory())).called
    assert not endpoint.good_until
