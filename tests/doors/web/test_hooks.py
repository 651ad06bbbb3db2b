"""Incoming webhooks, in memory: a program says a line by an HTTP request."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from netchat.accounts.tokens import hash_token
from netchat.chat.changes import change_as
from netchat.doors.web.hooks import MAX_BODY
from netchat.model.events import Event, Refused
from netchat.state.changes import (
    CONSOLE,
    Changed,
    Lift,
    OwnName,
    RemoveWebhook,
    Restrict,
    SetRoom,
    SetWebhook,
    What,
)
from netchat.state.records import Webhook
from netchat.testing import Network
from tests.support.web import Answer, Browser, browser, request

TOKEN = "0123456789abcdef"


def change(network: Network, what: What) -> Event:
    """Return the result of `what`, asked for by the operator."""
    results: list[Event] = []
    change_as(network.service.factory.chat, CONSOLE, what, results.append)
    network.settle()
    (result,) = results
    return result


def hooked(*arguments: str) -> Network:
    """Return a server with a webhook called `ci` that says lines in the lobby."""
    network = Network(*arguments)
    result = change(network, SetWebhook(Webhook("ci", "lobby", hash_token(TOKEN))))
    assert isinstance(result, Changed)
    return network


def post(
    connection: Browser | Network, body: str | bytes, path: str = f"/hook/{TOKEN}", **headers: str
) -> Answer:
    """Return the answer to a POST of `body`."""
    if isinstance(connection, Network):
        connection = browser(connection)
    data = body.encode() if isinstance(body, str) else body
    headers = {"content_length": str(len(data)), **headers}
    connection.send(request(path, "POST", **headers) + data)
    return connection.answer()


def test_a_text_is_said_in_the_room_of_the_webhook() -> None:
    network = hooked()
    alice, program = network.join("Alice"), network.program("bot")
    program.told()
    answer = post(network, "build 7 is done\n")
    assert (answer.status, json.loads(answer.body)) == (200, {"room": "lobby", "id": 1})
    assert alice.heard() == ["* bot joined", "ci: build 7 is done"]
    (said,) = program.told()
    assert (said["from"], said["id"], said["text"]) == ("ci", 1, "build 7 is done")
    assert "nonce" not in said


def test_the_token_may_be_in_a_header_and_the_text_in_json() -> None:
    network = hooked()
    alice = network.join("Alice")
    answer = post(
        network,
        '{"text": "done \\u2713", "username": "x"}',
        "/hook",
        authorization=f"Bearer {TOKEN}",
        content_type="application/json; charset=utf-8",
    )
    assert answer.status == 200
    assert alice.heard() == ["ci: done \u2713"]


def test_a_room_that_nobody_has_entered_yet_gets_the_line() -> None:
    network = Network()
    change(network, SetWebhook(Webhook("ci", "builds", hash_token(TOKEN))))
    assert post(network, "done").status == 200
    alice = network.join("Alice")
    alice.say("/join builds")
    assert alice.heard()[-1].endswith("ci: done")


def test_a_request_that_is_repeated_with_its_key_says_the_line_once() -> None:
    network = hooked()
    alice = network.join("Alice")
    first = post(network, "done", idempotency_key='"build-7"')
    again = post(network, "done", idempotency_key='"build-7"')
    other = post(network, "failed", idempotency_key='"build-7"')
    assert first.body == again.body
    assert (other.status, json.loads(other.body)["error"]) == (409, "nonce-reused")
    assert alice.heard() == ["ci: done"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/hook/other", {}),
        ("/hook/", {}),
        ("/hook", {}),
        ("/hook", {"authorization": "Bearer other"}),
        ("/hook", {"authorization": f"Basic {TOKEN}"}),
        (f"/hook/{hash_token(TOKEN)}", {}),
    ],
)
def test_a_wrong_token_says_nothing(path: str, headers: dict[str, str]) -> None:
    network = hooked()
    alice = network.join("Alice")
    answer = post(network, "done", path, **headers)
    assert answer.status == 404
    assert json.loads(answer.body)["message"].startswith("There is no webhook with this token")
    assert alice.heard() == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b" \n ", {}, 400),
        (b"\xff", {}, 400),
        (b'{"text": 1}', {"content_type": "application/json"}, 400),
        (b"{", {"content_type": "application/json"}, 400),
        (b"done", {"idempotency_key": "a b"}, 400),
        (b"done", {"idempotency_key": "x" * 129}, 400),
        (b"x" * 4097, {}, 413),
        (b"x" * (MAX_BODY + 1), {}, 413),
    ],
)
def test_a_bad_body_or_key_says_nothing_and_gets_a_sentence(
    body: bytes, headers: dict[str, str], status: int
) -> None:
    network = hooked()
    alice = network.join("Alice")
    answer = post(network, body, **headers)
    assert answer.status == status
    assert answer.text.rstrip().endswith(('."}', "</p>"))
    assert alice.heard() == []
    assert post(network, "done").status == 200


def test_a_body_of_unknown_length_and_one_elsewhere_are_refused() -> None:
    network = hooked()
    assert post(network, "x", content_length="", transfer_encoding="chunked").status == 413
    assert post(network, "x", "/").status == 413


def test_only_a_post_says_a_line() -> None:
    assert browser(hooked()).ask(f"/hook/{TOKEN}").status == 405


def test_a_webhook_may_say_as_much_as_a_guest_and_reads_when_it_may_say_more() -> None:
    network = hooked("--rate", "5", "--burst", "2")
    alice = network.join("Alice")
    answers = [post(network, str(number)) for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert answers[2].headers["retry-after"] == "1"
    network.advance(1)
    assert post(network, "again").status == 200
    assert alice.heard() == ["ci: 0", "ci: 1", "ci: again"]


def test_one_connection_says_several_lines() -> None:
    network = hooked()
    alice, connection = network.join("Alice"), browser(network)
    assert [post(connection, str(number)).status for number in range(3)] == [200] * 3
    assert alice.heard() == ["ci: 0", "ci: 1", "ci: 2"]


def test_control_characters_and_further_lines_become_one_line() -> None:
    network = hooked()
    alice = network.join("Alice")
    post(network, "one\r\ntwo\x1b[2J")
    assert alice.heard() == ["ci: one two[2J"]


def test_a_webhook_that_was_removed_says_nothing_more() -> None:
    network = hooked()
    change(network, RemoveWebhook("ci"))
    assert post(network, "done").status == 404


@pytest.mark.parametrize(
    ("restrict", "code", "sentence"),
    [
        (Restrict("mute", "name", "CI"), "muted", "ci is muted on this server"),
        (Restrict("ban", "name", "ci", "lobby"), "banned", "ci is banned from lobby"),
    ],
)
def test_a_webhook_whose_name_is_muted_or_banned_says_nothing_and_reads_why(
    restrict: Restrict, code: str, sentence: str
) -> None:
    network = hooked()
    change(network, replace(restrict, reason="too loud"))
    alice = network.join("Alice")
    answer = post(network, "done")
    assert (answer.status, json.loads(answer.body)) == (
        403,
        {"error": code, "message": f"{sentence} until a moderator ends that: too loud."},
    )
    assert alice.heard() == []
    change(network, Lift(restrict.what, "name", "ci", restrict.room))
    assert post(network, "done").status == 200


def test_the_settings_of_a_room_and_a_mute_elsewhere_do_not_keep_a_webhook_from_speaking() -> None:
    network = hooked()
    change(network, SetRoom("lobby", readonly=True, moderated=True, slow=60))
    change(network, Restrict("mute", "name", "ci", "other"))
    assert [post(network, str(number)).status for number in range(3)] == [200] * 3


def test_the_name_of_a_webhook_is_nobody_elses() -> None:
    network = hooked()
    owned = change(network, OwnName("C\u0456"))
    assert isinstance(owned, Refused)
    change(network, OwnName("Alice"))
    assert isinstance(change(network, SetWebhook(Webhook("alice", "lobby"))), Refused)


def test_a_guest_who_has_the_name_of_a_new_webhook_has_to_take_another() -> None:
    network = Network()
    guest = network.join("CI")
    change(network, SetWebhook(Webhook("ci", "lobby", hash_token(TOKEN))))
    assert not guest.online
    assert "CI" in guest.heard()[-1]
    again = network.guest()
    again.say("ci")
    assert again.heard()[1].startswith("! ci is owned by somebody")


def test_a_client_that_hangs_up_before_the_answer_has_said_its_line() -> None:
    network = hooked()
    alice, connection = network.join("Alice"), browser(network)
    data = b"done"
    connection.queue(request(f"/hook/{TOKEN}", "POST", content_length=str(len(data))) + data)
    connection.transport.loseConnection()
    network.settle()
    assert alice.heard() == ["ci: done"]
    assert post(network, "next").status == 200


@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=200), kind=st.sampled_from(["text/plain", "application/json"]))
def test_any_body_says_one_line_or_gets_a_sentence(body: bytes, kind: str) -> None:
    network = hooked()
    alice = network.join("Alice")
    answer = post(network, body, content_type=kind)
    assert answer.status in (200, 400)
    assert len(alice.heard()) == (answer.status == 200)
