"""What `twistd netchat` runs: the only file that chooses and wires."""

from __future__ import annotations

import errno
import signal
import sys
import termios
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.python.usage import UsageError

from netchat.admission.descriptors import raise_limit
from netchat.chat.chat import Chat
from netchat.doors.line.factory import LineFactory
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.journal.sqlite.worker import ThreadWorker
from netchat.observability.json_log import json_observer, opened_by_twistd
from netchat.server.options import Options
from netchat.server.service import ChatService, StartError
from netchat.server.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from netchat.journal.interface import Journal
    from netchat.journal.sqlite.worker import Worker

__all__ = ["Options", "build_service", "makeService", "reload"]

KEPT_IN_MEMORY = 10_000
"""How many lines of a room are kept where nothing is kept on disk and no number is given."""

_log = Logger()


def build_service(
    options: Options,
    reactor: Any,
    *,
    now: Callable[[], float] = time.time,
    worker: Callable[[], Worker] | None = None,
) -> ChatService:
    """Return the server that `options` describe; StartError if an endpoint makes no sense.

    `reactor` is any that has time and listens; `now` is the wall clock that dates what is said;
    `worker` makes what the journal's work is done on (None: a thread).
    """
    worker = worker or partial(ThreadWorker, reactor.callFromThread)
    journal = _journal(options, reactor, now, worker)
    chat = Chat(journal, later=partial(reactor.callLater, 0), now=now)
    password = options["password-file"]
    if password is not None and password.exposed:
        _log.warn("Others on this machine can read the password file; chmod 600 it")
    factory = LineFactory(chat, options.limits, reactor)
    return ChatService(reactor, factory, options["listen"])


def _journal(
    options: Options,
    reactor: Any,
    now: Callable[[], float],
    worker: Callable[[], Worker],
) -> Journal:
    limits = options.limits.retention
    if options["data"] is None:
        keep = limits.keep_lines or KEPT_IN_MEMORY
        return MemoryJournal(keep, call_soon=partial(reactor.callLater, 0))
    return SqliteJournal(
        options["data"],
        write=worker(),
        read=worker(),
        search=worker(),
        call_later=reactor.callLater,
        now=now,
        seconds=reactor.seconds,
        warn=lambda sentence: _log.warn("{sentence}", sentence=sentence),
        full_sync=options["sync"] == "full",
        limits=limits,
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
    # Twisted puts its own handlers in the place of these when it begins to run.
    _exit_0_on_signals(reactor)
    reactor.callWhenRunning(_exit_0_on_signals, reactor)
    _reload_on_hang_up(reactor, partial(reload, service, options))
    return service


def reload(service: ChatService, options: Options) -> None:
    """Have `service`, started with `options`, do as its files say now; nobody is dropped for it.

    What is wrong in them is said in the log, and what was there before holds on.
    """
    try:
        now = options.read_again()
    except UsageError as error:
        _log.warn("The options stay as they were: {why}", why=str(error))
    else:
        service.factory.apply_limits(now.limits)
        _log.info("The options have been read again")
        _tell_stale(options, now)
    service.renew_certificates()


def _tell_stale(options: Options, now: Options) -> None:
    fixed = [name for name, setting in SETTINGS.items() if setting.at_start]
    stale = [f"--{name}" for name in fixed if options[name] != now[name]]
    if stale:
        _log.warn("A restart is needed for {names}", names=", ".join(stale))


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
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(reactor))


def _reload_on_hang_up(reactor: Any, reload: Callable[[], None]) -> None:
    """Reload on SIGHUP, from now on; or stop, if it has its first meaning: the terminal is closed.

    A server that nobody sees any more would keep its port.
    """

    def hang_up(*_: object) -> None:
        if _terminal_is_closed():
            _stop(reactor)
        else:
            reactor.callFromThread(reload)

    signal.signal(signal.SIGHUP, hang_up)


def _stop(reactor: Any) -> None:
    # It stops within seconds; a second signal, which may come very late, changes nothing.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    reactor.callFromThread(reactor.stop)


def _terminal_is_closed() -> bool:
    try:
        termios.tcgetattr(0)
    except termios.error as error:
        # What never was a terminal says something else.
        return bool(error.args[0] == errno.EIO)
    return False
