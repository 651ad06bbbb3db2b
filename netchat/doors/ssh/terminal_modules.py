"""Imports the modules of a terminal when they are needed first.

They load prompt_toolkit, which takes 0.2 seconds: in a thread, so that the others do not wait.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.doors.ssh.frontend import Frontend

_MODULE, _CLASS = "netchat.doors.ssh.terminal.session", "TerminalSession"


def with_terminal(reactor: Any, then: Callable[[], None]) -> None:
    """Call `then` when `terminal_session` returns at once: now, or in a later turn of `reactor`."""
    if not hasattr(sys.modules.get(_MODULE), _CLASS) and IReactorThreads.providedBy(reactor):
        done = deferToThreadPool(reactor, reactor.getThreadPool(), import_module, _MODULE)
        done.addCallback(lambda _: then())
    else:
        then()


def terminal_session(*arguments: Any) -> Frontend:
    """Return a TerminalSession for a client with a terminal."""
    frontend: Frontend = getattr(import_module(_MODULE), _CLASS)(*arguments)
    return frontend
