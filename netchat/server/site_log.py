"""The log of the site that the options name, and what this server is called there."""

from __future__ import annotations

from socket import gethostname
from typing import TYPE_CHECKING, Any

from netchat.log.interface import LogError
from netchat.server.site_settings import read_server_name
from netchat.server.start_error import StartError
from netchat.threads.worker import ThreadWorker

if TYPE_CHECKING:
    from netchat.log.interface import Log
    from netchat.server.options import Options

ONLY_WITH_CLUSTER = ("cluster-password-file", "cluster-name", "advertise")
"""What means nothing for a server alone: whoever gives it believes that there is a site."""


def site_log(options: Options, reactor: Any) -> Log | None:
    """Return the log of --cluster, or None if that is not given.

    Nothing is connected yet. Raises StartError, a sentence, if the options do not go together or
    something is not installed.
    """
    if options["cluster"] is None:
        for name in ONLY_WITH_CLUSTER:
            if options[name]:
                raise StartError(f"--{name} is for one of several servers; give --cluster, too")
        return None
    if options["data"] is None:
        raise StartError(
            "--cluster needs a copy of the log on disk; give --data a directory instead of :memory:"
        )
    server_name(options)
    try:
        from netchat.log.postgres.log import PostgresLog
        from netchat.log.postgres.target import parse_target
    except ImportError as error:
        raise StartError(
            f"--cluster needs {error.name}; install netchat with its extra `cluster`, as in"
            " pip install '.[cluster]'"
        ) from error
    try:
        target = parse_target(options["cluster"], options["cluster-password-file"])
    except LogError as error:
        raise StartError(str(error)) from error
    deliver = reactor.callFromThread
    worker = ThreadWorker(deliver, "netchat log")
    return PostgresLog(target, clock=reactor, worker=worker, deliver=deliver)


def server_name(options: Options) -> str:
    """Return --cluster-name, or the first part of this machine's name; StartError if it is none."""
    given: str | None = options["cluster-name"]
    if given is not None:
        return given
    machine = gethostname().partition(".")[0]
    try:
        return read_server_name(machine)
    except ValueError as error:
        raise StartError(
            f"this machine is called {machine!r}, which cannot be the name of a server; give it"
            " --cluster-name"
        ) from error
