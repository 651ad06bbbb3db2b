"""What verifies the passwords of accounts, as the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netchat.accounts.authenticator import Authenticator
from netchat.accounts.pool import HashingPool
from netchat.server.auth_command import ProcessAuthCommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from netchat.accounts.pool import Worker
    from netchat.server.options import Options


def make_authenticator(
    options: Options, reactor: Any, make_worker: Callable[[], Worker]
) -> Authenticator:
    """Return it; `make_worker` makes the threads in which passwords are hashed."""
    program = options["auth-command"]
    command = ProcessAuthCommand(reactor, program) if program else None
    return Authenticator(HashingPool(make_worker), scram=options["scram"], command=command)
