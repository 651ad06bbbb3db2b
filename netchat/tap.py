"""What `twistd netchat` runs: the only file that chooses and wires."""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from netchat.chat import Chat
from netchat.doors.descriptors import raise_limit
from netchat.doors.factory import LineFactory
from netchat.journal.lane import ThreadLane
from netchat.journal.memory import MemoryJournal
from netchat.journal.sqlite import SqliteJournal
from netchat.json_log import json_observer, opened_by_twistd
from netchat.options import Options
from netchat.service import ChatService, StartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from netchat.journal import Journal
    from netchat.journal.lane import Lane

__all__ = ["Options", "build_service", "makeService"]

KEPT_IN_MEMORY = 10_000
"""How many lines of a room are kept where nothing is kept on disk and no number is given."""

_log = Logger()


def build_service(
    options: Options,
    reactor: Any,
    *,
    now: Callable[[], float] = time.time,
    lane: Callable[[], Lane] | None = None,
) -> ChatService:
    """Return the server that `options` describe; StartError if an endpoint makes no sense.

    `reactor` is any that has time and listens; `now` is the wall clock that dates what is said;
    `lane` makes what the journal's work is done on (None: a thread).
    """
    later = reactor.callLater
    journal = _journal(options, later, now, lane or partial(ThreadLane, reactor.callFromThread))
    chat = Chat(journal, later=partial(later, 0), now=now)
    factory = LineFactory(chat, options.rules, options.limits, reactor, options.admittance)
    return ChatService(reactor, factory, options["listen"])


def _journal(
    options: Options,
    later: Callable[..., object],
    now: Callable[[], float],
    lane: Callable[[], Lane],
) -> Journal:
    if options["data"] is None:
        return MemoryJournal(options["keep-lines"] or KEPT_IN_MEMORY)
    return SqliteJournal(
        options["data"],
        write=lane(),
        read=lane(),
        later=later,
        now=now,
        warn=lambda sentence: _log.warn("{sentence}", sentence=sentence),
        full_sync=options["sync"] == "full",
        keep_days=options["keep-days"],
        keep_lines=options["keep-lines"],
    )


def makeService(options: Options) -> ChatService:
    """Return the server, listening already where it can, or exit with a sentence.

    It listens here because twistd has neither forked nor written its pid file yet, so that a busy
    port can be told on the terminal from which a daemon was started.
    """
    from twisted.internet import reactor

    # Twisted's timers follow the wall clock, and stand still when that is set back.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    try:
        service = build_service(options, reactor)
        _choose_log(options, service, reactor)
        _raise_descriptors()
        service.begin_early()
    except StartError as error:
        raise SystemExit(f"netchat: {error}") from None
    sys.excepthook = _say_start_error
    reactor.callWhenRunning(_exit_0_on_signals, reactor)
    return service


def _choose_log(options: Options, service: ChatService, reactor: Any) -> None:
    """Have the log written in the format that is asked for, by twistd or its newer brother."""
    runner: Any = options.parent
    if options["log-format"] != "json" or runner is None:
        return
    if "fileLogObserverFactory" in runner:
        runner["fileLogObserverFactory"] = json_observer
    else:
        service.log_observer = partial(opened_by_twistd, runner, reactor.callFromThread)


def _raise_descriptors() -> None:
    limit = raise_limit()
    count = "any number of" if limit is None else limit
    _log.info("There may be {count} file descriptors, one for each connection", count=count)


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
