"""The entry point of `twistd netchat`: it builds the server from its options."""

from __future__ import annotations

import errno
import os
import signal
import sys
import termios
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.python.usage import UsageError

from netchat.admission.connections import Connections
from netchat.admission.descriptors import raise_limit
from netchat.chat.chat import Chat
from netchat.doors.line.factory import LineFactory
from netchat.doors.transport import inherited
from netchat.doors.transport.inherited import InheritedSocketError, InheritedSockets
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.journal.sqlite.worker import ThreadWorker
from netchat.observability.json_log import json_observer, opened_by_twistd
from netchat.server.announcer import Announcer
from netchat.server.options import Options
from netchat.server.root import WARNING, is_root
from netchat.server.service import PROXIED, ChatService, StartError
from netchat.server.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from netchat.journal.interface import Journal
    from netchat.journal.sqlite.worker import Worker

__all__ = ["Options", "build_service", "makeService", "reload"]

LINES_IN_MEMORY = 10_000
"""The lines of each room that a journal in memory keeps unless --keep-lines is given."""

_log = Logger()


def build_service(
    options: Options,
    reactor: Any,
    *,
    now: Callable[[], float] = time.time,
    worker: Callable[[], Worker] | None = None,
    endpoints: Sequence[str] = (),
) -> ChatService:
    """Return the server that `options` describe; StartError if an endpoint is invalid.

    `reactor` provides timers and listening ports, `now` is the wall clock that dates each line, and
    `worker` makes a worker of the journal (None: a thread). `endpoints` replace those of --listen.
    """
    worker = worker or partial(ThreadWorker, reactor.callFromThread)
    journal = _journal(options, reactor, now, worker)
    chat = Chat(journal, later=partial(reactor.callLater, 0), now=now)
    password = options["password-file"]
    if password is not None and password.exposed:
        _log.warn("Others on this machine can read the password file; chmod 600 it")
    factory = LineFactory(chat, Connections(options.limits, reactor))
    return ChatService(reactor, factory, endpoints or options["listen"])


def _journal(
    options: Options,
    reactor: Any,
    now: Callable[[], float],
    worker: Callable[[], Worker],
) -> Journal:
    limits = options.limits.retention
    if options["data"] is None:
        keep = limits.keep_lines or LINES_IN_MEMORY
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
    """Return the server, which listens already; exit with one sentence if it cannot start.

    It listens before twistd forks and writes its pid file, so that an error such as a busy port is
    shown on the terminal from which a daemon is started. Unix sockets are opened later.
    """
    from twisted.internet import reactor

    # Twisted's timers use the wall clock, so they would stop when it is set back.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    try:
        service = build_service(options, reactor, endpoints=_endpoints(options))
        _configure_log(options, service, reactor)
        _raise_descriptor_limit()
        service.start_before_fork()
    except StartError as error:
        raise SystemExit(f"netchat: {error}") from None
    _warn_of_root(options)
    announcer = Announcer(
        service,
        reactor,
        environment=os.environ,
        process=os.getpid(),
        path=options["listening-file"],
    )
    sys.excepthook = _print_start_error
    # Twisted replaces these handlers when the reactor starts, so they are set a second time.
    _stop_on_signals(reactor)
    reactor.callWhenRunning(_stop_on_signals, reactor)
    _reload_on_sighup(reactor, partial(_reload, announcer, service, options))
    return service


def _endpoints(options: Options) -> Sequence[str]:
    """Return where to listen: at --listen or, if it is not given, on the sockets inherited."""
    sockets = InheritedSockets(
        inherited.inherited_sockets(inherited.start_environment(), os.getpid())
    )
    sockets.install()
    given: Sequence[str] = options["listen"]
    try:
        endpoints = given if options.is_given("listen") else sockets.endpoints() or given
        for endpoint in endpoints:
            sockets.check(endpoint.removeprefix(PROXIED))
    except InheritedSocketError as error:
        raise StartError(f"cannot listen: {error}") from error
    return endpoints


def _warn_of_root(options: Options) -> None:
    runner: Any = options.parent
    if is_root(os.geteuid()) and not (runner and runner.get("uid")):
        _log.warn(WARNING)


def _reload(announcer: Announcer, service: ChatService, options: Options) -> None:
    with announcer.reloading():
        reload(service, options)


def reload(service: ChatService, options: Options) -> None:
    """Read the files of `options` again and apply them to `service`; no client is disconnected.

    An error in them is logged, and the options stay as they were.
    """
    try:
        now = options.reread()
    except UsageError as error:
        _log.warn("The options stay as they were: {why}", why=str(error))
    else:
        service.factory.connections.apply_limits(now.limits)
        _log.info("The options have been read again")
        _log_restart_needed(options, now)
    service.renew_certificates()


def _log_restart_needed(options: Options, now: Options) -> None:
    fixed = [name for name, setting in SETTINGS.items() if setting.at_start]
    stale = [f"--{name}" for name in fixed if options[name] != now[name]]
    if stale:
        _log.warn("A restart is needed for {names}", names=", ".join(stale))


def _configure_log(options: Options, service: ChatService, reactor: Any) -> None:
    """Set the log observer that --log-format asks for; twistd and twist differ in how."""
    runner: Any = options.parent
    if options["log-format"] != "json" or runner is None:
        return
    if "fileLogObserverFactory" in runner:
        runner["fileLogObserverFactory"] = json_observer
    else:
        service.log_observer = partial(opened_by_twistd, runner, reactor.callFromThread)


def _raise_descriptor_limit() -> None:
    limit = raise_limit()
    count = "any number of" if limit is None else limit
    _log.info("The server can use {count} file descriptors, one for each connection", count=count)


def _print_start_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print a StartError as one sentence, and any other error with its traceback."""
    if isinstance(error, StartError):
        print(f"netchat: {error}", file=sys.__stderr__)
    else:
        sys.__excepthook__(kind, error, trace)


def _stop_on_signals(reactor: Any) -> None:
    """Stop on SIGTERM and SIGINT with exit code 0; twistd would raise the signal again."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(reactor))


def _reload_on_sighup(reactor: Any, reload: Callable[[], None]) -> None:
    """Reload on SIGHUP, or stop if it was sent because the terminal of the server was closed.

    Without a terminal a server in the foreground would run on unseen, and keep its port.
    """

    def hang_up(*_: object) -> None:
        if _terminal_is_closed():
            _stop(reactor)
        else:
            reactor.callFromThread(reload)

    signal.signal(signal.SIGHUP, hang_up)


def _stop(reactor: Any) -> None:
    # The server stops within seconds; a second signal during shutdown must not kill it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    reactor.callFromThread(reactor.stop)


def _terminal_is_closed() -> bool:
    try:
        termios.tcgetattr(0)
    except termios.error as error:
        # EIO: the terminal was closed. A descriptor that is no terminal gives ENOTTY.
        return bool(error.args[0] == errno.EIO)
    return False
