"""A signature is bound to the TLS connection over which it comes, if that ends in the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet import ssl
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory

from netchat.doors.transport.tls_exporter import exporter_of
from netchat.testing import Network, Program
from tests.support.certificates import identity
from tests.support.proofs import PASSWORD, Key, challenged, code, is_in, own
from tests.support.web import web_program

if TYPE_CHECKING:
    from pathlib import Path

# Twisted 26.10 passes pyOpenSSL 26 objects of a deprecated type; nothing here can change that.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
KEY = Key()


class SecureNetwork(Network):
    """A network on which connections have TLS."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__(*arguments)
        self._server = identity(folder, "127.0.0.1").server_options
        own(self, "Alice", key=KEY.public)
        service: Any = self.service
        service.factory = TLSMemoryBIOFactory(self._server, False, service.factory, self.clock)

    def secure_program(self, name: str) -> Program:
        """Return a program that has sent hello over TLS."""
        program = Program()
        program.network = self
        factory = Factory.forProtocol(lambda: program)
        options = ssl.CertificateOptions(verify=False)
        client: Any = TLSMemoryBIOFactory(options, True, factory, self.clock).buildProtocol(None)
        self.connect(client)
        program.ask("hello", name=name)
        return program


@pytest.fixture
def network(tmp_path: Path) -> SecureNetwork:
    return SecureNetwork(tmp_path)


def test_over_tls_a_signature_covers_the_connection(network: SecureNetwork) -> None:
    alice = network.secure_program("Alice")
    challenge = challenged(alice)
    assert challenge["binding"] == "exporter"
    exporter = exporter_of(alice.transport)
    assert len(exporter) == 64
    alice.ask("auth", **KEY.proof(challenge))
    assert code(alice) == "bad-auth"
    alice.ask("auth", **KEY.proof(challenge, exporter=exporter))
    assert is_in(alice)


def test_a_signature_that_is_passed_on_over_another_tls_connection_is_refused(
    network: SecureNetwork,
) -> None:
    """Who is in between has a TLS connection with the victim, and another with the server."""
    thief, victim = network.secure_program("Alice"), network.secure_program("Alice")
    challenge = challenged(thief)
    assert exporter_of(victim.transport) != exporter_of(thief.transport)
    thief.ask("auth", **KEY.proof(challenge, exporter=exporter_of(victim.transport)))
    assert code(thief) == "bad-auth"


def test_over_tls_a_password_can_be_sent(network: SecureNetwork) -> None:
    bob = network.secure_program("Bob")
    bob.told()
    bob.ask("own", password=PASSWORD)
    assert bob.told()[0]["type"] == "owned"
    bob.ask("account")
    assert bob.told()[0]["devices"][0]["door"] == "tls"


def test_without_tls_there_is_nothing_to_bind_to() -> None:
    assert exporter_of(object()) == ""
    network = Network()
    own(network, "Alice", key=KEY.public)
    assert challenged(network.program("Alice"))["binding"] == ""


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"x_forwarded_proto": "https", "x_forwarded_for": "203.0.113.9"}, True),
        ({"x_forwarded_proto": "http", "x_forwarded_for": "203.0.113.9"}, False),
    ],
    ids=["https", "http"],
)
def test_a_trusted_proxy_tells_whether_a_password_came_in_clear(
    headers: dict[str, str], allowed: bool
) -> None:
    network = Network("--web-proxy", "192.0.2.7/32")
    bob = web_program(network, "Bob", "192.0.2.7", **headers)
    bob.told()
    bob.ask("own", password=PASSWORD)
    (answer,) = bob.told()
    assert (answer["type"] == "owned") is allowed


def test_who_is_no_trusted_proxy_is_not_believed_that_it_has_tls() -> None:
    network = Network()
    bob = web_program(network, "Bob", "192.0.2.7", x_forwarded_proto="https")
    bob.told()
    bob.ask("own", password=PASSWORD)
    assert bob.told()[0]["code"] == "not-allowed"


@pytest.mark.parametrize("named", ["exporter", ""])
def test_a_signature_made_for_the_door_without_tls_is_refused_at_the_one_with_tls(
    network: SecureNetwork, named: str
) -> None:
    """Who is in between shows the victim this challenge, and may say that nothing is bound."""
    thief = network.secure_program("Alice")
    shown = {**challenged(thief), "binding": named}
    thief.ask("auth", **KEY.proof(shown))
    assert code(thief) == "bad-auth"
