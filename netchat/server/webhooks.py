"""Outgoing webhooks: the lines of a room are sent to a URL that the operator has given.

Each webhook has a cursor in the journal, the id of the last line that was received, so lines are
sent at least once: after a restart, and after an answer that was lost, some may come again, with
the same ids. Of several servers that are one chat, one sends them. A request that fails is repeated
after RETRY seconds, then twice as many, up to MAX_RETRY. Redirects are not followed: only the
operator decides where lines go.

The body is JSON, {"version": 1, "webhook", "journal", "room", "lines": [said, ...]}, with lines as
in docs/protocol.md. `Netchat-Signature` is "v1=" and the HMAC-SHA256 of "1.", the value of
`Netchat-Time` (seconds since the epoch), "." and the body, in hexadecimal (RFC 2104).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from netchat.chat.changes import change_as
from netchat.dialects.jsonl.dialect import said_message
from netchat.journal.interface import Page, Span, UnreadableError
from netchat.model.events import Said
from netchat.server.http_post import Post
from netchat.state.changes import SERVER, WebhookSent
from netchat.state.records import Webhook

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from netchat.chat.chat import Chat
    from netchat.chat.room import Room
    from netchat.model.events import Refused
    from netchat.state.changes import Changed

VERSION = 1
INTERVAL = 1.0
"""Seconds between two looks for new lines, so that lines said in quick succession go together."""
RETRY = 1.0
MAX_RETRY = 300.0
MAX_LINES = 100
"""The most lines in one request."""


class OutgoingWebhooks:
    """Sends the lines of the webhooks of `chat` with `post`; `now` is the wall clock."""

    log = Logger()

    def __init__(
        self, chat: Chat, clock: IReactorTime, post: Post, now: Callable[[], float]
    ) -> None:
        self._chat = chat
        self._clock = clock
        self._post = post
        self._now = now
        self._sending: set[str] = set()
        self._failures: dict[str, int] = {}
        """How often in a row the requests of a webhook have failed."""
        self._due: dict[str, float] = {}
        """When the next request of a webhook may be sent that has failed."""
        self._loop = LoopingCall(self._look)
        self._loop.clock = clock

    def start(self) -> None:
        """Look for lines from now on."""
        self._loop.start(INTERVAL).addErrback(
            lambda failure: self.log.failure("Webhooks are not sent any more", failure)
        )

    def stop(self) -> None:
        """Send nothing more; what is on its way is not waited for, and sent again later."""
        if self._loop.running:
            self._loop.stop()

    def _look(self) -> None:
        site = self._chat.presence.site
        if site is not None and not site.leads:
            return
        for webhook in [*self._chat.state.all(Webhook)]:
            room = self._chat.rooms.find(webhook.room)
            idle = webhook.name not in self._sending
            due = self._due.get(webhook.name, 0.0) <= self._clock.seconds()
            if webhook.url and idle and due and room is not None and webhook.sent < room.last:
                self._sending.add(webhook.name)
                sending = Deferred.fromCoroutine(self._send(webhook, room))
                sending.addErrback(self._log_bug, webhook)

    async def _send(self, webhook: Webhook, room: Room) -> None:
        """Send the lines of `room` behind the cursor of `webhook`, in one request."""
        try:
            why = await self._try(webhook, room)
        finally:
            self._sending.discard(webhook.name)
        name = webhook.name
        if why:
            failures = self._failures[name] = self._failures.get(name, 0) + 1
            wait = min(RETRY * 2 ** (failures - 1), MAX_RETRY)
            self._due[name] = self._clock.seconds() + wait
            if failures == 1:
                self.log.warn(
                    "The webhook {name} fails, and is tried again: {why}", name=name, why=why
                )
        elif self._failures.pop(name, 0):
            self._due.pop(name, None)
            self.log.info("The webhook {name} works again", name=name)

    async def _try(self, webhook: Webhook, room: Room) -> str:
        """Return why the lines of `webhook` have not been received, or ""."""
        page = await self._read(webhook, room)
        if isinstance(page, UnreadableError):
            return str(page)
        if not page.lines:
            return "its lines cannot be read"
        body = self._body(webhook, page)
        headers = self._headers(webhook, body)
        try:
            status = await self._post(webhook.url, headers, body)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        if not 200 <= status < 300:
            return f"its URL has answered {status}"
        return await self._advance(webhook, page.lines[-1].last)

    async def _read(self, webhook: Webhook, room: Room) -> Page | UnreadableError:
        found: Deferred[Page | UnreadableError] = Deferred()
        span = Span(webhook.sent, room.last, MAX_LINES)
        self._chat.journal.read(room.name, span, found.callback)
        return await found

    async def _advance(self, webhook: Webhook, id: int) -> str:
        done: Deferred[Changed | Refused] = Deferred()
        change_as(self._chat, SERVER, WebhookSent(webhook.name, id), done.callback)
        result = await done
        # Refused without a sentence: the webhook was removed meanwhile.
        return getattr(result, "message", "")

    def _body(self, webhook: Webhook, page: Page) -> bytes:
        lines = [said_message(line) for line in page.lines if isinstance(line, Said)]
        return msgspec.json.encode(
            {
                "version": VERSION,
                "webhook": webhook.name,
                "journal": self._chat.journal.id,
                "room": webhook.room,
                "lines": lines,
            }
        )

    def _headers(self, webhook: Webhook, body: bytes) -> Mapping[str, str]:
        time = str(int(self._now()))
        return {
            "Content-Type": "application/json",
            "Netchat-Time": time,
            "Netchat-Signature": f"v1={signature(webhook.secret, time, body)}",
        }

    def _log_bug(self, failure: object, webhook: Webhook) -> None:
        self.log.error(
            "A bug was met in the webhook {name}: {failure}", name=webhook.name, failure=failure
        )


def signature(secret: str, time: str, body: bytes) -> str:
    """Return the signature of `body`, sent at `time`, in hexadecimal."""
    signed = f"{VERSION}.{time}.".encode() + body
    return hmac.new(secret.encode(), signed, sha256).hexdigest()
