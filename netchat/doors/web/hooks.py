"""Incoming webhooks: a program says a line by an HTTP request, without a connection of its own.

`POST /hook/TOKEN`, or `POST /hook` with `Authorization: Bearer TOKEN`. The body is a text
(text/plain), or JSON with a field `text`; an `Idempotency-Key` makes a repeated request harmless.
Source: RFC 6750 section 2.1 (Bearer), draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from netchat.accounts.tokens import hash_token
from netchat.chat.refusal import RefusedError
from netchat.chat.results import Report
from netchat.chat.webhook_lines import say_as
from netchat.doors.connection.rate_limit import TokenBucket, is_rate_limited
from netchat.doors.web.pages import send_json
from netchat.model.events import Refused, Repeated, Said
from netchat.model.lines import lines_of
from netchat.model.requests import MAX_NONCE
from netchat.model.sanitize import sanitize
from netchat.state.records import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.web.http import Request

    from netchat.admission.connections import Connections
    from netchat.chat.chat import Chat
    from netchat.model.limits import ConnectionLimits

PATH = b"/hook"
MAX_BODY = 64 * 1024
"""The most bytes of a body: JSON may need six bytes for one of a text."""
_KEY = re.compile(f"[!-~]{{1,{MAX_NONCE}}}")
"""What an Idempotency-Key may be: visible ASCII."""
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)


class _Body(msgspec.Struct):
    """A body in JSON; other fields are ignored."""

    text: str


class BadRequestError(Exception):
    """The request cannot be taken; the message is one sentence that says what to do."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def is_hook(path: bytes) -> bool:
    """Return whether a request for `path` is one of a webhook."""
    return path == PATH or path.startswith(PATH + b"/")


def may_have_body(method: bytes, path: bytes, length: int | None) -> bool:
    """Return whether a request may have a body of `length` bytes (None: of unknown length)."""
    return method == b"POST" and is_hook(path) and length is not None and length <= MAX_BODY


class IncomingWebhooks:
    """Says lines in `chat` for those who know the token of a webhook.

    Each webhook may say as many lines as a guest may; `connections` has the limits.
    """

    def __init__(self, chat: Chat, connections: Connections) -> None:
        self._chat = chat
        self._connections = connections
        self._buckets: dict[str, tuple[ConnectionLimits, TokenBucket]] = {}

    def answer(self, request: Request) -> None:
        """Answer `request`, when its line is stored or refused."""
        try:
            webhook = self._authenticate(request)
            text, key = self._text(request), _idempotency_key(request)
            wait = self._take(webhook)
        except BadRequestError as error:
            _refuse(request, error.status, "bad-request", str(error))
            return
        if wait:
            sentence = f"That is too fast; say it again in {wait} s."
            _refuse(
                request, HTTPStatus.TOO_MANY_REQUESTS, "too-fast", sentence, retry_after=str(wait)
            )
            return
        try:
            say_as(self._chat, webhook, text, key, Report(_answering(request)))
        except RefusedError as error:
            _refuse(request, HTTPStatus.FORBIDDEN, error.code, str(error))

    def _authenticate(self, request: Request) -> Webhook:
        token = request.path[len(PATH) :].removeprefix(b"/").decode(errors="replace")
        if not token:
            bearer = _BEARER.fullmatch((request.getHeader("authorization") or "").strip())
            token = bearer[1] if bearer else ""
        hash = hash_token(token)
        # The hash of a random token tells nothing about others, so it may be looked up as it is.
        for webhook in self._chat.state.all(Webhook):
            if token and webhook.hash == hash:
                return webhook
        raise BadRequestError(
            HTTPStatus.NOT_FOUND, "There is no webhook with this token; ask an operator for one."
        )

    def _text(self, request: Request) -> str:
        if request.method != b"POST":
            raise BadRequestError(HTTPStatus.METHOD_NOT_ALLOWED, "Send a line here by POST.")
        body = request.content.read() if request.content else b""
        kind = (request.getHeader("content-type") or "text/plain").partition(";")[0].strip().lower()
        try:
            if kind == "application/json":
                said = msgspec.json.decode(body, type=_Body).text
            else:
                said = body.decode()
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise BadRequestError(
                HTTPStatus.BAD_REQUEST,
                'Send a text in UTF-8, or {"text": "..."} as application/json.',
            ) from None
        text = sanitize(" ".join(lines_of(said.strip())))
        if not text.strip():
            raise BadRequestError(HTTPStatus.BAD_REQUEST, "The text is blank; send one.")
        limit = self._connections.limits.connection.max_line
        if 0 < limit < len(text.encode()):
            raise BadRequestError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A line has at most {limit} bytes."
            )
        return text

    def _take(self, webhook: Webhook) -> int:
        """Take a token of the rate limit; return the seconds to wait if there is none, else 0."""
        limits = self._connections.limits.connection
        if not is_rate_limited(limits):
            return 0
        known, bucket = self._buckets.get(webhook.name, (None, None))
        if bucket is None or known != limits:
            bucket = TokenBucket(limits)
            self._buckets[webhook.name] = limits, bucket
        now = self._connections.clock.seconds()
        if bucket.allowed(now):
            bucket.take(1, now)
            return 0
        return max(1, round(1 / limits.rate))


def _idempotency_key(request: Request) -> str:
    key = (request.getHeader("idempotency-key") or "").strip().strip('"')
    if key and not _KEY.fullmatch(key):
        raise BadRequestError(
            HTTPStatus.BAD_REQUEST,
            f"An Idempotency-Key has 1 to {MAX_NONCE} visible ASCII characters.",
        )
    return key


def _answering(request: Request) -> Callable[[Said | Repeated | Refused], None]:
    """Return a function that answers `request` with the result of its line."""
    gone: list[object] = []
    request.notifyFinish().addBoth(gone.append)

    def answer(result: Said | Repeated | Refused) -> None:
        if gone:
            return
        match result:
            case Repeated():
                answer(result.said)
            case Said():
                send_json(request, HTTPStatus.OK, {"room": result.room, "id": result.id})
            case Refused():
                busy = result.code == "storage"
                status = HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.CONFLICT
                _refuse(request, status, result.code, result.message)

    return answer


def _refuse(request: Request, status: HTTPStatus, code: str, sentence: str, **headers: str) -> None:
    send_json(request, status, {"error": code, "message": sentence}, **headers)
