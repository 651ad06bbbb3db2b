"""Attackers, each with an address of its own, who try all kinds of wrong proofs without a break."""

from __future__ import annotations

import selectors
from base64 import b64encode
from collections import Counter
from random import Random
from time import monotonic
from typing import Any

import msgspec

from tests.support.proofs import Key
from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.owned_users import KEYED, KNOWN, STRANGE
from tests.torture.attacks.raw_connection import RawConnection

KINDS = ("password", "signature", "scram", "invitation")
"""What an attacker tries, each over a connection of its own."""
GUESS, INVITATION = "a-word-that-is-wrong", "an-invitation-that-is-none"
PER_SECOND = 300.0
"""New connections of all attackers, a second."""
_NAMES = (KEYED, KNOWN, STRANGE)


def attack(
    _: Controller, *, port: int, attackers: int, seconds: float, seed: int
) -> dict[str, Any]:
    """Guess for so many seconds; return what was tried, and how it was answered."""
    guessers = Guessers(port, Random(seed))
    begin = monotonic()
    waiting = [(number, kind) for number in range(attackers) for kind in KINDS]
    with guessers.selector as selector:
        while monotonic() < begin + seconds:
            while waiting and guessers.made <= (monotonic() - begin) * PER_SECOND:
                guessers.connect(*waiting.pop(0))
            for key, _mask in selector.select(0.05):
                if not key.data.go_on(guessers):
                    selector.unregister(key.fileobj)
                    key.data.connection.close()
                    waiting.append((key.data.number, key.data.kind))
        guessers.close()
    return {
        "connections": guessers.made,
        "refused": {kind: guessers.refused[kind] for kind in KINDS},
        "passwords": {name: guessers.passwords[name] for name in _NAMES},
        "sentences": sorted(guessers.sentences),
        "welcomed": guessers.welcomed,
        "took": monotonic() - begin,
    }


class Guessers:
    """All connections of the attackers, and what has been answered to them."""

    def __init__(self, port: int, rng: Random) -> None:
        self.selector = selectors.DefaultSelector()
        self.rng = rng
        self.made = self.welcomed = 0
        self.refused: Counter[str] = Counter()
        """The wrong answers that were refused, by kind."""
        self.passwords: Counter[str] = Counter()
        """The passwords that were refused, by name."""
        self.sentences: set[str] = set()
        """What a refusal of a proof says, but for invitations."""
        self._port = port

    def connect(self, number: int, kind: str) -> None:
        """Open a connection of the attacker `number`, and log in with an owned or a new name."""
        self.made += 1
        connection = RawConnection(self._port)
        name = f"guest{self.made}" if kind == "invitation" else self.rng.choice(_NAMES)
        header = f"PROXY TCP4 203.0.113.{number} 192.0.2.1 {40000 + number} 5001\r\n"
        connection.send(header.encode())
        guesser = _Guesser(connection, number, kind, name)
        connection.try_ask(type="hello", name=name, rooms=[])
        self.selector.register(connection.socket, selectors.EVENT_READ, guesser)

    def close(self) -> None:
        """Close all connections."""
        for key in [*self.selector.get_map().values()]:
            key.data.connection.close()


class _Guesser:
    """One connection; it answers each refusal with the next guess."""

    def __init__(self, connection: RawConnection, number: int, kind: str, name: str) -> None:
        self.connection = connection
        self.number = number
        self.kind = kind
        self.name = name
        self._challenge: dict[str, Any] = {}
        self._guessed = False
        self._buffer = b""

    def go_on(self, guessers: Guessers) -> bool:
        """Read, and guess again; return whether the connection is still of use."""
        received = self.connection.take()
        *lines, self._buffer = (self._buffer + received).split(b"\n")
        for line in lines:
            event = msgspec.json.decode(line.removeprefix(b"Enter username: "))
            if event["type"] == "welcome":
                guessers.welcomed += 1
            elif event["type"] == "auth-step":
                self._ask(method="scram", data="c=biws,r=x,p=" + _base64(guessers.rng, 32))
            elif event["type"] == "error":
                self._refused(event, guessers)
            else:
                return False  # It is closing.
        return bool(received)

    def _refused(self, event: dict[str, Any], guessers: Guessers) -> None:
        self._challenge = event.get("challenge") or self._challenge
        if event["code"] in ("bad-auth", "bad-invitation") and self._guessed:
            guessers.refused[self.kind] += 1
            guessers.passwords[self.name] += self.kind == "password"
            if self.kind != "invitation":
                guessers.sentences.add(event["message"])
        self._guess(guessers.rng)

    def _guess(self, rng: Random) -> None:
        self._guessed = True
        match self.kind:
            case "password":
                self._ask(method="password", password=GUESS)
            case "signature":
                # The right key with a signature by another; or all of another key.
                proof = Key(f"{rng.random()}").proof(self._challenge)
                right = {"key": Key().public} if rng.random() < 0.5 else {}
                self._ask(**{**proof, **right})
            case "scram":
                first = ["n,,n=,r=" + _base64(rng, 18), _base64(rng, 200), "n,,", "\x00" * 100]
                self._ask(method="scram", data=rng.choice(first))
            case _:
                request = {"type": "own", "invitation": INVITATION, "password": GUESS}
                self.connection.try_ask(**request)

    def _ask(self, **fields: str) -> None:
        self.connection.try_ask(type="auth", **fields)


def _base64(rng: Random, count: int) -> str:
    return b64encode(rng.randbytes(count)).decode()
