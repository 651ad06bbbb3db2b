"""Rate limit of password attempts: one at a time per address; a wrong one takes a second.

A client that guesses has one attempt a second, however many connections it has. A right password
costs no time, but waits in the same queue: otherwise an immediate answer would tell that it is
right. Where the limits per address do not apply (`AdmissionPolicy.is_exempt`), each connection has
a queue of its own. Nothing is kept of an address whose queue is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
Answer = Callable[[bool], None]
Check = Callable[[Answer], None]
"""Calls the Answer with whether a password is right: at once, or when threads have verified it."""


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
        self._queues: dict[object, dict[PasswordClient, _Attempt]] = {}
        """The attempts that wait; a queue exists while an attempt of its key is in progress."""
        self._keys: dict[PasswordClient, object] = {}
        """The key of the queue in which each client waits."""

    @property
    def addresses(self) -> int:
        """How many addresses have a queue."""
        return len(self._queues)

    def verify(
        self, client: PasswordClient, check: Check, answer: Answer, key: object = None
    ) -> float:
        """Call `answer` with the result of `check`, which is called at the turn of `client`.

        The queue is that of `key`, or of the address of `client` if there is none. Return the
        seconds within which `answer` will be called, beside those that `check` takes; 0: it has
        been called.
        """
        if key is None:
            key = self.key_of(client)
        busy = key in self._queues
        queue = self._queues.setdefault(key, {})
        queue[client] = _Attempt(client, check, answer)
        self._keys[client] = key
        if not busy:
            self._verify_next(key)
        return DELAY * (1 + len(queue)) if key in self._queues else 0.0

    def cancel(self, client: Any) -> bool:
        """Remove the attempt of `client` that waits for its turn; return whether there was one."""
        if client not in self._keys:
            return False
        del self._queues[self._keys.pop(client)][client]
        return True

    def is_busy(self, client: PasswordClient) -> bool:
        """Return whether an attempt of the address of `client` would have to wait."""
        return self.key_of(client) in self._queues

    def key_of(self, client: PasswordClient) -> object:
        """Return what those have in common who wait for each other: the address of `client`."""
        return client if self._policy.is_exempt(host_at(client.addr)) else client.key

    def _verify_next(self, key: object) -> None:
        queue = self._queues[key]
        while queue:
            attempt = queue.pop(next(iter(queue)))
            del self._keys[attempt.client]
            try:
                attempt.check(partial(self._checked, key, attempt))
            except Exception:
                attempt.client.fail()
                continue
            attempt.returned = True
            if attempt.matches is None or not self._finish(key, attempt, attempt.matches):
                return
        del self._queues[key]

    def _checked(self, key: object, attempt: _Attempt, matches: bool) -> None:
        if not attempt.returned:
            attempt.matches = matches  # The loop goes on with it: a call here would nest.
        elif self._finish(key, attempt, matches):
            self._verify_next(key)

    def _finish(self, key: object, attempt: _Attempt, matches: bool) -> bool:
        """Answer `attempt`, a wrong one later; return whether the next one may be verified."""
        if not matches:
            self._log.wrong_password(peer_name(attempt.client.addr))
            self._clock.callLater(DELAY, self._reject, key, attempt)
            return False
        self._answer(attempt, matches=True)
        return True

    def _reject(self, key: object, attempt: _Attempt) -> None:
        self._answer(attempt, matches=False)
        self._verify_next(key)

    def _answer(self, attempt: _Attempt, *, matches: bool) -> None:
        try:
            attempt.answer(matches)
        except Exception:
            attempt.client.fail()


class _Attempt:
    """A password that is to be verified."""

    __slots__ = ("answer", "check", "client", "matches", "returned")

    def __init__(self, client: PasswordClient, check: Check, answer: Answer) -> None:
        self.client = client
        self.check = check
        self.answer = answer
        self.matches: bool | None = None
        """The result, if it has come while `check` was running."""
        self.returned = False
