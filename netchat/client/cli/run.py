"""The only file of the client that chooses and wires: a reactor, a way to the server, a front."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.python.failure import Failure

from netchat.client.cli.descriptors import descriptors_as_they_were, no_echo, open_what_is_closed
from netchat.client.cli.options import Goal, Options, SayOptions, TailOptions
from netchat.client.cli.stderr import complain, prompt
from netchat.client.connection.address import Address
from netchat.client.connection.endpoint import Server
from netchat.client.connection.errors import ComplaintError, explain
from netchat.client.connection.persistent_connection import Connection
from netchat.client.conversation.conversation import Conversation
from netchat.client.conversation.interfaces import Connect, Front, Talk
from netchat.client.conversation.login import Aim
from netchat.client.frontends.input import as_it_is

_PAST = 50
"""How many lines of what was said before a person is shown."""


class Interruptible(Protocol):
    """A front that can be told to leave."""

    def interrupt(self) -> None:
        """Leave politely, but soon."""


def run_pipe(options: Options) -> int:
    """Talk in a pipe; return the exit code."""
    open_what_is_closed()
    from twisted.internet import reactor, stdio

    from netchat.client.frontends.pipe import Habits, Pipe

    server = _server(reactor, options)
    if server is None:
        return 2
    replay = options.replay or os.isatty(0)
    habits = Habits(
        complain=complain,
        prompt=prompt if os.isatty(0) else None,
        stamp=_stamp(options),
        follow=options.follow,
        replay=replay,
    )
    aim = Aim(
        options.name,
        uuid.uuid4(),
        options.room,
        past=_PAST if replay else 0,
        password=options.password,
    )
    pipe = Pipe(options.name, _connect(reactor, aim, server), habits)

    def start() -> Deferred[int]:
        stdio.StandardIO(pipe, reactor=reactor)
        return pipe.done

    with descriptors_as_they_were():
        return _run(reactor, pipe, start)


def run_say(options: SayOptions) -> int:
    """Say something and leave; return the exit code."""
    open_what_is_closed()
    from twisted.internet import reactor, stdio

    from netchat.client.frontends.say import Saying

    server = _server(reactor, options, patient=True)
    if server is None:
        return 2
    aim = Aim(options.name, uuid.uuid4(), options.room, parse=as_it_is, password=options.password)
    connect = _connect(reactor, aim, server)
    saying = Saying(partial(connect, options.name), reactor, options.timeout)

    def end(complaint: str) -> int:
        if complaint:
            complain(f"netchat: {complaint}")
        return int(bool(complaint))

    def start() -> Deferred[int]:
        if options.text is None:
            stdio.StandardIO(saying, reactor=reactor)
        saying.start(options.text)
        return saying.done.addCallback(end)

    with descriptors_as_they_were():
        return _run(reactor, saying, start)


def run_tail(options: TailOptions) -> int:
    """Print what was said; return the exit code."""
    open_what_is_closed()
    from twisted.internet import reactor, stdio

    from netchat.client.frontends.tail import Tail, as_json, plain

    server = _server(reactor, options)
    if server is None:
        return 2
    aim = Aim(
        options.name,
        uuid.uuid4(),
        options.room,
        options.last,
        options.after,
        password=options.password,
    )
    connect = _connect(reactor, aim, server)
    write = as_json if options.json else plain
    tail = Tail(partial(connect, options.name), complain, write=write, follow=options.follow)

    def start() -> Deferred[int]:
        # It reads nothing, and takes no key from whoever started it.
        nothing = os.open(os.devnull, os.O_RDONLY)
        # mypy knows the one of Windows only.
        stdio.StandardIO(tail, stdin=nothing, reactor=reactor)  # type: ignore[call-arg]
        return tail.done

    with descriptors_as_they_were():
        return _run(reactor, tail, start)


def run_terminal(options: Options) -> int:
    """Talk on a terminal; return the exit code."""
    from twisted.internet import asyncioreactor

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    from platformdirs import user_state_path
    from twisted.internet import reactor

    from netchat.client.frontends.terminal import Terminal

    server = _server(reactor, options)
    if server is None:
        return 2
    aim = Aim(options.name, uuid.uuid4(), options.room, past=_PAST, password=options.password)
    terminal = Terminal(
        options.name,
        _connect(reactor, aim, server),
        clock=reactor,
        history=user_state_path("netchat") / "history",
        stamp=_stamp(options),
    )
    with no_echo():
        code = _run(reactor, terminal, lambda: Deferred.fromCoroutine(terminal.run()))
    if terminal.complaint:
        complain(f"netchat: {terminal.complaint}")
    return code


def way_to(reactor: Any, address: Address) -> IStreamClientEndpoint:
    """Return the way to `address`.

    HostnameEndpoint takes no name that is not one by IDNA, and Docker's names may have underscores;
    for those, the reactor asks the system's resolver, for an IPv4 address.
    """
    from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint

    if "_" in address.host:
        return TCP4ClientEndpoint(reactor, address.host, address.port)
    return HostnameEndpoint(reactor, address.host, address.port)


def _server(reactor: Any, goal: Goal, *, patient: bool = False) -> Server | None:
    """Return the way to the server, or complain and return None if there cannot be one."""
    address = goal.address
    endpoint = way_to(reactor, address)
    if not goal.tls:
        return Server(address, endpoint, patient=patient)
    try:
        from netchat.client.connection import tls

        secure = tls.wrap(endpoint, address, ca=goal.ca, fingerprint=goal.fingerprint)
    except ImportError:
        complain("netchat: TLS needs pyOpenSSL; install it with pip install 'netchat[tls]'.")
        return None
    except ComplaintError as error:
        complain(f"netchat: {error}")
        return None

    def explain_all(reason: BaseException, address: Address) -> str:
        return tls.explain_tls(reason, address) or explain(reason, address)

    return Server(address, secure, explain_all, patient, tls.is_distrust, tls=True)


def _connect(reactor: Any, aim: Aim, server: Server) -> Connect:
    def connect(name: str, front: Front, password: str = "") -> Talk:
        asked = replace(aim, name=name, password=password or aim.password)
        conversation = Conversation(asked, front, time.time)
        connection = Connection(
            conversation, front, server, clock=reactor, random=random.SystemRandom().random
        )
        connection.start()
        return connection

    return connect


def _stamp(options: Options) -> Callable[[], str]:
    return (lambda: time.strftime("[%H:%M] ")) if options.timestamps else str


def _run(reactor: Any, front: Interruptible, start: Callable[[], Deferred[int]]) -> int:
    """Run `reactor` until what `start` returns has fired; return the exit code."""
    codes: list[int] = []

    def stop(result: int | Failure) -> None:
        reactor.stop()
        codes.append(1 if isinstance(result, Failure) else result)
        if isinstance(result, Failure):
            complain(result.getTraceback())

    def begin() -> None:
        _on_signals(reactor, front)
        start().addBoth(stop)

    # Twisted's timers follow the wall clock, and stand still when that is set back.
    reactor.seconds = time.monotonic
    # Not callWhenRunning, which is a moment before asyncio's loop runs.
    reactor.callLater(0, begin)
    reactor.run(installSignalHandlers=False)
    return codes[0]


def _on_signals(reactor: Any, front: Interruptible) -> None:
    def leave(number: int, _: object) -> None:
        # Whoever asks twice does not want to wait.
        signal.signal(number, signal.SIG_DFL)
        reactor.callFromThread(front.interrupt)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
