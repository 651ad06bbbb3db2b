"""TLS at the door, in memory: what a guest may speak, and which certificate he is shown."""

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

# Twisted 26.10 hands pyOpenSSL 26 objects that it would rather not have; nothing we could change.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
WEAK = "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8"
STRONG = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"


def listen(text: str) -> tuple[SecureEndpoint, TLSMemoryBIOFactory]:
    """Return the endpoint that `text` names, listening, and what makes its connections."""
    clock = MemoryReactorClock()
    endpoint = SecureEndpoint(clock, text)
    listening = Deferred.fromCoroutine(endpoint.listen(Factory.forProtocol(Protocol)))
    assert listening.called
    _, factory, creator, *_ = clock.sslServers[0]
    return endpoint, TLSMemoryBIOFactory(creator, False, factory, clock)


class Meeting:
    """A guest who speaks as `context` says, and has shaken hands at `door`, or raises SSL.Error."""

    def __init__(self, door: TLSMemoryBIOFactory, context: SSL.Context) -> None:
        self.guest = SSL.Connection(context, None)
        self.guest.set_connect_state()
        self._server, self._transport = door.buildProtocol(None), StringTransport()
        self._server.makeConnection(self._transport)
        self.shake_hands()

    def shake_hands(self) -> None:
        shaken = False
        while not shaken:
            with suppress(SSL.WantReadError):
                self.guest.do_handshake()
                shaken = True
            with suppress(SSL.WantReadError):
                self._server.dataReceived(self.guest.bio_read(65536))
            if self._transport.value():
                self.guest.bio_write(self._transport.value())
                self._transport.clear()


def meet(door: TLSMemoryBIOFactory, context: SSL.Context) -> SSL.Connection:
    """Return the guest's end of a connection when both have shaken hands, or raise SSL.Error."""
    return Meeting(door, context).guest


def speaker(least: int, most: int, ciphers: str = "ALL") -> SSL.Context:
    """Return a guest who speaks what was safe long ago, too."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(f"{ciphers}:@SECLEVEL=0".encode())
    context.set_min_proto_version(least)
    context.set_max_proto_version(most)
    return context


def lax(folder: Path, least: int) -> TLSMemoryBIOFactory:
    """Return a server that takes whatever there is: what is refused elsewhere is not our fault."""
    server = identity(folder, "127.0.0.1")
    context = speaker(least, 0)
    context.use_certificate(server.certificate)
    context.use_privatekey(server.key)
    creator = ssl.CertificateOptions()
    creator.getContext = lambda: context  # type: ignore[method-assign]
    return TLSMemoryBIOFactory(creator, False, Factory.forProtocol(Protocol), MemoryReactorClock())


@pytest.fixture
def door(tmp_path: Path) -> TLSMemoryBIOFactory:
    return listen(identity(tmp_path, "127.0.0.1").put(tmp_path / "door.pem"))[1]


@pytest.mark.parametrize("version", [SSL.TLS1_VERSION, SSL.TLS1_1_VERSION])
def test_a_guest_who_speaks_nothing_newer_than_tls_1_1_is_refused(
    tmp_path: Path, door: TLSMemoryBIOFactory, version: int
) -> None:
    guest = speaker(version, version)
    assert meet(lax(tmp_path, version), guest).get_protocol_version() == version
    with pytest.raises(SSL.Error, match="protocol version"):
        meet(door, guest)


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_guest_who_speaks_tls_1_2_or_1_3_is_let_in(
    door: TLSMemoryBIOFactory, version: int
) -> None:
    assert meet(door, speaker(version, version)).get_protocol_version() == version


def test_tls_1_3_is_preferred(door: TLSMemoryBIOFactory) -> None:
    assert meet(door, speaker(0, 0)).get_protocol_version() == SSL.TLS1_3_VERSION


@pytest.mark.parametrize("cipher", WEAK)
def test_a_guest_with_a_weak_cipher_only_is_refused(
    tmp_path: Path, door: TLSMemoryBIOFactory, cipher: str
) -> None:
    guest = speaker(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION, cipher)
    assert meet(lax(tmp_path, SSL.TLS1_2_VERSION), guest).get_cipher_name() == cipher
    with pytest.raises(SSL.Error, match="handshake failure"):
        meet(door, guest)


@pytest.mark.parametrize("cipher", STRONG)
def test_a_guest_with_a_modern_cipher_is_let_in(door: TLSMemoryBIOFactory, cipher: str) -> None:
    guest = speaker(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION, cipher)
    assert meet(door, guest).get_cipher_name() == cipher


def test_nothing_is_negotiated_anew(door: TLSMemoryBIOFactory) -> None:
    meeting = Meeting(door, speaker(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION))
    assert meeting.guest.renegotiate()
    with pytest.raises(SSL.Error, match="no renegotiation"):
        meeting.shake_hands()


def test_a_proxy_that_speaks_tls_meets_the_same_door(tmp_path: Path) -> None:
    plain = identity(tmp_path, "127.0.0.1").put(tmp_path / "door.pem")
    _, door = listen(f"haproxy:{plain}")
    with pytest.raises(SSL.Error):
        meet(door, speaker(SSL.TLS1_1_VERSION, SSL.TLS1_1_VERSION))


def test_who_comes_after_a_renewal_is_shown_the_new_certificate(tmp_path: Path) -> None:
    first, second = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    endpoint, door = listen(first.put(tmp_path / "door.pem"))
    assert shown(door) == first.fingerprint
    second.put(tmp_path / "door.pem")
    assert shown(door) == first.fingerprint
    endpoint.renew()
    assert shown(door) == second.fingerprint
    assert endpoint.good_until == f"{second.certificate.not_valid_after_utc:%Y-%m-%d}"


def shown(door: TLSMemoryBIOFactory) -> bytes:
    """Return the fingerprint of the certificate that a guest is shown."""
    certificate = meet(door, speaker(0, 0)).get_peer_certificate(as_cryptography=True)
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
def test_a_bad_new_certificate_leaves_the_old_one(
    tmp_path: Path, content: bytes | str | None, error: type[Exception], why: str
) -> None:
    first = identity(tmp_path, "127.0.0.1")
    place = tmp_path / "door.pem"
    endpoint, door = listen(first.put(place))
    place.unlink()
    if isinstance(content, bytes):
        place.write_bytes(content)
    elif content:
        place.write_bytes(first.pem + identity(tmp_path, "127.0.0.1").key_pem)
    with pytest.raises(error, match=why):
        endpoint.renew()
    assert shown(door) == first.fingerprint


def test_a_chain_of_authorities_is_shown_as_well(tmp_path: Path) -> None:
    authority = identity(tmp_path, "CA", ca=True)
    text = identity(tmp_path, "127.0.0.1", authority).put(tmp_path / "door.pem")
    _, door = listen(f"{text}:extraCertChain={authority.file}")
    chain = meet(door, speaker(0, 0)).get_peer_cert_chain(as_cryptography=True)
    assert chain is not None
    assert chain[1].fingerprint(hashes.SHA256()) == authority.fingerprint


def test_the_other_endpoint_with_tls_is_refused_for_it_takes_more(tmp_path: Path) -> None:
    with pytest.raises(BadCertificateError, match="write ssl:PORT"):
        SecureEndpoint(MemoryReactorClock(), f"tls:{tmp_path}:0")


def test_an_endpoint_without_tls_has_nothing_to_renew() -> None:
    endpoint = SecureEndpoint(MemoryReactorClock(), "tcp:0")
    assert Deferred.fromCoroutine(endpoint.listen(Factory())).called
    assert not endpoint.good_until
