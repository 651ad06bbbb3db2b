"""Requests to other servers, for webhooks: needs the extra `webhooks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treq.client import HTTPClient
from twisted.internet.protocol import Protocol
from twisted.web.client import Agent
from twisted.web.http_headers import Headers

from netchat.server.webhooks import TIMEOUT, Post

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Unread(Protocol):
    """The body of an answer, which is not read: its status says all."""

    transport: Any

    def connectionMade(self) -> None:
        """Close the connection, so that an endless answer costs nothing."""
        if self.transport is not None:
            self.transport.loseConnection()


def make_post(reactor: Any) -> Post:
    """Return a function that posts to a URL, follows no redirects, and waits TIMEOUT seconds."""
    client = HTTPClient(Agent(reactor, connectTimeout=TIMEOUT))

    async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
        response = await client.post(
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
