"""Requests to other servers, for webhooks; they need the extra `webhooks`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from twisted.internet.protocol import Protocol

TIMEOUT = 10.0
"""Seconds in which a request has to be answered."""

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Sends a body with these headers to a URL; returns the status of the answer."""


class _Unread(Protocol):
    """The body of an answer, which is not read: its status says all."""

    transport: Any

    def connectionMade(self) -> None:
        """Close the connection, so that an endless answer costs nothing."""
        if self.transport is not None:
            self.transport.loseConnection()


def make_post(reactor: Any) -> Post:
    """Return a function that posts to a URL, follows no redirects, and waits TIMEOUT seconds.

    What it needs is imported with the first request, because few servers have webhooks.
    """

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        try:
            from treq.client import HTTPClient
            from twisted.web.client import Agent
            from twisted.web.http_headers import Headers
        except ImportError as error:
            raise RuntimeError(
                f"it needs {error.name}; install netchat with its extra `webhooks`, as in"
                " pip install '.[webhooks]'"
            ) from error
        response = await HTTPClient(Agent(reactor, connectTimeout=TIMEOUT)).post(
            url,
            data=body,
            headers=Headers({name: [value] for name, value in headers.items()}),
            allow_redirects=False,
            timeout=TIMEOUT,
            reactor=reactor,
            unbuffered=True,
        )
        response.deliverBody(_Unread())
        return int(response.code)

    return post
