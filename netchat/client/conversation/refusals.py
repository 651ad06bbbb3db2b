"""Requests that the server refuses: for now, which are repeated, or for good."""

from __future__ import annotations

from collections.abc import Callable

from netchat.client.conversation import automatic_away, read_reports
from netchat.client.conversation.display_lines import Refusal, ServerProblem
from netchat.client.conversation.interfaces import Frontend
from netchat.client.conversation.outbox import Outbox, QueuedRequest
from netchat.client.conversation.rooms import Rooms
from netchat.client.conversation.server_link import ServerLink
from netchat.dialects.jsonl import events as wire
from netchat.model.requests import GetHistory
from netchat.model.state_requests import Reply

_TEMPORARY_CODES = ("storage", "too-fast")
_MIN_PAUSE = 1.0
_MAX_PAUSE = 30.0
NO_REPLY = "This server is too old for /reply, so nothing was sent; type /msg NAME TEXT."


class Refusals:
    """Handles refusals of the requests in `outbox`.

    `retry` sends the lines again that the server could not take, after a pause that doubles.
    """

    __slots__ = ("_frontend", "_outbox", "_pause", "_retry", "_rooms")

    def __init__(
        self, frontend: Frontend, outbox: Outbox, rooms: Rooms, retry: Callable[[], None]
    ) -> None:
        self._frontend = frontend
        self._outbox = outbox
        self._rooms = rooms
        self._retry = retry
        self._pause = _MIN_PAUSE

    def reset(self) -> None:
        """Begin with the shortest pause again: the server has taken a line."""
        self._pause = _MIN_PAUSE

    def handle(self, error: wire.Error, link: ServerLink) -> QueuedRequest | None:
        """Handle `error`, with which the server refuses a request over `link`.

        Return the request, unless it is repeated, or not known.
        """
        nonce = error.nonce if isinstance(error.nonce, str) else ""
        if nonce in (read_reports.NONCE, automatic_away.NONCE):
            self._outbox.settle(nonce)
            return None
        waits = self._outbox.paused
        if error.code in _TEMPORARY_CODES and self._outbox.requeue(nonce):
            if not waits:
                self._schedule_retry(error, link)
            return None
        asked = self._outbox.settle(nonce) if nonce else self._outbox.pop_failed()
        if asked and isinstance(asked.request, GetHistory) and not asked.typed:
            self._rooms.end_history(asked.request)
        older = error.code == "unknown-type" and asked and isinstance(asked.request, Reply)
        self._frontend.show(Refusal(f"! {NO_REPLY if older else error.message}"))
        return asked

    def _schedule_retry(self, error: wire.Error, link: ServerLink) -> None:
        if error.code == "storage" and self._pause == _MIN_PAUSE:
            # What the sentence asks a person to do, the client does.
            why = error.message.partition(";")[0].rstrip(".")
            message = f"! {why}. What you say is kept here, and is sent again by itself."
            self._frontend.show(ServerProblem(message, error.message))
        link.call_later("retry", self._pause, self._retry)
        self._pause = min(2 * self._pause, _MAX_PAUSE)
