"""What `twistd netchat` runs: the only file that chooses and wires."""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from netchat.chat import Chat
from netchat.doors.line import LineFactory
from netchat.journal import MemoryJournal
from netchat.options import Options
from netchat.service import ChatService, StartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Options", "build_service", "makeService"]


def build_service(
    options: Options, reactor: Any, *, now: Callable[[], float] = time.time
) -> ChatService:
    """Return the server that `options` describe; StartError if an endpoint makes no sense.

    `reactor` is any that has time and listens; `now` is the wall clock that dates what is said.
    """
    chat = Chat(MemoryJournal(), later=partial(reactor.callLater, 0), now=now)
    factory = LineFactory(chat, options.rules, options.limits, reactor)
    return ChatService(reactor, factory, options["listen"])


def makeService(options: Options) -> ChatService:
    """Return the server, listening already where it can, or exit with a sentence.

    It listens here because twistd has neither forked nor written its pid file yet, so that a busy
    port can be told on the terminal from which a daemon was started.
    """
    from twisted.internet import reactor

    try:
        service = build_service(options, reactor)
        service.listen_early()
    except StartError as error:
        raise SystemExit(f"netchat: {error}") from None
    sys.excepthook = _say_start_error
    reactor.callWhenRunning(_exit_0_on_signals, reactor)
    return service


def _say_start_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say in one sentence why the server does not start; other errors keep their traceback."""
    if isinstance(error, StartError):
        print(f"netchat: {error}", file=sys.__stderr__)
    else:
        sys.__excepthook__(kind, error, trace)


def _exit_0_on_signals(reactor: Any) -> None:
    """Stop on SIGTERM and Ctrl-C. twistd would stop as well, and then die of the signal again."""
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop(*_: object) -> None:
        # It stops within seconds; a second signal, which may come very late, changes nothing.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        reactor.callFromThread(reactor.stop)

    for number in numbers:
        signal.signal(number, stop)
