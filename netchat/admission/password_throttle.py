"""Rate limit of password attempts: one at a time per address; a wrong one takes a second.

A client that guesses has one attempt a second, however many connections it has. A right password
costs no time, but waits in the same queue: otherwise an immediate answer would tell that it is
right. Where the limits per address do not apply (`AdmissionPolicy.is_exempt`), each connection has
a queue of its own. Nothing is kept of an address whose queue is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from netchat.admission.policy import host_at
from netchat.observability.connection_log import peer_name

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTime

    from netchat.admission.policy import AdmissionPolicy
    from netchat.observability.connection_log import ConnectionLog

DELAY = 1.0
"""Seconds that a wrong password takes.

With a longer delay, the last of the 16 clients that may be connected from one address could give up
(after 20 s) before its right password is verified.
"""
Attempt = tuple[Callable[[], bool], Callable[[bool], None]]


class PasswordClient(Protocol):
    """A connection over which a password is given."""

    key: bytes

    @property
    def addr(self) -> IAddress:
        """The address of the client."""

    def fail(self) -> None:
        """Log the exception being handled, which is a bug, and close at once."""


class PasswordThrottle:
    """Verifies passwords one by one per address; `policy` exempts some; `log` gets wrong ones."""

    def __init__(self, clock: IReactorTime, policy: AdmissionPolicy, log: ConnectionLog) -> None:
        self._clock = clock
        self._policy = policy
        self._log = log
        self._queues: dict[object, dict[PasswordClient, Attempt]] = {}
        """The attempts that wait; a queue exists while an attempt of its key is in progress."""

    @property
    def addresses(self) -> int:
        """How many addresses have a queue."""
        return len(self._queues)

    def verify(
        self, client: PasswordClient, matches: Callable[[], bool], answer: Callable[[bool], None]
    ) -> float:
        """Call `answer` with the result of `matches`, which is called at the turn of `client`.

        Return the seconds within which `answer` will be called; 0: it has been called.
        """
        exempt = self._policy.is_exempt(host_at(client.addr))
        key = client if exempt else client.key
        busy = key in self._queues
        queue = self._queues.setdefault(key, {})
        queue[client] = (matches, answer)
        if not busy:
            self._verify_next(key)
        return DELAY * (1 + len(queue)) if key in self._queues else 0.0

    def cancel(self, client: Any, key: bytes) -> None:
        """Remove the attempt of `client` from the queue of `key`, if it waits there."""
        self._queues.get(key, {}).pop(client, None)

    def _verify_next(self, key: object) -> None:
        queue = self._queues[key]
        while queue:
            client = next(iter(queue))
            matches, answer = queue.pop(client)
            try:
                if not matches():
                    self._log.wrong_password(peer_name(client.addr))
                    self._clock.callLater(DELAY, self._reject, key, client, answer)
                    return
                answer(True)
            except Exception:
                client.fail()
        del self._queues[key]

    def _reject(self, key: object, client: PasswordClient, answer: Callable[[bool], None]) -> None:
        try:
            answer(False)
        except Exception:
            client.fail()
        self._verify_next(key)
