"""The entry point of `twistd netchat`: it builds the server from its options."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger
from twisted.python.usage import UsageError

from netchat.accounts.authenticator import Authenticator
from netchat.accounts.pool import HashingPool
from netchat.admission.connections import Connections
from netchat.admission.descriptors import raise_limit
from netchat.chat.chat import Chat
from netchat.doors.line.factory import LineFactory
from netchat.doors.transport import inherited
from netchat.doors.transport.inherited import InheritedSocketError, InheritedSockets
from netchat.doors.web.access import WebAccess
from netchat.doors.web.factory import WebFactory
from netchat.doors.web.files import load_files
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.journal.sqlite.worker import ThreadWorker
from netchat.observability.moderation_log import ModerationLog
from netchat.server.administration import admin_socket
from netchat.server.announcer import Announcer
from netchat.server.auth_command import ProcessAuthCommand
from netchat.server.endpoints import PROXIED
from netchat.server.expiry_timer import ExpiryTimer
from netchat.server.http_post import make_post
from netchat.server.log import ServerLog
from netchat.server.options import Options
from netchat.server.privileges import acting_as, user_of
from netchat.server.readers import UNIX
from netchat.server.root import WARNING, is_root
from netchat.server.service import ChatService
from netchat.server.settings import SETTINGS
from netchat.server.signals import handle_signals
from netchat.server.start_error import StartError
from netchat.server.webhooks import OutgoingWebhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from netchat.journal.interface import Journal
    from netchat.journal.sqlite.worker import Worker
    from netchat.server.monitoring import Monitoring

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
    metrics = _monitoring(reactor, journal) if options["metrics"] else None
    journal = metrics.journal if metrics else journal
    chat = Chat(journal, later=partial(reactor.callLater, 0), now=now)
    password = options["password-file"]
    if password is not None and password.exposed:
        _log.warn("Others on this machine can read the password file; chmod 600 it")
    connections = Connections(options.limits, reactor, _authenticator(options, reactor, worker))
    web = None if options["no-web"] else _web_door(chat, connections, options)
    factory = LineFactory(chat, connections, web.open if web else None)
    sites = metrics.sites(options["metrics"], factory) if metrics else None
    listen = endpoints or options["listen"]
    # Nobody who has chosen where to listen expects a further port to be open.
    has_own_port = options.is_given("web") or listen == SETTINGS["listen"].default
    web_doors = dict.fromkeys(options["web"], web) if web and has_own_port else None
    service = ChatService(reactor, factory, listen, sites, web_doors)
    if not options.is_given("web"):
        service.dispensable = frozenset(options["web"])
    chat.effects.observers.append(ModerationLog().changed)
    service.background = [
        OutgoingWebhooks(chat, reactor, make_post(reactor), now),
        ExpiryTimer(chat, reactor),
    ]
    if options["data"] is not None:
        problem = partial(_options_problem, options)
        service.admin = admin_socket(service, reactor, options["data"], problem)
    return service


def _authenticator(options: Options, reactor: Any, worker: Callable[[], Worker]) -> Authenticator:
    program = options["auth-command"]
    return Authenticator(
        HashingPool(worker),
        scram=options["scram"],
        command=ProcessAuthCommand(reactor, program) if program else None,
    )


def _monitoring(reactor: Any, journal: Journal) -> Monitoring:
    try:
        from netchat.server.monitoring import Monitoring
    except ImportError as error:
        raise StartError(
            f"--metrics needs {error.name}; install netchat with its extra `metrics`, as in"
            " pip install '.[metrics]'"
        ) from error
    return Monitoring(reactor, journal)


def _web_door(chat: Chat, connections: Connections, options: Options) -> WebFactory:
    own = gethostname().lower()
    access = WebAccess(
        frozenset({own, own.partition(".")[0], *options["web-host"]}),
        frozenset(options["web-origin"]),
        tuple(proxy for proxy in options["web-proxy"] if proxy != UNIX),
        unix_proxy=UNIX in options["web-proxy"],
    )
    return WebFactory(chat, connections, load_files(), access)


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
        inform=lambda sentence: _log.info("{sentence}", sentence=sentence),
        full_sync=options["sync"] == "full",
        check_always=True,
        trust_clock=options["clock"] == "trusted",
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
    runner: Any = options.parent
    try:
        user = user_of(runner)
        service = build_service(options, reactor, endpoints=_endpoints(options))
        log = ServerLog(
            runner, as_json=options["log-format"] == "json", keep=options["log-files"], user=user
        )
        _raise_descriptor_limit()
        # Within another root directory the paths have another meaning, so that has to wait.
        if not (runner and runner.get("chroot")):
            with acting_as(user):
                service.claim()
        service.listen()
        service.log_observer = log.observer()
    except StartError as error:
        raise SystemExit(f"netchat: {error}") from None
    if runner and runner.get("pidfile"):
        service.pid_file = Path(runner["pidfile"])
    _warn_of_root(options)
    announcer = Announcer(
        service,
        reactor,
        environment=os.environ,
        process=os.getpid(),
        path=options["listening-file"],
    )
    sys.excepthook = _print_start_error
    reload_files = partial(_reload, announcer, service, options)
    handle_signals(reactor, reload=reload_files, reopen_log=log.reopen)
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
        for path in options.files.kept:
            _log.warn("{path} can be read only once; it stays as it was", path=path)
    service.renew_certificates()


def _log_restart_needed(options: Options, now: Options) -> None:
    if stale := _stale(options, now):
        _log.warn("A restart is needed for {names}", names=stale)


def _stale(options: Options, now: Options) -> str:
    fixed = [name for name, setting in SETTINGS.items() if setting.at_start]
    return ", ".join(f"--{name}" for name in fixed if options[name] != now[name])


def _options_problem(options: Options) -> str:
    """Return what a restart would not take, or take only then; "" if nothing has changed."""
    try:
        stale = _stale(options, options.reread())
    except UsageError as error:
        return str(error)
    return f"A restart is needed for {stale}." if stale else ""


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
