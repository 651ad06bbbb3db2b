"""SSH clients in memory: conch's client on one side, the real server on the other."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import SSHClientTransport
from twisted.conch.ssh.userauth import SSHUserAuthClient
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger

from netchat.testing import Network

_RSA = NS(b"ssh-rsa")
_QUIET = Logger(observer=lambda event: None)  # type: ignore[arg-type]


@cache
def make_key(kind: str = "ed25519", number: int = 0) -> Key:
    """Return a key of the `kind`; each `number` has its own."""
    if kind == "rsa":
        return Key(rsa.generate_private_key(65537, 2048))
    if kind.startswith("nistp"):
        curves: dict[str, Any] = {
            "nistp256": ec.SECP256R1,
            "nistp384": ec.SECP384R1,
            "nistp521": ec.SECP521R1,
        }
        return Key(ec.generate_private_key(curves[kind]()))
    return Key(Ed25519PrivateKey.generate())


def line_of(key: Key) -> str:
    """Return the public key as in authorized_keys."""
    text: bytes = key.public().toString("OPENSSH")
    return " ".join(text.decode().split()[:2])


class _Login(SSHUserAuthClient):
    """Offers keys, and answers what it is asked for with passwords; each once, in order."""

    _log = _QUIET

    def __init__(self, client: SshClient, service: SSHConnection) -> None:
        super().__init__(client.user, service)
        self._client = client
        self._keys = list(client.keys)
        self._answers = list(client.answers)
        self.preferredOrder = list(client.methods)

    def getPublicKey(self) -> Key | None:
        return self._keys.pop(0).public() if self._keys else None

    def signData(self, publicKey: Key, signData: bytes) -> Any:
        key = next(key for key in self._client.keys if key.public() == publicKey)
        if self._client.asks_only:
            return fail(EOFError())
        if key.sshType() != b"ssh-rsa":
            return succeed(key.sign(signData))
        kind = self._client.signs_with
        head = NS(b"publickey") + b"\1"
        signed = signData.replace(head + _RSA, head + NS(kind))
        return succeed(key.sign(signed, signatureType=kind))

    def askForAuth(self, kind: bytes, extraData: bytes) -> None:
        """Say with which algorithm the key signs, which conch does not for RSA."""
        data = extraData
        if kind == b"publickey" and data[1:].startswith(_RSA):
            data = data[:1] + NS(self._client.signs_with) + data[1 + len(_RSA) :]
        super().askForAuth(kind, data)

    def getPassword(self, prompt: bytes | None = None) -> Any:
        return succeed(self._answers.pop(0).encode()) if self._answers else None

    def getGenericAnswers(self, name: bytes, instruction: bytes, prompts: Any) -> Any:
        self._client.asked += [(prompt.decode(), echo) for prompt, echo in prompts]
        self._client.instructions.append(instruction.decode())
        if len(self._answers) < len(prompts):
            return fail(EOFError())
        return succeed([self._answers.pop(0) for _ in prompts])

    def ssh_USERAUTH_FAILURE(self, packet: bytes) -> Any:
        methods, rest = getNS(packet)
        self._client.failures.append((methods.decode().split(","), bool(rest[0])))
        return super().ssh_USERAUTH_FAILURE(packet)

    def ssh_USERAUTH_BANNER(self, packet: bytes) -> None:
        self._client.banner += getNS(packet)[0].decode()


class _Session(SSHChannel):
    name = b"session"
    conn: Any
    _log = _QUIET

    def __init__(self, client: SshClient, window: int) -> None:
        super().__init__(localWindow=window)
        self._client = client

    def channelOpen(self, specificData: bytes) -> None:
        client = self._client
        client.channel = self
        if client.terminal is not None:
            term, columns, rows = client.terminal
            size = struct.pack(">4L", columns, rows, 0, 0)
            self.conn.sendRequest(self, b"pty-req", NS(term.encode()) + size + NS(b""))
        kind, payload = client.request
        sent = self.conn.sendRequest(self, kind, payload, wantReply=True)
        sent.addCallbacks(
            lambda _: client.replies.append(True), lambda _: client.replies.append(False)
        )

    def openFailed(self, reason: Any) -> None:
        self._client.open_failure = reason.args[0].decode()

    def dataReceived(self, data: bytes) -> None:
        self._client.stdout += data

    def extReceived(self, dataType: int, data: bytes) -> None:
        self._client.stderr += data

    def request_exit_status(self, data: bytes) -> bool:
        self._client.status = struct.unpack(">L", data)[0]
        return True

    def closed(self) -> None:
        self._client.channel_closed = True


class _Connection(SSHConnection):
    _log = _QUIET

    def __init__(self, client: SshClient) -> None:
        super().__init__()
        self._client = client

    def serviceStarted(self) -> None:
        self._client.is_authenticated = True
        for _ in range(self._client.sessions):
            channel = _Session(self._client, self._client.window)
            if self._client.channel_type:
                channel.name = self._client.channel_type
            self.openChannel(channel)

    def adjustWindow(self, channel: Any, bytesToAdd: int) -> None:
        if self._client.reads:
            super().adjustWindow(channel, bytesToAdd)


class SshClient(SSHClientTransport):
    """A client that logs in as `user` and runs `command` (None: a shell) on `network`."""

    _log = _QUIET
    sessions = 1
    transport: Any
    asks_only = False
    """Whether it asks for its keys, and signs with none."""
    signs_with = b"rsa-sha2-512"
    channel_type = b""
    window = 65_536
    reads = True
    supportedCompressions = [b"none"]

    def __init__(
        self,
        user: str,
        *keys: Key,
        command: str | None = None,
        answers: tuple[str, ...] = (),
        terminal: tuple[str, int, int] | None = None,
        methods: tuple[bytes, ...] = (b"publickey", b"keyboard-interactive", b"password"),
    ) -> None:
        self.user = user.encode()
        self.keys = keys
        self.answers = answers
        self.methods = methods
        self.terminal = terminal
        self.request = (b"shell", b"") if command is None else (b"exec", NS(command.encode()))
        self.asked: list[tuple[str, bool]] = []
        self.instructions: list[str] = []
        self.failures: list[tuple[list[str], bool]] = []
        self.banner = ""
        self.channel: Any = None
        self.replies: list[bool] = []
        self.open_failure = ""
        self.stdout = self.stderr = b""
        self.status: int | None = None
        self.is_authenticated = self.channel_closed = False
        self.online = True
        self.ended = ""
        self.host_key = b""

    def verifyHostKey(self, hostKey: bytes, fingerprint: str) -> Deferred[int]:
        self.host_key = hostKey
        return succeed(1)

    def connectionSecure(self) -> None:
        if self.service is None:  # conch calls this after each key exchange
            self.requestService(_Login(self, _Connection(self)))

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        self.ended = description.decode()

    def connectionLost(self, reason: Any = None) -> None:
        self.online = False

    def say(self, text: str) -> None:
        """Send a line."""
        self.send(f"{text}\n".encode())

    def send(self, data: bytes) -> None:
        """Send input."""
        self.channel.write(data)
        self.network.settle()

    def end(self) -> None:
        """End the input."""
        self.channel.conn.sendEOF(self.channel)
        self.network.settle()

    def hang_up(self) -> None:
        """Close the connection."""
        self.transport.loseConnection()
        self.network.settle()

    @property
    def heard(self) -> list[str]:
        """The lines on stdout so far."""
        return self.stdout.decode().splitlines()

    @property
    def told(self) -> list[str]:
        """The lines on stderr so far."""
        return self.stderr.decode().splitlines()

    network: Network


def connect(network: Network, client: SshClient, host: str = "") -> SshClient:
    """Connect `client`, and return it when all has happened that can."""
    client.network = network
    network.connect(client, host)
    network.advance(0.2)
    return client


def ssh(network: Network, user: str, *keys: Key, host: str = "", **options: Any) -> SshClient:
    """Return a client that has logged in as `user` on `network`, as far as it could."""
    return connect(network, SshClient(user, *keys, **options), host)
