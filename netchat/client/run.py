"""The only file of the client that chooses and wires: a reactor, a way to the server, a front."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.python.failure import Failure

from netchat.client.address import Address
from netchat.client.connection import Connection, Server
from netchat.client.conversation import Conversation
from netchat.client.heard import Front, Talk
from netchat.client.options import Options
from netchat.client.reasons import ComplaintError, explain
from netchat.client.stderr import complain, prompt


class Interruptible(Protocol):
    """A front that can be told to leave."""

    def interrupt(self) -> None:
        """Leave politely, but soon."""


def run_pipe(options: Options) -> int:
    """Talk in a pipe; return the exit code."""
    _open_what_is_closed()
    from twisted.internet import reactor, stdio

    from netchat.client.pipe import Habits, Pipe

    server = _server(reactor, options)
    if server is None:
        return 2
    habits = Habits(
        complain=complain,
        prompt=prompt if os.isatty(0) else None,
        stamp=_stamp(options),
        room=options.room,
        follow=options.follow,
        replay=options.replay or os.isatty(0),
    )
    pipe = Pipe(options.name, _connect(reactor, options, server), habits)

    def start() -> Deferred[int]:
        stdio.StandardIO(pipe, reactor=reactor)
        return pipe.done

    with _descriptors_as_they_were():
        return _run(reactor, pipe, start)


def run_terminal(options: Options) -> int:
    """Talk on a terminal; return the exit code."""
    from twisted.internet import asyncioreactor

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    from platformdirs import user_state_path
    from twisted.internet import reactor

    from netchat.client.terminal import Terminal

    server = _server(reactor, options)
    if server is None:
        return 2
    terminal = Terminal(
        options.name,
        _connect(reactor, options, server),
        clock=reactor,
        history=user_state_path("netchat") / "history",
        stamp=_stamp(options),
    )
    with _no_echo():
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


def _server(reactor: Any, options: Options) -> Server | None:
    """Return the way to the server, or complain and return None if there cannot be one."""
    address = options.address
    endpoint = way_to(reactor, address)
    if not options.tls:
        return Server(address, endpoint)
    try:
        from netchat.client import tls

        secure = tls.wrap(endpoint, address, ca=options.ca, fingerprint=options.fingerprint)
    except ImportError:
        complain("netchat: TLS needs pyOpenSSL; install it with pip install 'netchat[tls]'.")
        return None
    except ComplaintError as error:
        complain(f"netchat: {error}")
        return None

    def explain_all(reason: BaseException, address: Address) -> str:
        return tls.explain_tls(reason, address) or explain(reason, address)

    return Server(address, secure, explain_all)


def _connect(reactor: Any, options: Options, server: Server) -> Callable[[str, Front], Talk]:
    def connect(name: str, front: Front) -> Talk:
        conversation = Conversation(name, options.room, front)
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


def _open_what_is_closed() -> None:
    """Put /dev/null in place of a closed stdin, stdout or stderr, lest a socket take its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@contextmanager
def _no_echo() -> Iterator[None]:
    """Let what is typed before the prompt stands wait for it, and not appear twice."""
    before = termios.tcgetattr(0)
    silent = termios.tcgetattr(0)
    silent[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(0, termios.TCSANOW, silent)
    try:
        yield
    finally:
        # A terminal that is gone needs nothing put back.
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)


@contextmanager
def _descriptors_as_they_were() -> Iterator[None]:
    """Undo what StandardIO does to stdin and stdout: others may use them after us."""
    before = [os.get_blocking(descriptor) for descriptor in (0, 1)]
    try:
        yield
    finally:
        for descriptor, blocking in enumerate(before):
            os.set_blocking(descriptor, blocking)
