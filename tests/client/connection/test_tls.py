"""TLS with a real server on the loopback: who is trusted, who is not, and what is told about it."""

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
from netchat.client.connection.errors import UserFacingError, explain
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.login import Target
from tests.support.certificates import DAY, NOW, Identity, identity
from tests.support.client_fakes import CLIENT_ID, RecordingFrontend

# Twisted 26.10 hands pyOpenSSL 26 objects that it would rather not have; nothing we could change.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")

reactor: Any = global_reactor


class Greeter(LineOnlyReceiver):
    """As much of a server as it takes to be let in, and out."""

    delimiter = b"\n"
    answers: ClassVar = {
        "hello": b'{"type":"welcome","name":"Alice","server":"x","protocol":1,"limits":{}}\n'
        b'{"type":"entered","room":"lobby","topic":"","names":["Alice"],"last":0}\n',
        "bye": b'{"type":"closing","reason":"bye","message":"","retry":null}\n',
    }
    transport: Any
    factory: Any

    def connectionMade(self) -> None:
        self.factory.made += 1
        self.transport.write(b"Enter username: ")

    def lineReceived(self, line: bytes) -> None:
        self.factory.heard.append(line)
        # What asks for TLS is a thousand bytes by chance: there may be a line, and a brace, in it.
        if line.startswith(b'{"type":'):
            self.transport.write(self.answers[json.loads(line)["type"]])

    def connectionLost(self, reason: Any = None) -> None:
        self.factory.gone.put(None)


class Hushed(Greeter):
    """One that hears us, and closes without a word."""

    def connectionMade(self) -> None:
        self.factory.made += 1

    def lineReceived(self, line: bytes) -> None:
        self.transport.loseConnection()


class Visit(RecordingFrontend):
    """A visit of Alice to a real server; she leaves as soon as she is in."""

    def __init__(self, certificate: Identity | None) -> None:
        super().__init__()
        self.ended: Deferred[None] = Deferred()
        factory: Any = Factory.forProtocol(Greeter)
        self.factory = factory
        self.factory.heard, self.factory.gone, self.factory.made = [], DeferredQueue(), 0
        self.port: Any = (
            reactor.listenSSL(0, self.factory, certificate.server_options, interface="127.0.0.1")
            if certificate
            else reactor.listenTCP(0, self.factory, interface="127.0.0.1")
        )

    async def go(self, host: str, ca: Path | None, fingerprint: bytes | None) -> str:
        """Return how it ended: "" for well, or the complaint."""
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
                lambda why, at: tls.explain_tls(why, at) or explain(why, at),
                is_untrusted=tls.is_trust_failure,
                tls=True,
            ),
            clock=reactor,
            random=lambda: 0.0,
        )
        self.connection.start()
        await self.ended
        for _ in range(self.factory.made):
            await self.factory.gone.get()
        await self.port.stopListening()
        return self.events[-1].removeprefix("closed: ")

    def entered(self, *, again: bool) -> None:
        self.connection.leave(None)

    def closed(self, problem: str, unstored: int) -> None:
        super().closed(problem, unstored)
        self.ended.callback(None)


def on_the_reactor(test: Callable[..., Coroutine[object, object, None]]) -> Callable[..., None]:
    """Let `test` run while the reactor runs."""
    run: Callable[..., None] = pytest_twisted.ensureDeferred(test)
    return run


async def visit(
    certificate: Identity | None,
    *,
    host: str = "127.0.0.1",
    ca: Path | None = None,
    fingerprint: bytes | None = None,
) -> tuple[str, list[bytes]]:
    """Return how a visit ended, and what the server heard of it."""
    visitor = Visit(certificate)
    return await visitor.go(host, ca, fingerprint), visitor.factory.heard


@on_the_reactor
async def test_a_server_that_is_its_own_authority_is_trusted_by_its_file(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    told, line = await visit(server, ca=server.file)
    assert (told, [json.loads(line)["type"] for line in line]) == ("", ["hello", "bye"])


@on_the_reactor
async def test_a_server_is_trusted_if_an_authority_in_the_file_signed_it(tmp_path: Path) -> None:
    others, authority = identity(tmp_path, "Others", ca=True), identity(tmp_path, "CA", ca=True)
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(others.file.read_bytes() + authority.file.read_bytes())
    told, _ = await visit(identity(tmp_path, "127.0.0.1", authority), ca=bundle)
    assert told == ""


@on_the_reactor
async def test_a_server_for_a_name_is_trusted_under_that_name(tmp_path: Path) -> None:
    server = identity(tmp_path, "chat.test")
    told, _ = await visit(server, host="chat.test", ca=server.file)
    assert told == ""


@on_the_reactor
async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    server = identity(tmp_path, "other.test")
    told, line = await visit(server, host="chat.test", ca=server.file)
    assert "is not for chat.test; give the name that it is for." in told
    assert line == []


@pytest.mark.parametrize("with_file", [True, False])
@on_the_reactor
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, with_file: bool
) -> None:
    server, other = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    told, line = await visit(server, ca=other.file if with_file else None)
    assert "is not trusted; give its CA with --ca FILE" in told
    assert line == []


@on_the_reactor
async def test_the_pinned_certificate_is_trusted_whatever_it_says(tmp_path: Path) -> None:
    server = identity(tmp_path, "other.test", identity(tmp_path, "CA", ca=True))
    told, line = await visit(server, host="chat.test", fingerprint=server.fingerprint)
    assert (told, json.loads(line[0])["name"]) == ("", "Alice")


@pytest.mark.parametrize(("host", "told"), [("chat.test", b"chat.test"), ("127.0.0.1", None)])
@on_the_reactor
async def test_a_server_of_many_names_is_told_which_one_is_meant(
    tmp_path: Path, host: str, told: bytes | None
) -> None:
    """A name, that is; an IP address is none (RFC 6066 section 3)."""
    server = identity(tmp_path, "other.test")
    names: list[bytes | None] = []
    context = server.server_options.getContext()
    context.set_tlsext_servername_callback(lambda end: names.append(end.get_servername()))
    await visit(server, host=host, fingerprint=server.fingerprint)
    assert names == [told]


@on_the_reactor
async def test_any_other_certificate_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    server, other = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    told, line = await visit(server, fingerprint=other.fingerprint)
    assert told.startswith("The server's certificate is not the one pinned with --fingerprint; ")
    assert server.fingerprint.hex(":").upper() in told
    assert line == []


@on_the_reactor
async def test_a_pinned_certificate_of_an_authority_does_not_vouch_for_others(
    tmp_path: Path,
) -> None:
    authority = identity(tmp_path, "CA", ca=True)
    server = identity(tmp_path, "127.0.0.1", authority)
    told, line = await visit(server, fingerprint=authority.fingerprint)
    assert "not the one pinned" in told
    assert line == []


@on_the_reactor
async def test_a_server_without_tls_is_never_talked_to_in_plain(tmp_path: Path) -> None:
    told, line = await visit(None, ca=identity(tmp_path, "127.0.0.1").file)
    assert "does not use TLS; leave out --tls, or give its TLS port." in told
    assert b"Alice" not in b"".join(line)


@on_the_reactor
async def test_who_speaks_tls_already_is_not_told_to_try_it(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    visitor = Visit(server)
    visitor.factory.protocol = Hushed
    told = await visitor.go("127.0.0.1", None, server.fingerprint)
    assert "closed the connection; try again later." in told


class Return(Visit):
    """A visit that is cut when Alice is in, and the server has another certificate after that."""

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
async def test_another_certificate_on_coming_back_ends_it_in_one_sentence(
    tmp_path: Path, pinned: bool
) -> None:
    before, after = identity(tmp_path, "127.0.0.1"), identity(tmp_path, "127.0.0.1")
    visitor = Return(before, after)
    ca, fingerprint = (None, before.fingerprint) if pinned else (before.file, None)
    told = await visitor.go("127.0.0.1", ca, fingerprint)
    assert ("not the one pinned" if pinned else "is not trusted") in told
    assert [json.loads(line)["type"] for line in visitor.factory.heard] == ["hello"]
    assert "in again" not in visitor.events


@on_the_reactor
async def test_the_same_certificate_on_coming_back_is_trusted(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    visitor = Return(server, server)
    assert await visitor.go("127.0.0.1", None, server.fingerprint) == ""
    assert [json.loads(line)["type"] for line in visitor.factory.heard] == ["hello", "hello", "bye"]


@pytest.mark.parametrize("pinned", [True, False])
@on_the_reactor
async def test_a_certificate_that_has_run_out_is_trusted_only_if_it_is_the_pinned_one(
    tmp_path: Path, pinned: bool
) -> None:
    server = identity(tmp_path, "127.0.0.1", until=NOW - DAY)
    fingerprint = server.fingerprint if pinned else None
    told, _ = await visit(server, ca=server.file, fingerprint=fingerprint)
    assert told == "" if pinned else "is not trusted" in told


@on_the_reactor
async def test_a_server_with_nothing_newer_than_tls_1_1_is_not_talked_to(tmp_path: Path) -> None:
    server = identity(tmp_path, "127.0.0.1")
    old = SSL.Context(SSL.TLS_METHOD)
    old.set_cipher_list(b"ALL:@SECLEVEL=0")
    old.set_min_proto_version(SSL.TLS1_VERSION)
    old.set_max_proto_version(SSL.TLS1_1_VERSION)
    old.use_certificate(server.certificate)
    old.use_privatekey(server.key)
    server.server_options.getContext = lambda: old  # type: ignore[method-assign]
    for trust in ({"ca": server.file}, {"fingerprint": server.fingerprint}):
        told, line = await visit(server, **trust)
        assert "have no TLS version in common; both need TLS 1.2 or later." in told
        assert line == []


def test_a_file_that_is_no_certificate_is_told_in_one_sentence(tmp_path: Path) -> None:
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
        "netchat: TLS needs pyOpenSSL; install it with pip install 'netchat[tls]'.\n"
    )
    assert finished.returncode == 2
