"""The JSON lines dialect of docs/protocol.md, against the whole server in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netchat.model.disconnects import SHUTDOWN
from netchat.testing import Network, Program

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = "c0ffee00-0000-4000-8000-000000000001"


def types(told: list[dict[str, Any]]) -> list[str]:
    return [line["type"] for line in told]


def texts(told: list[dict[str, Any]]) -> list[str]:
    return [line["text"] for line in told if line["type"] == "said"]


def test_a_program_receives_the_welcome_and_the_state_of_the_room(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/topic fish")
    ci = network.program("ci")
    welcome, entered = ci.told()
    assert welcome == {
        "type": "welcome",
        "name": "ci",
        "server": welcome["server"],
        "protocol": 1,
        "limits": {
            "line": 4096,
            "name": 32,
            "room": 50,
            "nonce": 128,
            "history": 500,
            "burst": 0,
            "topic": 512,
        },
        "journal": welcome["journal"],
        "account": False,
        "names": "open",
    }
    assert len(welcome["journal"]) == 16
    assert welcome["server"].startswith("netchat/")
    assert entered == {
        "type": "entered", "room": "lobby", "topic": "fish", "names": ["Bob", "ci"], "last": 0,
    }  # fmt: skip


def test_a_program_that_says_hello_at_once_reads_json_from_the_first_byte(
    network: Network,
) -> None:
    ci = network.program("ci")
    network.advance(1)
    assert ci.received.startswith(b'{"type":"welcome"')


def test_a_program_in_no_room_is_told_its_new_name(network: Network) -> None:
    ci = network.program("ci", rooms=[])
    ci.told()
    ci.ask("rename", name="cd")
    assert ci.told() == [{"type": "renamed", "name": "ci", "to": "cd"}]


def test_a_program_that_delays_its_hello_reads_the_prompt_first(network: Network) -> None:
    late = network.connect(Program())
    late.network = network
    network.advance(0.1)
    late.ask("hello", name="late")
    assert late.received.startswith(b'Enter username: {"type":"welcome"')


def test_a_line_is_acknowledged_with_its_nonce_and_received_by_all(network: Network) -> None:
    alice, ci, log = network.join("Alice"), network.program("ci"), network.program("log")
    for program in (ci, log):
        program.told()
    alice.heard()
    ci.ask("say", room="lobby", text="deploy done", nonce="n1")
    said = {
        "type": "said", "room": "lobby", "id": 1, "time": "2026-01-01T12:00:00.100Z", "from": "ci",
        "text": "deploy done", "action": False,
    }  # fmt: skip
    assert ci.told() == [{**said, "nonce": "n1"}]
    assert log.told() == [said]
    assert alice.heard() == ["ci: deploy done"]


def test_guests_of_both_dialects_receive_the_events_in_one_order(network: Network) -> None:
    alice, log = network.join("Alice"), network.program("log")
    log.told()
    ci = network.program("ci")
    alice.say("/me waves")
    ci.ask("say", room="lobby", text="one", action=True)
    alice.say("two")
    alice.say("/nick Alicia")
    alice.say("/topic fish")
    ci.ask("bye")
    told = log.told()
    assert [line.get("id", line["type"]) for line in told] == [
        "joined", 1, 2, 3, "renamed", "topic", "left",
    ]  # fmt: skip
    assert [(line["from"], line["text"], line["action"]) for line in told[1:4]] == [
        ("Alice", "waves", True),
        ("ci", "one", True),
        ("Alice", "two", False),
    ]
    assert told[4:] == [
        {"type": "renamed", "name": "Alice", "to": "Alicia"},
        {"type": "topic", "room": "lobby", "text": "fish", "by": "Alicia"},
        {"type": "left", "room": "lobby", "names": ["ci"]},
    ]


def test_the_last_line_is_a_closing(network: Network) -> None:
    ci = network.program("ci")
    ci.told()
    ci.ask("bye")
    assert ci.told() == [{"type": "closing", "reason": "bye", "message": "", "retry": None}]
    assert not ci.online


def test_the_closing_at_shutdown_says_when_to_reconnect(network: Network) -> None:
    ci = network.program("ci")
    ci.told()
    network.stop()
    (closing,) = ci.told()
    assert (closing["reason"], closing["retry"]) == ("shutdown", 1)


def test_a_program_is_in_several_rooms_and_leaves_one(network: Network) -> None:
    ci = network.program("ci", rooms=["dev", "ops"])
    assert [line.get("room") for line in ci.told()] == [None, "dev", "dev", "ops", "ops"]
    bob = network.join("Bob")
    bob.say("/join ops")
    ci.ask("say", room="dev", text="one")
    ci.ask("say", room="OPS", text="two")
    ci.ask("join", room="lobby")
    ci.ask("leave", room="ops")
    ci.ask("say", room="ops", text="three")
    told = ci.told()
    assert types(told) == ["joined", "said", "said", "entered", "left", "error"]
    assert [line.get("room") for line in told][:-1] == ["ops", "dev", "ops", "lobby", "ops"]
    assert told[-2]["names"] == ["ci"]
    assert told[-1]["code"] == "not-in-room"
    assert bob.heard()[-2:] == ["ci: two", "* ci left"]


def test_a_program_may_be_in_no_room_at_all(network: Network) -> None:
    bob = network.join("Bob")
    ci = network.program("ci", rooms=[])
    ci.ask("tell", to="bob", text="psst", nonce="7")
    told = ci.told()
    assert types(told) == ["welcome", "told"]
    assert told[1] == {
        "type": "told", "from": "ci", "to": "Bob", "time": "2026-01-01T12:00:00.100Z",
        "text": "psst", "nonce": "7",
    }  # fmt: skip
    assert bob.heard() == ["[ci -> you] psst"]


def test_a_private_message_sent_again_is_received_once(network: Network) -> None:
    bob = network.join("Bob")
    ci = network.program("ci", client=CLIENT)
    ci.ask("tell", to="Bob", text="psst", nonce="7")
    ci.hang_up()
    again = network.program("ci", client=CLIENT)
    again.told()
    again.ask("tell", to="Bob", text="psst", nonce="7")
    again.ask("tell", to="Bob", text="other", nonce="7")
    assert [line.get("code", line["type"]) for line in again.told()] == ["told", "nonce-reused"]
    assert [line for line in bob.heard() if "psst" in line] == ["[ci -> you] psst"]


def test_a_private_message_sent_again_is_confirmed_after_its_recipient_renamed_or_left(
    network: Network,
) -> None:
    bob, ci = network.join("Bob"), network.program("ci", client=CLIENT)
    ci.ask("tell", to="Bob", text="psst", nonce="7")
    first = ci.told()[-1]
    bob.say("/nick Robert")
    ci.ask("tell", to="BOB", text="psst", nonce="7")
    bob.say("exit")
    ci.ask("tell", to="Bob", text="psst", nonce="7")
    assert [line for line in ci.told() if line["type"] in ("told", "error")] == [first, first]
    assert [line for line in bob.heard() if "psst" in line] == ["[ci -> you] psst"]


REFUSED_REQUESTS = [
    ("bad-room", {"type": "join", "room": "a b"}),
    ("bad-room", {"type": "join", "room": "lobby"}),
    ("not-in-room", {"type": "leave", "room": "dev"}),
    ("bad-name", {"type": "rename", "name": "server"}),
    ("name-taken", {"type": "rename", "name": "Bob"}),
    ("not-in-room", {"type": "topic", "room": "dev", "text": "fish"}),
    ("line-too-long", {"type": "topic", "room": "lobby", "text": "x" * 513}),
    ("not-in-room", {"type": "names", "room": "dev"}),
    ("not-in-room", {"type": "history", "room": "dev"}),
    ("not-in-room", {"type": "search", "room": "dev", "words": "fish"}),
    ("bad-request", {"type": "search", "room": "lobby", "words": " "}),
    ("not-in-room", {"type": "say", "room": "dev", "text": "fish"}),
    ("bad-request", {"type": "say", "room": "lobby", "text": " "}),
    ("no-such-user", {"type": "tell", "to": "nobody", "text": "fish"}),
    ("bad-request", {"type": "hello", "name": "ci"}),
    ("bad-request", {"type": "history", "room": "lobby", "limit": 0}),
    ("unknown-type", {"type": "sing"}),
]


@pytest.mark.parametrize(("code", "request_"), REFUSED_REQUESTS, ids=str)
def test_a_refusal_has_the_nonce_of_its_request(
    network: Network, code: str, request_: dict[str, Any]
) -> None:
    network.join("Bob")
    ci = network.program("ci")
    ci.told()
    for nonce in ({"nonce": "7"}, {}):
        ci.ask(**request_, **nonce)
        (error,) = ci.told()
        assert (error["type"], error["code"]) == ("error", code)
        assert {key: error[key] for key in error if key == "nonce"} == nonce


def test_a_refusal_before_login_has_the_nonce_of_its_request(network: Network) -> None:
    network.join("Bob")
    ci = network.program("Bob", nonce="1")
    ci.ask("hello", name="ci", rooms=["a b"], nonce="2")
    ci.ask("say", room="lobby", text="x", nonce="3")
    told = [(line["code"], line["nonce"]) for line in ci.told()]
    assert told == [("name-taken", "1"), ("bad-room", "2"), ("bad-request", "3")]


def test_a_null_field_counts_as_absent(network: Network) -> None:
    nothing = dict.fromkeys(("rooms", "after", "client", "agent", "password", "nonce"))
    ci = network.program("ci", **nothing)
    ci.ask("say", room="lobby", text="x", action=None, nonce=None)
    ci.ask("history", room="lobby", before=None, after=None, limit=None, nonce=None)
    assert types(ci.told()) == ["welcome", "entered", "said", "history"]


def test_a_hello_without_a_line_end_is_closed_in_json(network: Network) -> None:
    flood, slow = network.connect(Program()), network.connect(Program())
    flood.network = slow.network = network
    slow.send(b'{"type":')
    flood.send(b'{"type":"hello","name":"' + b"x" * 70_000)
    assert [line["reason"] for line in flood.told()] == ["line-too-long"]
    network.advance(15)
    *_, closing = slow.heard()
    assert '"reason":"login-timeout"' in closing
    assert [flood.online, slow.online] == [False, False]


def test_a_program_that_resumes_receives_exactly_the_lines_it_missed(network: Network) -> None:
    bob, log = network.join("Bob"), network.program("log")
    for number in range(5):
        bob.say(f"line {number + 1}")
    assert texts(log.told()) == [f"line {number + 1}" for number in range(5)]
    log.hang_up()
    for number in range(5, 2000):
        bob.queue(f"line {number + 1}\n".encode())
    network.settle()
    log = network.program("log", after={"LOBBY": 5})
    told = log.told()
    assert types(told[:2]) == ["welcome", "entered"]
    assert [line["id"] for line in told[2:]] == list(range(6, 2001))
    bob.say("live")
    assert [line["id"] for line in log.told()] == [2001]


@pytest.mark.parametrize("name", ["dev", "DEV", "ｄev", "d\u0435v"])
def test_after_may_name_a_room_by_any_equivalent_name(network: Network, name: str) -> None:
    bob = network.join("Bob")
    bob.say("/join dev")
    bob.say("one")
    bob.say("two")
    log = network.program("log", rooms=["dev"], after={name: 1, "no room": 7})
    assert [line["id"] for line in log.told()[3:]] == [2]


def test_a_line_sent_with_the_hello_again_is_acknowledged_after_the_backfill(
    network: Network,
) -> None:
    bob, ci = network.join("Bob"), network.program("ci", client=CLIENT)
    for number in range(600):
        bob.say(f"line {number}")
    ci.ask("say", room="lobby", text="mine", nonce="m")
    ci.hang_up()
    bob.say("last")
    again = network.connect(Program())
    again.network = network
    again.send(
        b'{"type":"hello","name":"ci","client":"%s","after":{"lobby":5}}\n'
        b'{"type":"say","room":"lobby","text":"mine","nonce":"m"}\n' % CLIENT.encode()
    )
    said = [line for line in again.told() if line["type"] == "said"]
    assert [line["id"] for line in said] == [*range(6, 603), 601]
    assert [line["id"] for line in said if "nonce" in line] == [601]


def test_a_line_sent_again_is_acknowledged_after_it_was_deleted() -> None:
    network = Network("--keep-lines", "10")
    bob, ci = network.join("Bob"), network.program("ci", client=CLIENT)
    ci.ask("say", room="lobby", text="mine", nonce="m")
    ci.hang_up()
    for number in range(30):
        bob.say(f"line {number}")
    again = network.connect(Program())
    again.network = network
    again.send(
        b'{"type":"hello","name":"ci","client":"%s","after":{"lobby":0}}\n'
        b'{"type":"say","room":"lobby","text":"mine","nonce":"m"}\n' % CLIENT.encode()
    )
    assert [line["id"] for line in again.told() if line.get("nonce") == "m"] == [1]


def test_deleted_lines_are_announced_as_a_gap() -> None:
    network = Network("--data", ":memory:", "--keep-lines", "10")
    bob = network.join("Bob")
    for number in range(30):
        bob.say(f"line {number + 1}")
    log = network.program("log", after={"lobby": 5})
    told = log.told()[2:]
    assert told[0] == {"type": "gap", "room": "lobby", "from": 6, "to": 20}
    assert [line["id"] for line in told[1:]] == list(range(21, 31))


def test_a_program_that_missed_nothing_receives_no_earlier_lines(network: Network) -> None:
    network.join("Bob").say("one")
    log = network.program("log", after={"lobby": 1})
    assert types(log.told()) == ["welcome", "entered"]


def test_a_hello_without_after_receives_no_earlier_lines(network: Network) -> None:
    network.join("Bob").say("one")
    assert types(network.program("log").told()) == ["welcome", "entered"]


def test_a_join_with_after_receives_the_lines_after_it(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/join dev")
    bob.say("one")
    bob.say("two")
    log = network.program("log")
    log.told()
    log.ask("join", room="dev", after=1)
    assert [line.get("id", line["type"]) for line in log.told()] == ["entered", "roles", 2]


OTHER = "the journal of another server"


def ids(told: list[dict[str, Any]]) -> list[object]:
    """Return the ids of the lines that were said, the ends of the gaps, and the other types."""
    return [(x["from"], x["to"]) if x["type"] == "gap" else x.get("id", x["type"]) for x in told]


def test_ids_of_this_journal_are_resumed(network: Network) -> None:
    bob = network.join("Bob")
    for text in "abc":
        bob.say(text)
    journal = network.program("ci").told()[0]["journal"]
    log = network.program("log", after={"lobby": 1}, journal=journal)
    bob.say("d")
    assert ids(log.told()) == ["welcome", "entered", 2, 3, 4]


def test_ids_of_another_journal_are_answered_with_a_gap_and_never_with_lines(
    network: Network,
) -> None:
    bob = network.join("Bob")
    for text in "abc":
        bob.say(text)
    for number, after in enumerate([0, 1, 3, 9]):
        log = network.program(f"log{number}", after={"lobby": after}, journal=OTHER)
        assert ids(log.told()) == ["welcome", "entered", (1, 3)]
    bob.say("d")
    assert ids(log.told()) == [4]


def test_the_gap_ends_at_0_if_nothing_was_said_in_this_journal(network: Network) -> None:
    bob = network.join("Bob")
    log = network.program("log", after={"lobby": 9}, journal=OTHER)
    bob.say("a")
    assert ids(log.told()) == ["welcome", "entered", (1, 0), 1]


def test_ids_of_another_journal_concern_only_the_rooms_that_they_are_given_for(
    network: Network,
) -> None:
    bob = network.join("Bob")
    bob.say("a")
    log = network.program("log", rooms=["lobby", "dev"], after={"dev": 2}, journal=OTHER)
    assert ids(log.told()) == ["welcome", "entered", "entered", "roles", (1, 0)]


def test_a_join_names_its_journal_or_has_that_of_the_hello(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/join dev")
    bob.say("a")
    bob.say("b")
    log = network.program("log", journal=OTHER)
    journal = log.told()[0]["journal"]
    answers = []
    for named in ({}, {"journal": journal}, {"journal": OTHER}):
        log.ask("join", room="dev", after=1, **named)
        log.ask("leave", room="dev")
        answers.append(ids(log.told())[2:-1])
    assert answers == [[(1, 2)], [2], [(1, 2)]]


def test_a_join_may_name_another_journal_than_the_hello(network: Network) -> None:
    bob = network.join("Bob")
    bob.say("/join dev")
    bob.say("a")
    log = network.program("log")
    log.told()
    log.ask("join", room="dev", after=0, journal=OTHER)
    assert ids(log.told()) == ["entered", "roles", (1, 1)]


def test_on_disk_the_journal_is_the_same_after_a_restart(tmp_path: Path) -> None:
    network = Network("--data", str(tmp_path))
    network.join("Bob").say("a")
    journal = network.program("ci").told()[0]["journal"]
    network.stop()
    network = Network("--data", str(tmp_path))
    log = network.program("log", after={"lobby": 0}, journal=journal)
    assert ids(log.told()) == ["welcome", "entered", 1]
    network.stop()


def test_a_line_sent_again_is_stored_once_and_acknowledged_with_the_same_id(
    network: Network,
) -> None:
    bob, ci = network.join("Bob"), network.program("ci", client=CLIENT)
    ci.ask("say", room="lobby", text="one", nonce="a")
    first = ci.told()[-1]
    ci.hang_up()
    bob.say("between")
    network.advance(86_400)
    again = network.program("ci", client=CLIENT)
    again.ask("say", room="lobby", text="one", nonce="a")
    again.ask("say", room="lobby", text="other", nonce="a")
    told = again.told()[2:]
    assert told[0] == first
    assert told[1]["code"] == "nonce-reused"
    assert told[1]["nonce"] == "a"
    assert [line for line in bob.heard() if line.startswith("ci: ")] == ["ci: one"]


def says(*words: str) -> bytes:
    """Return requests to say `words`, each with its first 9 bytes as its nonce."""
    return b"".join(
        b'{"type":"say","room":"lobby","text":"%b","nonce":"%b"}\n' % (word, word[:9])
        for word in map(str.encode, words)
    )


def test_several_lines_in_one_read_are_acknowledged_one_by_one(network: Network) -> None:
    bob, eve = network.join("Bob"), network.program("eve")
    ci = network.program("ci", client=CLIENT)
    for program in (eve, ci):
        program.told()
    ci.send(says("a", "b"))
    ci.send(says("b", "c"))
    told = ci.told()
    assert [(line["id"], line["nonce"]) for line in told] == [
        (1, "a"),
        (2, "b"),
        (2, "b"),
        (3, "c"),
    ]
    assert [x for x in bob.heard() if x.startswith("ci: ")] == ["ci: a", "ci: b", "ci: c"]
    heard = [line for line in eve.told() if line["type"] == "said"]
    assert [(line["id"], line["text"], line.get("nonce")) for line in heard] == [
        (1, "a", None),
        (2, "b", None),
        (3, "c", None),
    ]


def test_of_several_lines_in_one_read_only_those_too_long_are_refused(network: Network) -> None:
    ci = network.program("ci")
    ci.told()
    ci.send(says("a", "b" * 4097, "c"))
    assert [line.get("code", line.get("id")) for line in ci.told()] == [1, "line-too-long", 2]


def test_without_a_client_id_a_nonce_is_returned_but_not_deduplicated(network: Network) -> None:
    ci = network.program("ci")
    ci.ask("say", room="lobby", text="one", nonce="a")
    ci.ask("say", room="lobby", text="one", nonce="a")
    assert [line["id"] for line in ci.told()[2:]] == [1, 2]


def test_a_client_that_reconnects_takes_over_its_own_name(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci", client=CLIENT)
    ci.told()
    again = network.program("ci", client=CLIENT)
    assert types(again.told()) == ["welcome", "entered"]
    (closing,) = ci.told()
    assert (closing["reason"], closing["retry"]) == ("replaced", None)
    assert not ci.online
    assert bob.heard() == ["* ci joined", "* ci left", "* ci joined"]


def test_a_refused_hello_does_not_replace_the_older_connection(network: Network) -> None:
    bob, lan = network.join("Bob"), network.program("lan", client=CLIENT)
    ian = network.program("ian")
    for program in (lan, ian):
        program.told()
    bob.heard()
    again = network.program("Ian", client=CLIENT)
    assert [line["code"] for line in again.told()] == ["name-taken"]
    for name in ("lan" + "\u0335" * 9, "server", "lan!"):
        again.ask("hello", name=name, client=CLIENT)
    assert [line["code"] for line in again.told()] == ["bad-name"] * 3
    assert lan.online
    lan.ask("say", room="lobby", text="still here")
    assert bob.heard() == ["lan: still here"]
    ian.hang_up()
    lan.told()
    again.ask("hello", name="Ian", client=CLIENT)
    assert again.told()[0]["name"] == "Ian"
    assert lan.told()[-1]["reason"] == "replaced"


def test_a_client_replaces_all_its_connections_with_equivalent_names(network: Network) -> None:
    lan, ian = (network.program(name, client=CLIENT) for name in ("lan", "ian"))
    again = network.program("Ian", client=CLIENT)
    assert again.told()[0]["name"] == "Ian"
    assert [old.told()[-1]["reason"] for old in (lan, ian)] == ["replaced"] * 2


def test_a_name_is_taken_over_in_any_unicode_normalization(network: Network) -> None:
    old = network.program("\u00e9" * 32, client=CLIENT)
    again = network.program("e\u0301" * 32, client=CLIENT)
    assert types(again.told()) == ["welcome", "entered"]
    assert old.told()[-1]["reason"] == "replaced"


def test_another_client_cannot_take_over_a_name(network: Network) -> None:
    network.program("ci", client=CLIENT)
    other = network.program("CI", client=CLIENT.replace("1", "2"))
    assert [line["code"] for line in other.told()] == ["name-taken"]
    other.ask("hello", name="ci2")
    assert types(other.told()) == ["welcome", "entered"]


def test_history_is_paged_in_both_directions(network: Network) -> None:
    bob, log = network.join("Bob"), network.program("log")
    for number in range(10):
        bob.say(f"line {number + 1}")
    log.told()

    def history(**fields: int) -> tuple[list[int], bool]:
        log.ask("history", room="lobby", **fields)
        (told,) = log.told()
        assert (told["type"], told["room"]) == ("history", "lobby")
        return [line["id"] for line in told["lines"]], told["more"]

    assert history() == (list(range(1, 11)), False)
    assert history(limit=3) == ([8, 9, 10], True)
    assert history(before=8, limit=3) == ([5, 6, 7], True)
    assert history(before=3, limit=3) == ([1, 2], False)
    assert history(after=3, limit=3) == ([4, 5, 6], True)
    assert history(after=7, limit=3) == ([8, 9, 10], False)
    assert history(after=3, before=6) == ([4, 5], False)
    assert history(after=10) == ([], False)
    assert history(after=99) == ([], False)
    assert history(limit=10_000) == (list(range(1, 11)), False)


def test_a_topic_of_more_than_512_bytes_is_refused(network: Network) -> None:
    ci = network.program("ci")
    ci.told()
    longest = "\u00e9" * 256
    for topic in (longest, f"{longest}!", "x" * 4096, "x" * 4097):
        ci.ask("topic", room="lobby", text=topic)
    first, *refused = ci.told()
    assert first["text"] == longest
    assert [line["code"] for line in refused] == ["line-too-long"] * 3
    assert network.program("log").told()[1]["topic"] == longest


def test_names_rooms_topic_ping_and_rename_are_answered_in_order(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci")
    bob.heard()
    ci.told()
    ci.ask("names", room="lobby")
    ci.ask("rooms")
    ci.ask("topic", room="lobby", text="fish")
    ci.ask("ping", nonce="p")
    ci.ask("rename", name="cd")
    assert ci.told() == [
        {"type": "names", "room": "lobby", "names": ["Bob", "ci"]},
        {"type": "rooms", "rooms": [{"room": "lobby", "members": 2}]},
        {"type": "topic", "room": "lobby", "text": "fish", "by": "ci"},
        {"type": "pong", "nonce": "p"},
        {"type": "renamed", "name": "ci", "to": "cd"},
    ]
    assert bob.heard() == ["* ci changed the topic to: fish", "* ci is now cd"]


def test_search_finds_lines_in_both_dialects(network: Network) -> None:
    bob, log = network.join("Bob"), network.program("log")
    for line in ("the Über plan", "no plan", "uber, plan and all"):
        bob.say(line)
    log.told()
    log.ask("search", room="lobby", words="plan UBER")
    (found,) = log.told()
    assert (found["type"], [line["id"] for line in found["lines"]]) == ("found", [1, 3])
    bob.heard()
    bob.say("/search über PLAN")
    bob.say("/search nothing")
    *lines, nothing = bob.heard()
    assert [line[19:] for line in lines] == ["Bob: the Über plan", "Bob: uber, plan and all"]
    assert nothing == "* Nothing in lobby has these words in it: nothing"


@pytest.mark.parametrize(
    ("line", "code", "nonce"),
    [
        (b"no json", "bad-json", None),
        (b"{", "bad-json", None),
        (b'{"type":"say"}x', "bad-json", None),
        (b"[" * 5000, "bad-json", None),
        (b'{"type":"say","x":' + b"[" * 5000, "bad-json", None),
        (b'{"type":"say","room":"lobby","text":"\xff"}', "bad-utf8", None),
        (b'{"type":"say","room":"lobby","text":"\\ud800"}', "bad-json", None),
        (b"[]", "bad-request", None),
        (b"{}", "bad-request", None),
        (b'{"type":7,"nonce":"n"}', "bad-request", "n"),
        (b'{"type":"fly","nonce":"n"}', "unknown-type", "n"),
        (b'{"type":"say","room":"lobby","nonce":"n"}', "bad-request", "n"),
        (b'{"type":"say","room":"lobby","text":"x","nonce":7}', "bad-request", None),
        (b'{"type":"say","room":"lobby","text":"x","nonce":""}', "bad-request", ""),
        (b'{"type":"say","room":"lobby","text":" \\n "}', "bad-request", None),
        (b'{"type":"say","room":"","text":"x","nonce":"n"}', "not-in-room", "n"),
        (b'{"type":"say","room":"dev","text":"x","nonce":"n"}', "not-in-room", "n"),
        (b'{"type":"tell","to":"nobody","text":"x","nonce":"n"}', "no-such-user", "n"),
        (b'{"type":"join","room":"no room"}', "bad-room", None),
        (b'{"type":"rename","name":"no way"}', "bad-name", None),
        (b'{"type":"history","room":"lobby","limit":0}', "bad-request", None),
        (b'{"type":"hello","name":"again"}', "bad-request", None),
        (b'{"type":"say","room":"lobby","nonce":"n","text":"' + b"x" * 4097 + b'"}',
         "line-too-long", "n"),
        (b'{"type":"say","room":"lobby","text":"' + b"x" * 30_000 + b'"}', "line-too-long", None),
    ],
)  # fmt: skip
def test_an_invalid_request_is_refused_and_the_program_stays_connected(
    network: Network, line: bytes, code: str, nonce: str | None
) -> None:
    ci = network.program("ci")
    ci.told()
    ci.send(line + b"\n")
    (error,) = ci.told()
    assert (error["type"], error["code"], error.get("nonce")) == ("error", code, nonce or None)
    assert error["message"].endswith(".")
    assert ci.online
    ci.ask("say", room="lobby", text="x" * 4096)
    assert types(ci.told()) == ["said"]


def test_a_program_that_never_says_hello_is_disconnected(network: Network) -> None:
    program = network.connect(Program())
    program.network = network
    for _ in range(5):
        program.ask("say", room="lobby", text="let me in", nonce="n")
    told = program.told()
    assert [line["nonce"] for line in told[:-1]] == ["n"] * 5
    assert types(told) == ["error"] * 5 + ["closing"]
    assert told[-1]["reason"] == "login-tries"


def test_a_hello_that_is_too_long_is_refused_in_json(network: Network) -> None:
    program = network.connect(Program())
    program.network = network
    program.send(b'{"type":"hello","name":"ci","agent":"' + b"x" * 600)
    program.send(b'x"}\n')
    assert [line["code"] for line in program.told()] == ["line-too-long"]
    program.ask("hello", name="ci")
    assert types(program.told()) == ["welcome", "entered"]


def test_a_ping_is_answered_before_login(network: Network) -> None:
    program = network.connect(Program())
    program.network = network
    program.ask("ping", nonce="x")
    program.ask("bye")
    assert types(program.told()) == ["pong", "closing"]
    assert not program.online


def test_a_hello_with_an_invalid_room_is_refused_without_effect(network: Network) -> None:
    bob = network.join("Bob")
    ci = network.program("ci", rooms=["dev", "no room"])
    assert [line["code"] for line in ci.told()] == ["bad-room"]
    assert bob.heard() == []
    ci.ask("hello", name="ci", rooms=["dev", "DEV", "dev"])
    assert types(ci.told()) == ["welcome", "entered", "roles"]


def test_control_characters_are_removed_from_lines(network: Network) -> None:
    bob, ci = network.join("Bob"), network.program("ci")
    ci.told()
    ci.ask("say", room="lobby", text="a\x1b[2Jb\nc\u2028d\x00e\u202ef")
    assert ci.told()[0]["text"] == "a[2Jb c def"
    assert bob.heard()[-1] == "ci: a[2Jb c def"


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"say","room":"lobby","text":"late"}',
        b'{"type":"topic","room":"lobby","text":"late"}',
        b'{"type":"say","room":"lobby","text":"late","action":true}',
    ],
)
def test_what_arrives_behind_a_closing_is_not_processed(network: Network, line: bytes) -> None:
    bob, log = network.join("Bob"), network.program("log")
    bob.heard()
    log.told()
    door = network.door(log)
    door.session.close(SHUTDOWN)
    door.dataReceived(line + b"\n")
    network.settle()
    assert [event["type"] for event in log.told()] == ["closing"]
    assert bob.heard() == ["* log left"]
