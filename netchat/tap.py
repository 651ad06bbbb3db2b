"""The entry point of `twistd netchat`."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from netchat.admission.descriptors import raise_limit
from netchat.build import build_service
from netchat.doors.transport import inherited
from netchat.doors.transport.inherited import InheritedSocketError, InheritedSockets
from netchat.server.announcer import Announcer
from netchat.server.endpoints import PROXIED
from netchat.server.exit_status import exit_with_status_of
from netchat.server.log import ServerLog
from netchat.server.options import Options
from netchat.server.privileges import acting_as, user_of
from netchat.server.reload import reload
from netchat.server.root import WARNING, is_root
from netchat.server.signals import handle_signals
from netchat.server.start_error import StartError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from netchat.server.service import ChatService

__all__ = ["Options", "makeService"]

_log = Logger()


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
    exit_with_status_of(service, reactor)
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
