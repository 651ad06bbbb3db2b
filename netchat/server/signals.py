"""What the signals do to a server: stop, read files again, open the log again, or nothing."""

from __future__ import annotations

import errno
import signal
import termios
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
IGNORED = (
    signal.SIGUSR2,
    signal.SIGALRM,
    signal.SIGVTALRM,
    signal.SIGPROF,
    signal.SIGIO,
    *(getattr(signal, name) for name in ("SIGPWR", "SIGSTKFLT") if hasattr(signal, name)),
    *range(signal.SIGRTMIN, signal.SIGRTMAX + 1),
)
"""Signals that have no meaning here, and would kill a process that ignores them not."""


def handle_signals(
    reactor: Any, *, reload: Callable[[], object], reopen_log: Callable[[], object]
) -> None:
    """Set the handlers; those for stopping once more when the reactor runs, which replaces them.

    SIGHUP calls `reopen_log` and `reload`, and SIGUSR1 calls `reopen_log`, in the reactor's thread.
    """
    _stop_on_signals(reactor)
    reactor.callWhenRunning(_stop_on_signals, reactor)

    def hang_up(*_: object) -> None:
        # Without a terminal a server in the foreground would run on unseen, and keep its port.
        if _terminal_is_closed():
            _stop(reactor)
        else:
            reactor.callFromThread(reopen_log)
            reactor.callFromThread(reload)

    signal.signal(signal.SIGHUP, hang_up)
    signal.signal(signal.SIGUSR1, lambda *_: reactor.callFromThread(reopen_log))
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)


def _stop_on_signals(reactor: Any) -> None:
    """Stop with exit code 0; twistd would raise the signal again."""
    for number in STOPPING:
        signal.signal(number, lambda *_: _stop(reactor))


def _stop(reactor: Any) -> None:
    # The server stops within seconds; a second signal during shutdown must not kill it.
    for number in (*STOPPING, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    reactor.callFromThread(reactor.stop)


def _terminal_is_closed() -> bool:
    try:
        termios.tcgetattr(0)
    except termios.error as error:
        # EIO: the terminal was closed. A descriptor that is no terminal gives ENOTTY.
        return bool(error.args[0] == errno.EIO)
    return False
