"""Requests of `netchat admin` in tests, on a server in memory or on a journal alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.console.answers import End
from netchat.console.execute import execute
from netchat.console.steps import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.console.answers import Row
    from netchat.console.interface import Console
    from netchat.console.requests import AnyConsoleRequest
    from netchat.testing import Network


class RefusedRequestError(Exception):
    """The request was refused; the message is the code and the sentence."""


class Answer:
    """The rows and the sentence of an answer."""

    def __init__(self, outcome: Outcome) -> None:
        self.rows: list[Row] = list(outcome.rows)
        self.message = outcome.message


def ask(network: Network, request: AnyConsoleRequest) -> Answer:
    """Return the answer of the server to `request`; RefusedRequestError if it is refused."""
    return ask_console(console_of(network), request, network.settle)


def ask_console(
    console: Console, request: AnyConsoleRequest, settle: Callable[[], object] = int
) -> Answer:
    """Return the answer of `console` to `request`; `settle` has it settle what was submitted."""
    answers: list[Outcome | End] = []
    execute(request, console, answers.append)
    settle()
    (answer,) = answers
    if isinstance(answer, End):
        raise RefusedRequestError(f"{answer.code}: {answer.message}")
    return Answer(answer)


def console_of(network: Network) -> Console:
    """Return the console of a server that has a data directory."""
    admin = network.service.admin
    assert admin is not None, "a server with --data has a socket"
    return admin.factory.console
