"""Build the server that the options describe: which journal, which doors, and what runs beside."""

from __future__ import annotations

import time
from functools import partial
from socket import gethostname
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from netchat.admission.connections import Connections
from netchat.chat.chat import Chat
from netchat.cluster.order import SiteOrder
from netchat.cluster.server import SiteServer
from netchat.cluster.trimming import LogTrimmer
from netchat.doors.line.factory import LineFactory
from netchat.doors.transport.opening import Opening
from netchat.doors.web.access import WebAccess
from netchat.doors.web.factory import WebFactory
from netchat.doors.web.files import page_files
from netchat.journal.memory.journal import MemoryJournal
from netchat.journal.sqlite.journal import SqliteJournal
from netchat.observability.moderation_log import ModerationLog
from netchat.server.administration import admin_socket
from netchat.server.authentication import make_authenticator
from netchat.server.drain import Drainer
from netchat.server.expiry_timer import ExpiryTimer
from netchat.server.http_post import make_post
from netchat.server.readers import UNIX
from netchat.server.reload import options_problem
from netchat.server.service import ChatService
from netchat.server.settings import SETTINGS
from netchat.server.site_log import server_name, site_log
from netchat.server.site_report import SiteReport
from netchat.server.ssh import HostKeyLoader, ssh_door
from netchat.server.start_error import StartError
from netchat.server.webhooks import OutgoingWebhooks
from netchat.threads.worker import ThreadWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netchat.journal.interface import Journal
    from netchat.log.interface import Log
    from netchat.server.monitoring import Monitoring
    from netchat.server.options import Options
    from netchat.threads.worker import Worker

LINES_IN_MEMORY = 10_000
"""The lines of each room that a journal in memory keeps unless --keep-lines is given."""
HASHING_NICE = 10
"""How much lower the priority of the threads is that hash passwords: about a tenth of the others'.

With SCRAM a password takes 0.2 s; whoever speaks meanwhile comes first.
"""

_log = Logger()


def build_service(  # noqa: PLR0913 - each has a name
    options: Options,
    reactor: Any,
    *,
    now: Callable[[], float] = time.time,
    worker: Callable[[], Worker] | None = None,
    endpoints: Sequence[str] = (),
    log: Log | None = None,
) -> ChatService:
    """Return the server that `options` describe; StartError if an endpoint is invalid.

    `reactor` provides timers and listening ports, `now` is the wall clock that dates each line, and
    `worker` makes a worker of the journal (None: a thread). `endpoints` replace those of --listen,
    and `log` is that of --cluster.
    """
    hashing = worker or partial(ThreadWorker, reactor.callFromThread, nice=HASHING_NICE)
    worker = worker or partial(ThreadWorker, reactor.callFromThread)
    log = log or site_log(options, reactor)
    journal = _journal(options, reactor, now, worker)
    metrics = _monitoring(reactor, journal) if options["metrics"] else None
    journal = metrics.journal if metrics else journal
    order = SiteOrder(journal, log) if log else None
    chat = Chat(
        journal,
        later=partial(reactor.callLater, 0),
        now=now,
        call_later=reactor.callLater,
        order=order,
    )
    password = options["password-file"]
    if password is not None and password.exposed:
        _log.warn("Others on this machine can read the password file; chmod 600 it")
    connections = Connections(
        options.limits, reactor, make_authenticator(options, reactor, hashing)
    )
    web = None if options["no-web"] else _web_door(chat, connections, options)
    ssh = ssh_door(chat, connections, options)
    doors: dict[Opening, Any] = {Opening.HTTP: web.open} if web else {}
    if ssh and not options["no-ssh"]:
        doors[Opening.SSH] = ssh.open
    factory = LineFactory(chat, connections, doors)
    sites = metrics.sites(options["metrics"], factory) if metrics else None
    listen = endpoints or options["listen"]
    # Nobody who has chosen where to listen expects a further port to be open.
    has_own_port = options.is_given("web") or listen == SETTINGS["listen"].default
    web_doors = dict.fromkeys(options["web"], web) if web and has_own_port else None
    ssh_doors = dict.fromkeys(options["ssh"], ssh) if ssh else None
    service = ChatService(reactor, factory, listen, sites=sites, web=web_doors, ssh=ssh_doors)
    if not options.is_given("web"):
        service.dispensable = frozenset(options["web"])
    chat.effects.observers.append(ModerationLog().changed)
    service.background = [
        OutgoingWebhooks(chat, reactor, make_post(reactor), now),
        ExpiryTimer(chat, reactor),
        connections.authenticator.pool,
        *([HostKeyLoader(ssh, options["data"])] if ssh else []),
        *filter(None, [connections.authenticator.command]),
    ]
    if log and order:
        service.background = [
            _site(service, order, log, options, reactor),
            LogTrimmer(log, chat.journal, reactor, now, options["cluster-days"]),
            Drainer(chat, connections, reactor, reactor.stop),
            SiteReport(chat),
            *service.background,
        ]
    if options["data"] is not None:
        problem = partial(options_problem, options)
        service.admin = admin_socket(service, reactor, options["data"], problem)
    return service


def _site(
    service: ChatService, order: SiteOrder, log: Log, options: Options, reactor: Any
) -> SiteServer:
    return SiteServer(
        service.factory.chat,
        order,
        log,
        reactor,
        name=server_name(options),
        addresses=options["advertise"],
        end=service.fail,
        warn=lambda sentence: _log.warn("{sentence}", sentence=sentence),
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
    return WebFactory(chat, connections, page_files(), access)


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
