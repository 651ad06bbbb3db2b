"""The user authentication of SSH: keys, questions, passwords, as messages.

Every key is taken when a client asks whether it may sign with it, so that the answer tells nothing
of who has which key.

Source: RFC 4252, RFC 4256 (keyboard-interactive), RFC 8332 (rsa-sha2).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol

from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.service import SSHService

from netchat.accounts.ssh_keys import SIGNATURE_ALGORITHMS, ssh_key_line, verify
from netchat.doors.ssh.login import Outcome, Question, SshLogin

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST, FAILURE, SUCCESS, BANNER = 50, 51, 52, 53
PK_OK = INFO_REQUEST = 60
INFO_RESPONSE = 61
CONNECTION = b"ssh-connection"
MAX_REQUESTS = 64
"""How many requests a connection may make: an agent may have many keys."""
MAX_SIGNATURES = 12
"""How many signatures are verified for a connection."""
MAX_ANSWERS = 8
TOO_MANY = "Too many tries; connect again with the right key or password."


class Transport(Protocol):
    """The SSH connection below."""

    sessionID: bytes

    def sendPacket(self, kind: int, payload: bytes) -> None:
        """Send a message."""

    def disconnect(self, sentence: str) -> None:
        """Tell the client why, and close."""

    def hold(self, why: object) -> None:
        """Take no messages until `release` with the same `why`."""

    def release(self, why: object) -> None:
        """Take messages again."""

    def authenticated(self, login: SshLogin) -> None:
        """Called when the client may open a session."""


class Authentication(SSHService):
    """Authenticates one client; `make_login` makes the login of a user name.

    `max_tries` is how many wrong answers are taken; 0: any number.
    """

    name = b"ssh-userauth"
    protocolMessages = {
        REQUEST: "MSG_USERAUTH_REQUEST",
        INFO_RESPONSE: "MSG_USERAUTH_INFO_RESPONSE",
    }
    transport: Any

    def __init__(self, make_login: Callable[[bytes], SshLogin], max_tries: int) -> None:
        self._make_login = make_login
        self._max_tries = max_tries
        self._login: SshLogin | None = None
        self._user = b""
        self._requests = self._signatures = self._wrong = 0
        self._asked: tuple[Question, ...] | None = None

    def ssh_USERAUTH_REQUEST(self, packet: bytes) -> None:
        """Take a request of any method."""
        user, service, method, rest = getNS(packet, 3)
        self._requests += 1
        self._asked = None
        if self._requests > MAX_REQUESTS:
            self.transport.disconnect(TOO_MANY)
            return
        if self._login is None or user != self._user:
            self._user, self._login = user, self._make_login(user)
        if service != CONNECTION:
            self._fail()
        elif method == b"publickey":
            self._take_key(self._login, packet, rest)
        elif method == b"keyboard-interactive":
            self._ask(self._login)
        elif method == b"password" and rest[:1] == b"\0":
            password = getNS(rest[1:])[0].decode(errors="replace")
            questions = self._login.questions
            if self._login.takes_password:
                self._answer(self._login, questions, [password] * len(questions))
            else:
                self._fail()
        else:
            self._fail()

    def ssh_USERAUTH_INFO_RESPONSE(self, packet: bytes) -> None:
        """Take the answers to questions."""
        asked, self._asked = self._asked, None
        if asked is None or self._login is None:
            self._fail()
            return
        (count,) = struct.unpack_from(">L", packet)
        rest, answers = packet[4:], []
        for _ in range(min(count, MAX_ANSWERS)):
            answer, rest = getNS(rest)
            answers.append(answer.decode(errors="replace"))
        self._answer(self._login, asked, answers)

    def _take_key(self, login: SshLogin, packet: bytes, rest: bytes) -> None:
        algorithm, blob, signature_part = getNS(rest[1:], 2)
        try:
            key = ssh_key_line(blob) if algorithm in SIGNATURE_ALGORITHMS else ""
        except ValueError:
            key = ""
        if not key:
            self._fail()
        elif not rest[0]:
            self.transport.sendPacket(PK_OK, NS(algorithm) + NS(blob))
        else:
            self._signatures += 1
            if self._signatures > MAX_SIGNATURES:
                self.transport.disconnect(TOO_MANY)
                return
            signature = getNS(signature_part)[0]
            head = packet[: len(packet) - len(signature_part)]
            signed = NS(self.transport.sessionID) + bytes((REQUEST,)) + head
            if verify(blob, algorithm, signature, signed):
                self._conclude(login, login.prove_key(key))
            else:
                self._fail()

    def _ask(self, login: SshLogin) -> None:
        """Ask what is still to be asked; a client for which that is nothing comes in."""
        self._asked = login.questions
        prompts = [question.value.format(login.name).encode() for question in self._asked]
        # RFC 4256 allows a request without a prompt; the response to it is empty.
        payload = (
            NS(b"") + NS(login.instruction.encode()) + NS(b"") + struct.pack(">L", len(prompts))
        )
        payload += b"".join(NS(prompt) + b"\0" for prompt in prompts)
        self.transport.sendPacket(INFO_REQUEST, payload)

    def _answer(self, login: SshLogin, asked: tuple[Question, ...], answers: list[str]) -> None:
        transport = self.transport
        transport.hold(self)

        def done(outcome: Outcome) -> None:
            self._conclude(login, outcome, answered=bool(asked))
            transport.release(self)

        login.answer(asked, answers, done)

    def _conclude(self, login: SshLogin, outcome: Outcome, *, answered: bool = False) -> None:
        if outcome is Outcome.ACCEPTED:
            self.transport.sendPacket(SUCCESS, b"")
            self.transport.authenticated(login)
            return
        self._wrong += answered and outcome is Outcome.REFUSED
        if 0 < self._max_tries <= self._wrong:
            self.transport.disconnect(TOO_MANY)
        else:
            self._fail(partly=outcome is Outcome.MORE)

    def _fail(self, *, partly: bool = False) -> None:
        login = self._login
        methods = [b"publickey", b"keyboard-interactive"]
        if partly:
            methods.remove(b"publickey")
        if login is not None and login.takes_password:
            methods.append(b"password")
        self.transport.sendPacket(FAILURE, NS(b",".join(methods)) + bytes((partly,)))
