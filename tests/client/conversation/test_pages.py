"""`/history more` and `/search more` in the client, against the whole server in memory."""

from __future__ import annotations

from netchat.dialects.jsonl import events as wire
from netchat.model.requests import GetHistory, Search
from netchat.testing import Network
from tests.support.client_fakes import ClientHarness
from tests.support.conversations import inside, said


def filled(lines: int, *arguments: str) -> Network:
    """Return a server in whose lobby Bob has said `lines` lines: "word 1", "word 2" and so on."""
    network = Network("--history", "0", *arguments)
    bob = network.join("Bob")
    bob.send("".join(f"word {number}\n" for number in range(1, lines + 1)).encode())
    network.settle()
    bob.hang_up()
    network.settle()
    return network


def numbers(events: list[str]) -> list[int]:
    """Return the numbers of the lines among `events`."""
    return [int(event.rpartition(" ")[2]) for event in events if ": word " in event]


def test_history_more_reaches_the_first_line_without_a_gap_or_a_duplicate() -> None:
    client = ClientHarness(filled(1234), history=50)
    shown = numbers(client.new_events())
    assert shown == list(range(1185, 1235))
    for _ in range(24):
        client.say("/history more")
        shown = numbers(client.new_events()) + shown
    assert shown == list(range(1, 1235))
    client.say("/history more")
    assert client.new_events() == ["* Nothing is kept of what was said in lobby before that"]


def test_several_requests_for_more_at_once_get_one_page_each() -> None:
    client = ClientHarness(filled(300))
    client.say("/history 100", "/history more", "/history more", "/history more")
    events = client.new_events()
    assert numbers(events) == [*range(201, 301), *range(101, 201), *range(1, 101)]
    assert events[-1] == "* Nothing is kept of what was said in lobby before that"


def test_search_more_reaches_the_first_match() -> None:
    client = ClientHarness(filled(150))
    client.new_events()
    client.say("/search word")
    found = client.new_events()
    assert found[-1] == "* There may be more, from before that; /search more shows it"
    shown = numbers(found)
    client.say("/search more")
    shown = numbers(client.new_events()) + shown
    client.say("/SEARCH  More")
    shown = numbers(client.new_events()) + shown
    assert shown == list(range(1, 151))
    client.say("/search more")
    assert client.new_events() == ["* Nothing in lobby before that has these words in it: word"]


def test_search_more_without_a_search_is_refused() -> None:
    client = ClientHarness(filled(1))
    client.new_events()
    client.say("/search more", "hello")
    assert client.new_events() == [
        "! You have not searched in this room yet; type /search WORDS first."
    ]
    assert client.frontend.waiting == 0


def test_history_more_in_another_room_begins_with_its_last_lines() -> None:
    client = ClientHarness(filled(60), history=50)
    client.say("/join dev", "word 1", "/history more")
    assert numbers(client.new_events())[50:] == [1]


def test_history_more_goes_on_after_a_reconnect() -> None:
    client = ClientHarness(filled(120), history=50)
    client.say("/history more")
    client.new_events()
    client.endpoint.cut()
    client.wait(3)
    client.new_events()
    client.say("/history more")
    assert numbers(client.new_events()) == list(range(1, 21))


def test_the_ids_of_another_journal_are_forgotten() -> None:
    harness = inside(journal="one")
    harness.say("/history 1", "/search a")
    harness.receive(wire.History("lobby", (said(70, "Bob", "a"),), more=True))
    harness.receive(wire.Found("lobby", "a", (said(70, "Bob", "a"),), more=True))
    assert harness.say("/history more") == [GetHistory("lobby", before=70, limit=1)]
    harness.cut()
    harness.resume(last=0, journal="two")
    assert harness.say("/history more") == [GetHistory("lobby")]
    harness.receive(wire.History("lobby", (), more=False))
    assert harness.say("/search more") == []


def test_a_page_of_damaged_lines_only_is_passed_by() -> None:
    harness = inside()
    harness.say("/history 5")
    harness.receive(wire.Gap("lobby", 41, 45, damaged=True), wire.History("lobby", (), more=True))
    assert harness.say("/history more") == [GetHistory("lobby", before=41, limit=5)]


def test_a_search_goes_on_before_its_first_match() -> None:
    harness = inside()
    assert harness.say("/search a") == [Search("lobby", "a")]
    harness.receive(wire.Found("lobby", "a", (said(7, "Bob", "a"), said(9, "Bob", "a")), more=True))
    assert harness.say("/search more") == [Search("lobby", "a", before=7)]


def test_the_key_for_earlier_lines_says_once_that_there_are_none() -> None:
    network = filled(3)
    client = ClientHarness(network, several_rooms=True, history=50)
    nothing = "* Nothing is kept of what was said in lobby before that"

    def page_up() -> list[str]:
        client.connection.older()
        network.settle()
        return client.new_events()

    client.new_events()
    assert [page_up(), page_up(), page_up()] == [[nothing], [], []]
    carol = network.join("Carol")
    carol.send(b"word 4\n")
    network.settle()
    client.new_events()
    assert [page_up(), page_up()] == [[nothing], []]
    client.say("/older")
    assert client.new_events() == [nothing]


def test_a_key_whose_answer_is_lost_is_to_be_pressed_again() -> None:
    harness = inside(several_rooms=True)
    harness.conversation.input.older()
    harness.cut()
    (told,) = harness.frontend.new_events()
    assert told == (
        "! PageUp was not answered before the connection was lost; press the key again."
    )
