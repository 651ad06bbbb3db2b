"""TLS with a real server on the loopback: which server is trusted, and what is reported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_twisted
from OpenSSL import SSL
from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

from netchat.client.connection import tls
from netchat.client.connection.address import Address
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.errors import UserFacingError
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.login import Target
from tests.support.certificates import DAY, NOW, Identity, identity
from tests.support.client_fakes import CLIENT_ID, RecordingFrontend

# Twisted 26.10 passes objects to pyOpenSSL 26 that are deprecated there; netchat cannot change it.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")

reactor: Any = global_reactor


class MinimalServer(LineOnlyReceiver):
    """A minimal server: it answers the login and the goodbye."""

    delimiter = b"\n"
    answers: ClassVar = {
        "hello": b'{"type":"welcome","name":"Alice","server":"x","protocol":1,"limits":{}}\n'
        b'{"type":"entered","room":"lobby","topic":"","names":["Alice"],"last":0}\n',
        "bye": b'{"type":"closing","reason":"bye","message":"","retry":null}\n',
    }
    transport: Any
    factory: Any

    def connectionMade(self) -> None:
        self.factory.connections += 1
        self.transport.write(b"Enter username: ")

    def lineReceived(self, line: bytes) -> None:
        self.factory.received.append(line)
        # A TLS ClientHello is random bytes, which may contain a line end or a brace.
        if line.startswith(b'{"type":'):
            self.transport.write(self.answers[json.loads(line)["type"]])

    def connectionLost(self, reason: Any = None) -> None:
        self.factory.closed.put(None)


class SilentlyClosing(MinimalServer):
    """A server that reads, and closes without an answer."""

    def connectionMade(self) -> None:
        self.factory.connections += 1

    def lineReceived(self, line: bytes) -> None:
        self.transport.loseConnection()


class Visit(RecordingFrontend):
    """A client of a real server; Alice leaves as soon as she is logged in."""

    def __init__(self, certificate: Identity | None) -> None:
        super().__init__()
        self.ended: Deferred[None] = Deferred()
        factory: Any = Factory.forProtocol(MinimalServer)
        self.factory = factory
        self.factory.received, self.factory.closed, self.factory.connections = (
            [],
            DeferredQueue(),
            0,
        )
        self.port: Any = (
            reactor.listenSSL(0, self.factory, certificate.server_options, interface="127.0.0.1")
            if certificate
            else reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        )

    async def go(self, host: str, ca: Path | None, fingerprint: bytes | None) -> str:
        """Return how it ended: "" for well, or the error sentence."""
        address = Address(host, self.port.getHost().port)
        endpoint = tls.wrap(
            TCP4ClientEndpoint(reactor, "127.0.0.1", address.port),
            address,
            ca=ca,
            fingerprint=fingerprint,
        )
        self.connection = PersistentConnection(
            Conversation(Target("Alice", CLIENT_ID), self, lambda: 0.0),
            self,
            ServerEndpoint(
                address,
                endpoint,
                tls.explain_any,
                is_untrusted=tls.is_trust_failure,
                tls=True,
            ),
            clock=reactor,
            random=lambda: 0.0,
        )
        self.connection.start()
        await self.ended
        for _ in range(self.factory.connections):
            await self.factory.closed.get()
        await self.port.stopListening()
        return self.events[-1].removeprefix("closed: ")

    def entered(self, *, again: bool) -> None:
        self.connection.leave(None)

    def closed(self, problem: str, unstored: int) -> None:
        super().closed(problem, unstored)
        self.ended.callback(None)


def on_the_reactor(test: Callable[..., Coroutine[object, object, None]]) -> Callable[..., None]:
    """Run the coroutine `test` while the reactor runs."""
    run: Callable[..., None] = pytest_twisted.ensureDeferred(test)
    return run


async def visit(
    certificate: Identity | None,
    *,
    host: str = "127.0.0.1",
    ca: Path | None = None,
    fingerprint: bytes | None = None,
) -> tuple[str, list[bytes]]:
    """Return how a visit ended, and what the server received."""
    visitor = Visit(certificate)
    return await visitor.go(host, ca, fingerprint), visitor.factory.received


@on_the_reactor
async def test_a_self_signed_server_is_trusted_by_its_certificate_file(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    shown, line = await visit(server, ca=server.file)
    assert (shown, [json.loads(line)["type"] for line in line]) == ("", ["hello", "bye"])


@on_the_reactor
async def test_a_byte_order_mark_before_a_certificate_is_ignored(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    server.file.write_bytes(b"\xef\xbb\xbf" + server.file.read_bytes().replace(b"\n", b"\r\n"))
    shown, _ = await visit(server, ca=server.file)
    assert shown == ""


@on_the_reactor
async def test_a_server_is_trusted_if_a_ca_in_the_file_signed_its_certificate(
    tmp_path: Path,
) -> None:
    others, authority = identity(tmp_path, "Others", ca=True), identity(tmp_path, "CA", ca=True)
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(others.file.read_bytes() + authority.file.read_bytes())
    shown, _ = await visit(identity(tmp_path, "127.0.0.1", authority), ca=bundle)
    assert shown == ""


@on_the_reactor
async def test_a_certificate_for_a_name_is_trusted_under_that_name(tmp_path: Path) -> None:
    server = identity(tmp_path, "chat.test")
    shown, _ = await visit(server, host="chat.test", ca=server.file)
    assert shown == ""


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("my_container", "my_container"),
        ("r3--x.test", "r3--x.test"),
        ("chat.test.", "chat.test"),
        ("bücher.test", "xn--bcher-kva.test"),
        ("fe80::5%eth0", "fe80::5"),
    ],
)
@on_the_reactor
async def test_every_host_can_have_a_certificate(tmp_path: Path, host: str, name: str) -> None:
    """A zone is no part of an address in a certificate, and a last dot none of a name."""
    server = identity(tmp_path, name)
    shown, _ = await visit(server, host=host, ca=server.file)
    assert shown == ""


@on_the_reactor
async def test_a_certificate_for_another_address_is_refused(tmp_path: Path) -> None:
    server = identity(tmp_path, "fe80::6")
    shown, line = await visit(server, host="fe80::5%eth0", ca=server.file)
    assert "is not for fe80::5; give the name that it is for." in shown
    assert line == []


@on_the_reactor
async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    server = identity(tmp_path, "other.test")
    shown, line = await visit(server, host="chat.test", ca=server.file)
    assert "is not for chat.test; give the name that it is for." in shown
    assert line == []


@pytest.mark.parametrize("with_file", [True, False])
@on_the_reactor
async def test_a_certificate_that_no_trusted_ca_signed_is_refused(
    tmp_path: Path, with_file: bool
) -> None:
    server, other = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    shown, line = await visit(server, ca=other.file if with_file else None)
    assert "is not trusted; give its CA with --ca FILE" in shown
    assert line == []


@on_the_reactor
async def test_the_pinned_certificate_is_trusted_whatever_is_in_it(tmp_path: Path) -> None:
    server = identity(tmp_path, "other.test", identity(tmp_path, "CA", ca=True))
    server_name, line = await visit(server, host="chat.test", fingerprint=server.fingerprint)
    assert (server_name, json.loads(line[0])["name"]) == ("", "Alice")


@pytest.mark.parametrize(
    ("host", "server_name"), [("chat.test", b"chat.test"), ("127.0.0.1", None)]
)
@on_the_reactor
async def test_a_server_of_many_names_gets_the_name_the_client_wants(
    tmp_path: Path, host: str, server_name: bytes | None
) -> None:
    """An IP address is not a name, and is not sent (RFC 6066 section 3)."""
    server = identity(tmp_path, "other.test")
    names: list[bytes | None] = []
    context = server.server_options.getContext()
    context.set_tlsext_servername_callback(lambda end: names.append(end.get_servername()))
    await visit(server, host=host, fingerprint=server.fingerprint)
    assert names == [server_name]


@on_the_reactor
async def test_any_certificate_but_the_pinned_one_is_refused(tmp_path: Path) -> None:
    server, other = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    shown, line = await visit(server, fingerprint=other.fingerprint)
    assert shown.startswith("The server's certificate is not the one pinned with --fingerprint; ")
    assert server.fingerprint.hex(":").upper() in shown
    assert line == []


@on_the_reactor
async def test_a_pinned_ca_certificate_does_not_make_its_issued_ones_trusted(
    tmp_path: Path,
) -> None:
    authority = identity(tmp_path, "CA", ca=True)
    server = identity(tmp_path, "127.0.0.1", authority)
    shown, line = await visit(server, fingerprint=authority.fingerprint)
    assert "not the one pinned" in shown
    assert line == []


@on_the_reactor
async def test_a_server_without_tls_never_gets_plain_text(tmp_path: Path) -> None:
    shown, line = await visit(None, ca=identity(tmp_path, "127.0.0.1").file)
    assert "does not use TLS; leave out --tls, or give its TLS port." in shown
    assert b"Alice" not in b"".join(line)


@on_the_reactor
async def test_a_client_that_uses_tls_is_not_told_to_try_it(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    visitor = Visit(server)
    visitor.factory.protocol = SilentlyClosing
    shown = await visitor.go("127.0.0.1", None, server.fingerprint)
    assert "closed the connection; try again later." in shown


class ReconnectVisit(Visit):
    """A visit whose connection is lost after the login; then the server has another certificate."""

    def __init__(self, before: Identity, after: Identity) -> None:
        super().__init__(before)
        self.options = before.server_options
        self.after = after

    def entered(self, *, again: bool) -> None:
        if again:
            self.connection.leave(None)
            return
        context = self.after.server_options.getContext()
        self.options.getContext = lambda: context  # type: ignore[method-assign]
        protocol: Any = self.connection._protocol
        protocol.transport.abortConnection()


@pytest.mark.parametrize("pinned", [True, False])
@on_the_reactor
async def test_another_certificate_after_a_reconnect_ends_it_in_one_sentence(
    tmp_path: Path, pinned: bool
) -> None:
    before, after = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    visitor = ReconnectVisit(before, after)
    ca, fingerprint = (None, before.fingerprint) if pinned else (before.file, None)
    shown = await visitor.go("127.0.0.1", ca, fingerprint)
    assert ("not the one pinned" if pinned else "is not trusted") in shown
    assert [json.loads(line)["type"] for line in visitor.factory.received] == ["hello"]
    assert "in again" not in visitor.events


@on_the_reactor
async def test_the_same_certificate_after_a_reconnect_is_trusted(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    visitor = ReconnectVisit(server, server)
    assert await visitor.go("127.0.0.1", None, server.fingerprint) == ""
    assert [json.loads(line)["type"] for line in visitor.factory.received] == [
        "hello",
        "hello",
        "bye",
    ]


@pytest.mark.parametrize("pinned", [True, False])
@on_the_reactor
async def test_an_expired_certificate_is_trusted_only_if_it_is_pinned(
    tmp_path: Path, pinned: bool
) -> None:
    server = identity(tmp_path, "127.0.0.1", until=NOW - DAY)
    fingerprint = server.fingerprint if pinned else None
    shown, _ = await visit(server, ca=server.file, fingerprint=fingerprint)
    assert shown == "" if pinned else "is not trusted" in shown


@on_the_reactor
async def test_a_server_with_nothing_newer_than_tls_1_1_is_refused(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    old = SSL.Context(SSL.TLS_METHOD)
    old.set_cipher_list(b"ALL:@SECLEVEL=0")
    old.set_min_proto_version(SSL.TLS1_VERSION)
    old.set_max_proto_version(SSL.TLS1_1_VERSION)
    old.use_certificate(server.certificate)
    old.use_privatekey(server.key)
    server.server_options.getContext = lambda: old  # type: ignore[method-assign]
    for trust in ({"ca": server.file}, {"fingerprint": server.fingerprint}):
        shown, line = await visit(server, **trust)
        assert "have no TLS version in common; both need TLS 1.2 or later." in shown
        assert line == []


def test_a_file_without_a_certificate_is_reported_in_one_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    for content in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        empty.write_bytes(content)
        with pytest.raises(
            UserFacingError, match="has no certificate in PEM form; give a PEM file"
        ):
            tls.wrap(TCP4ClientEndpoint(reactor, "h", 1), Address("h"), ca=empty, fingerprint=None)
    with pytest.raises(UserFacingError, match="cannot be read"):
        tls.wrap(TCP4ClientEndpoint(reactor, "h", 1), Address("h"), ca=tmp_path, fingerprint=None)


def test_without_pyopenssl_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['OpenSSL'] = None; from netchat.client.cli.command import main; "
    )
    finished = subprocess.run(
        [sys.executable, "-c", code + "sys.exit(main(['127.0.0.1:1', '--tls', '--name', 'ci']))"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stderr == (
        "netchat: TLS needs pyOpenSSL, which is missing here; install netchat again.\n"
    )
    assert finished.returncode == 2
