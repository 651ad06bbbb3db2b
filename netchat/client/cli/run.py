"""The module that wires the client: a reactor, an endpoint of the server and a frontend."""

from __future__ import annotations

import errno
import os
import platform
import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from netchat.client.cli.descriptors import (
    STDOUT,
    enable_interrupts,
    open_missing_descriptors,
    restored_blocking_mode,
)
from netchat.client.cli.open_rooms import VisitKeeper, opening
from netchat.client.cli.options import ConnectOptions, Options, SayOptions, TailOptions
from netchat.client.cli.reactor import run_reactor
from netchat.client.connection.endpoint import ServerEndpoint
from netchat.client.connection.errors import UserFacingError
from netchat.client.connection.persistent_connection import PersistentConnection
from netchat.client.conversation.automatic_away import AWAY_AFTER
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.interfaces import (
    NO_SECRETS,
    ChatClient,
    Connect,
    Frontend,
    SecretKind,
)
from netchat.client.conversation.login import Target
from netchat.client.frontends.input import parse_literal
from netchat.client.identity.key_file import KeyFile
from netchat.client.settings.last_visit import LastVisit
from netchat.client.settings.settings import Settings
from netchat.commandline.output import LOST, lost_output
from netchat.commandline.stderr import print_error, prompt
from netchat.model.state_directory import state_directory

_HISTORY_LINES = 50
"""How many earlier lines a user is shown."""


def run_pipe(options: Options) -> int:
    """Run the client in a pipe; return the exit code."""
    open_missing_descriptors()
    from twisted.internet import reactor

    from netchat.client.cli.standard_io import StandardIO
    from netchat.client.frontends.pipe import PipeFrontend, PipeOptions

    endpoint = _endpoint(reactor, options)
    if endpoint is None:
        return 2
    replay = options.replay or os.isatty(0)
    pipe_options = PipeOptions(
        print_error=print_error,
        prompt=prompt if os.isatty(0) else None,
        timestamp=_timestamp(options),
        follow=options.follow,
        replay=replay,
    )
    target = _target(options, history=_HISTORY_LINES if replay else 0)
    frontend = PipeFrontend(options.name, _connect(reactor, target, endpoint), pipe_options)

    def start() -> Deferred[int]:
        StandardIO(frontend, reactor)
        return frontend.done

    with restored_blocking_mode():
        return run_reactor(reactor, frontend, start)


def run_say(options: SayOptions) -> int:
    """Run `netchat say`; return the exit code."""
    open_missing_descriptors()
    from twisted.internet import reactor, stdio

    from netchat.client.frontends.say import SayFrontend

    endpoint = _endpoint(reactor, options, keep_trying=True)
    if endpoint is None:
        return 2
    target = _target(options, parse=parse_literal, quiet=True)
    connect = _connect(reactor, target, endpoint)
    frontend = SayFrontend(partial(connect, options.name), reactor, options.timeout)

    def end(problem: str) -> int:
        if problem:
            print_error(f"netchat: {problem}")
        return int(bool(problem))

    def start() -> Deferred[int]:
        if options.text is None:
            stdio.StandardIO(frontend, reactor=reactor)
        frontend.start(options.text)
        return frontend.done.addCallback(end)

    with restored_blocking_mode():
        return run_reactor(reactor, frontend, start)


def run_tail(options: TailOptions) -> int:
    """Run `netchat tail`; return the exit code."""
    if STDOUT in open_missing_descriptors():
        print_error(f"netchat: {lost_output(OSError(errno.EBADF, os.strerror(errno.EBADF)))}")
        return LOST
    from twisted.internet import reactor

    from netchat.client.cli.standard_io import StandardIO
    from netchat.client.frontends.tail import TailFrontend, to_json, to_text

    endpoint = _endpoint(reactor, options)
    if endpoint is None:
        return 2
    target = _target(options, history=options.last, after=options.after, quiet=True)
    connect = _connect(reactor, target, endpoint)
    write = to_json if options.json else to_text
    frontend = TailFrontend(
        partial(connect, options.name), print_error, write=write, follow=options.follow
    )

    def start() -> Deferred[int]:
        # StandardIO must not read the terminal of the user who started this.
        nothing = os.open(os.devnull, os.O_RDONLY)
        StandardIO(frontend, reactor, stdin=nothing)
        return frontend.done

    with restored_blocking_mode():
        return run_reactor(reactor, frontend, start)


def run_terminal(options: Options, settings: Settings, suggestion: str) -> int:
    """Run the client on a terminal, whose asyncio reactor is installed; return the exit code.

    The terminal keeps what is typed. If no name is given, the question for it is painted, and the
    name in `suggestion` is suggested ("" for none).
    """
    from twisted.internet import reactor
    from twisted.internet.threads import deferToThread

    from netchat.client.frontends.terminal import TerminalFrontend

    endpoint = _endpoint(reactor, options)
    if endpoint is None:
        return 2
    visit = LastVisit(state_directory() if settings.current.rooms else None, str(options.address))
    target = _target(
        options,
        history=_HISTORY_LINES,
        marks_read=True,
        away_after=AWAY_AFTER,
        **opening(options.rooms, visit.load()),
    )
    keeper = VisitKeeper(visit, reactor, deferToThread)
    frontend = TerminalFrontend(
        options.name,
        _connect(reactor, target, endpoint),
        clock=reactor,
        history=(state_directory() or Path(os.devnull)) / "history",
        settings=settings,
        now=time.time,
        environ=os.environ,
        timestamps=options.timestamps,
        suggestion=suggestion,
        remember=keeper.rooms_changed,
        read=keeper.lines_read,
    )

    def start() -> Deferred[int]:
        done = Deferred.fromCoroutine(frontend.run())
        enable_interrupts()
        return done

    code = run_reactor(reactor, frontend, start)
    keeper.end()
    if frontend.problem:
        print_error(f"netchat: {frontend.problem}")
    return code


def _endpoint(
    reactor: Any, options: ConnectOptions, *, keep_trying: bool = False
) -> ServerEndpoint | None:
    """Return the server's endpoint; if there cannot be one, print the error and return None."""
    from netchat.client.connection.connect import server_endpoint

    try:
        return server_endpoint(
            reactor, options.address, options, os.environ, keep_trying=keep_trying
        )
    except ImportError:
        print_error("netchat: TLS needs pyOpenSSL, which is missing here; install netchat again.")
    except UserFacingError as error:
        print_error(f"netchat: {error}")
    return None


def _target(options: ConnectOptions, **more: Any) -> Target:
    """Return who logs in and where, as in `options`; `more` are other fields of it."""
    directory = state_directory()
    fields: dict[str, Any] = {"room": options.rooms[0] if options.rooms else "", **more}
    return Target(
        options.name,
        uuid.uuid4(),
        password=options.password,
        account_password=options.account_password,
        invitation=options.invitation,
        keys=KeyFile(directory, str(options.address)) if directory else None,
        device=platform.node(),
        **fields,
    )


def _connect(reactor: Any, target: Target, endpoint: ServerEndpoint) -> Connect:
    def connect(
        name: str, frontend: Frontend, secrets: Mapping[SecretKind, str] = NO_SECRETS
    ) -> ChatClient:
        given: dict[str, Any] = {kind: secret for kind, secret in secrets.items() if secret}
        named = replace(target, name=name, **given)
        conversation = Conversation(named, frontend, time.time)
        connection = PersistentConnection(
            conversation, frontend, endpoint, clock=reactor, random=random.SystemRandom().random
        )
        connection.start()
        return connection

    return connect


def _timestamp(options: Options) -> Callable[[], str]:
    return (lambda: time.strftime("[%H:%M] ")) if options.timestamps else str
