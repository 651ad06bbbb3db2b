"""The HTTP server of the metrics: `/metrics`, `/healthz` and `/readyz`.

`/healthz` answers as long as the server processes input; a server whose disk is full must not be
restarted, because it can be read. `/readyz` answers with 503 while lines cannot be stored, and when
the server sends its guests to the others of its site.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.server import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress
    from twisted.web.http import Request as HTTPRequest
    from twisted.web.server import Request

    from netchat.observability.metrics import Metrics

MAX_CONNECTIONS = 20
"""How many connections are served at a time; the file descriptors are for guests."""
TIMEOUT = 10
"""Seconds after which a silent connection is closed."""


class _Page(Resource):
    """A page without pages below it; `render_text` returns its status, content type and bytes."""

    isLeaf = True  # noqa: N815  # Twisted defines the name

    def __init__(self, render_text: Callable[[str], tuple[int, str, bytes]]) -> None:
        super().__init__()
        self._render_text = render_text

    def render(self, request: Request) -> bytes:
        """Answer a GET or HEAD, and refuse any other method."""
        if request.method in (b"GET", b"HEAD"):
            body: bytes = super().render(request)
            return body
        request.setResponseCode(HTTPStatus.METHOD_NOT_ALLOWED)
        request.setHeader("allow", "GET, HEAD")
        return b""

    def render_GET(self, request: Request) -> bytes:
        """Answer a request; its Accept header is passed on."""
        status, content_type, body = self._render_text(request.getHeader("accept") or "")
        request.setResponseCode(status)
        request.setHeader("content-type", content_type)
        request.setHeader("cache-control", "no-store")
        return body

    def render_HEAD(self, request: Request) -> bytes:
        """Answer as to a GET, without the body."""
        self.render_GET(request)
        return b""


class _Root(Resource):
    """Has the pages as children."""

    def getChild(self, path: bytes, request: Request) -> IResource:
        """Return the page of a path that has none."""
        page: IResource = notFound()
        return page


class _QuietSite(Site):
    """A site that logs no requests: a monitoring system asks every few seconds."""

    noisy = False

    def log(self, request: HTTPRequest) -> None:
        """Do nothing."""


class MetricsSite(WrappingFactory):
    """The factory of the site: serves `metrics`; `unready` returns why guests stay away."""

    noisy = False

    def __init__(self, metrics: Metrics, unready: Callable[[], str], clock: Any) -> None:
        def show_metrics(accept: str) -> tuple[int, str, bytes]:
            body, content_type = metrics.render(accept)
            return HTTPStatus.OK, content_type, body

        def is_ready(_: str) -> tuple[int, str, bytes]:
            why = unready()
            return _text(why, HTTPStatus.SERVICE_UNAVAILABLE) if why else _text("ready")

        root = _Root()
        root.putChild(b"metrics", _Page(show_metrics))
        root.putChild(b"healthz", _Page(lambda _: _text("ok")))
        root.putChild(b"readyz", _Page(is_ready))
        root.putChild(b"", _Page(lambda _: _text("/metrics\n/healthz\n/readyz")))
        super().__init__(_QuietSite(root, timeout=TIMEOUT, reactor=clock))

    def buildProtocol(  # type: ignore[override]  # Twisted closes the connection for None
        self, addr: IAddress | None
    ) -> ProtocolWrapper | None:
        """Return the protocol of a connection, or None if there are too many."""
        if len(self.protocols) >= MAX_CONNECTIONS:
            return None
        return super().buildProtocol(addr)


def _text(sentence: str, status: HTTPStatus = HTTPStatus.OK) -> tuple[int, str, bytes]:
    return status, "text/plain; charset=utf-8", f"{sentence}\n".encode()
