"""What an operator at the shell does with a server of a site."""

from __future__ import annotations

from netchat.console import requests
from netchat.console.interface import Console
from netchat.console.steps import Outcome, RefusalError, Steps
from netchat.model.durations import format_duration
from netchat.state.site_changes import Drain


def drain(console: Console, request: requests.DrainServer) -> Steps:
    """Send the guests of this server to the others, and stop it."""
    incarnation = console.incarnation
    if not incarnation:
        raise RefusalError(
            "bad-request", "No other server can take the guests of this one; stop it instead."
        )
    servers = console.state.site.servers
    if all(server.draining for server in servers.values() if server.incarnation != incarnation):
        raise RefusalError(
            "bad-request", "No other server of the site runs; start one first, or stop this one."
        )
    yield Drain(incarnation, request.duration)
    within = format_duration(request.duration) if request.duration else "a second"
    return Outcome(message=f"The server sends its guests away within {within}, and stops.")
