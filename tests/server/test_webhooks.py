"""Outgoing webhooks: what is sent, when it is sent again, and how it is signed."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from twisted.internet.defer import Deferred

from netchat.chat.changes import change_as
from netchat.server.webhooks import MAX_LINES, MAX_RETRY, OutgoingWebhooks
from netchat.state.changes import CONSOLE, DeleteLines, RemoveWebhook, SetWebhook, What
from netchat.state.records import Webhook
from netchat.testing import START, Network

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

URL = "http://192.0.2.1/lines"


class Receiver:
    """Answers the requests of webhooks: with `status`, or not before the test does."""

    def __init__(self) -> None:
        self.status: int | Exception | None = 200
        self.requests: list[tuple[str, Mapping[str, str], bytes]] = []
        self.waiting: list[Deferred[int]] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.requests.append((url, headers, body))
        if self.status is None:
            self.waiting.append(Deferred())
            return await self.waiting[-1]
        if isinstance(self.status, Exception):
            raise self.status
        return self.status

    @property
    def lines(self) -> list[list[str]]:
        """The texts of the lines of each request."""
        bodies: list[Any] = [msgspec.json.decode(body) for _, _, body in self.requests]
        return [[line["text"] for line in body["lines"]] for body in bodies]


class Server:
    """A server with an outgoing webhook of the lobby, whose requests `receiver` answers."""

    def __init__(self, *arguments: str) -> None:
        self.network = Network(*arguments)
        for task in self.network.service.background:
            task.stop()
        self.chat = self.network.service.factory.chat
        self.receiver = Receiver()
        now = lambda: START + self.network.clock.seconds()  # noqa: E731
        self.webhooks = OutgoingWebhooks(self.chat, self.network.clock, self.receiver.post, now)
        self.webhooks.start()
        self.alice = self.network.join("Alice")

    def change(self, what: What) -> None:
        change_as(self.chat, CONSOLE, what, lambda _: None)
        self.network.settle()

    def add(self, sent: int = 0) -> None:
        self.change(SetWebhook(Webhook("log", "lobby", url=URL, secret="s3", sent=sent)))


@pytest.fixture
def server() -> Server:
    server = Server()
    server.add()
    return server


def test_the_lines_of_the_room_are_sent_once_each_in_order(server: Server) -> None:
    server.alice.say("one")
    server.alice.say("two")
    server.network.advance(1)
    server.alice.say("/join dev")
    server.alice.say("elsewhere")
    server.alice.say("/join lobby")
    server.alice.say("/msg Alice psst")
    server.alice.say("three")
    for _ in range(3):
        server.network.advance(1)
    assert server.receiver.lines == [["one", "two"], ["three"]]


def test_a_request_has_the_line_as_the_protocol_does_and_a_signature(server: Server) -> None:
    server.alice.say("one")
    server.network.advance(1)
    ((url, headers, body),) = server.receiver.requests
    assert url == URL
    sent = msgspec.json.decode(body)
    assert sent.keys() == {"version", "webhook", "journal", "room", "lines"}
    assert (sent["version"], sent["webhook"], sent["room"]) == (1, "log", "lobby")
    assert sent["journal"] == server.chat.journal.id
    (line,) = sent["lines"]
    assert (line["type"], line["id"], line["from"], line["text"]) == ("said", 1, "Alice", "one")
    time = headers["Netchat-Time"]
    assert abs(int(time) - START) < 5
    expected = hmac.new(b"s3", f"1.{time}.".encode() + body, sha256).hexdigest()
    assert headers["Netchat-Signature"] == f"v1={expected}"
    assert b"s3" not in body


def test_lines_said_before_the_webhook_was_made_are_not_sent() -> None:
    server = Server()
    server.alice.say("before")
    server.add(sent=1)
    server.alice.say("after")
    server.network.advance(1)
    assert server.receiver.lines == [["after"]]


@pytest.mark.parametrize("status", [500, 404, 302, OSError("no route")])
def test_a_request_that_fails_is_sent_again_later_and_later(
    server: Server, status: int | Exception
) -> None:
    server.receiver.status = status
    server.alice.say("one")
    times = []
    for second in range(1, 33):
        before = len(server.receiver.requests)
        server.network.advance(1)
        times += [second] * (len(server.receiver.requests) - before)
    assert times == [1, 2, 4, 8, 16, 32]
    server.alice.say("two")
    server.receiver.status = 204
    server.network.advance(32)
    server.network.advance(1)
    assert server.receiver.lines[-1] == ["one", "two"]
    server.alice.say("three")
    server.network.advance(1)
    assert server.receiver.lines[-1] == ["three"]


def test_the_wait_between_two_tries_has_a_bound(server: Server) -> None:
    server.receiver.status = 500
    server.alice.say("one")
    for _ in range(12):
        server.network.advance(MAX_RETRY)
    before = len(server.receiver.requests)
    server.network.advance(MAX_RETRY + 1)
    assert len(server.receiver.requests) == before + 1


def test_one_request_is_on_its_way_at_a_time_and_has_a_bounded_number_of_lines(
    server: Server,
) -> None:
    server.receiver.status = None
    for number in range(MAX_LINES + 5):
        server.alice.say(str(number))
    for _ in range(5):
        server.network.advance(1)
    assert [len(lines) for lines in server.receiver.lines] == [MAX_LINES]
    server.receiver.waiting[0].callback(200)
    server.network.advance(1)
    assert [len(lines) for lines in server.receiver.lines] == [MAX_LINES, 5]


def test_after_a_restart_what_was_received_is_not_sent_again(tmp_path: Path) -> None:
    first = Server("--data", str(tmp_path))
    first.add()
    first.alice.say("one")
    first.network.advance(1)
    first.receiver.status = None
    first.alice.say("two")
    first.network.advance(1)
    first.webhooks.stop()
    first.network.stop()
    first.network.advance(5)
    second = Server("--data", str(tmp_path))
    second.alice.say("three")
    second.network.advance(1)
    assert second.receiver.lines == [["two"], ["three"]]


def test_a_deleted_line_is_sent_without_its_text(server: Server) -> None:
    server.alice.say("secret")
    server.change(DeleteLines("lobby", (1,)))
    server.network.advance(1)
    ((_, _, body),) = server.receiver.requests
    assert msgspec.json.decode(body)["lines"][0]["deleted"] is True
    assert b"secret" not in body


def test_nothing_is_sent_to_a_webhook_that_was_removed(server: Server) -> None:
    server.receiver.status = None
    server.alice.say("one")
    server.network.advance(1)
    server.change(RemoveWebhook("log"))
    server.receiver.waiting[0].callback(200)
    server.alice.say("two")
    for _ in range(3):
        server.network.advance(1)
    assert server.receiver.lines == [["one"]]
