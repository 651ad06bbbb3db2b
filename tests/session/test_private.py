"""Private lines of owners, read marks, away, whois and ignored names, through the whole server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netchat.chat.read_marks import INTERVAL
from netchat.dialects.text.earlier import local_time
from netchat.state.changes import Ignore
from netchat.state.private_rules import MAX_UNREAD_OF_GUEST
from netchat.testing import START, Guest, Network, Program
from tests.support.accounts import remove_account, settle
from tests.support.proofs import PASSWORD, Key, challenged, own

if TYPE_CHECKING:
    from pathlib import Path

HERE = "127.0.0.1"
"""Whence a password may come without TLS."""


class Chat:
    """A network in which Ann and Bob own their names; `restart` starts the server again."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.network = Network("--history", "0", *arguments)
        self.bob_owns()
        own(self.network, "Ann", key=Key("Ann").public)

    def bob_owns(self) -> None:
        """Let Bob own the name by a password."""
        bob = self.network.join("Bob", HERE)
        bob.say(f"/own {PASSWORD}")
        bob.say("exit")

    def restart(self) -> None:
        self.network.stop()
        self.network.settle()
        self.network = Network("--history", "0", *self._arguments)

    def ann(self, **hello: object) -> Program:
        """Return one more device of Ann's, a program that has read its welcome."""
        program = self.network.program("Ann", **hello)
        program.ask("auth", **Key("Ann").proof(challenged(program), str(hello.get("client", ""))))
        return program

    def bob(self) -> Guest:
        """Return one more device of Bob's, of the text dialect; only the prompts are read."""
        guest = self.network.guest(HERE)
        guest.say("Bob")
        guest.heard()
        guest.say(PASSWORD)
        return guest


@pytest.fixture(params=["memory", "sqlite"])
def chat(request: pytest.FixtureRequest, tmp_path: Path) -> Chat:
    return Chat(*(["--data", str(tmp_path)] if request.param == "sqlite" else []))


@pytest.fixture
def stored(tmp_path: Path) -> Chat:
    return Chat("--data", str(tmp_path))


def of_type(program: Program, *types: str) -> list[dict[str, Any]]:
    """Return the objects of these `types` that `program` has not read yet."""
    return [event for event in program.told() if event["type"] in types]


def private(guest: Guest) -> list[str]:
    """Return the private lines that `guest` has not read yet."""
    return [line for line in guest.heard() if " -> " in line]


def test_a_line_to_an_owner_who_is_away_is_read_at_the_next_login_and_not_again(
    chat: Chat,
) -> None:
    ann = chat.ann()
    ann.told()
    ann.ask("tell", to="bob", text="psst", nonce="1")
    (told,) = of_type(ann, "told")
    assert (told["to"], told["id"], told["nonce"]) == ("Bob", 1, "1")
    bob = chat.bob()
    (line,) = private(bob)
    assert line.endswith("] [Ann -> you] psst")
    assert line.startswith("[")
    chat.network.advance(INTERVAL)
    assert private(chat.bob()) == []


def test_a_new_device_that_confirms_gets_what_is_not_read_and_leaves_it_unread(chat: Chat) -> None:
    bob = chat.bob()
    phone = chat.ann(private=0)
    bob.say("/msg Ann one")
    bob.say("/msg Ann two")
    phone.ask("read", room="", id=1)
    phone.ask("bye")
    chat.network.advance(INTERVAL)
    for _ in range(2):
        desk = chat.ann(private=2**53 - 1)
        assert [line["text"] for line in of_type(desk, "told")] == ["two"]
        desk.ask("bye")
        chat.network.advance(INTERVAL)


def test_a_guest_who_confirms_goes_on_to_do_so_when_they_own_their_name(chat: Chat) -> None:
    cat = chat.network.program("Cat", private=0)
    cat.ask("own", key=Key("Cat").public)
    chat.bob().say("/msg Cat one")
    assert [line["text"] for line in of_type(cat, "told")] == ["one"]
    chat.network.advance(INTERVAL)
    assert of_type(cat, "read") == []
    cat.ask("read", room="", id=1)
    chat.network.advance(INTERVAL)
    assert [mark["id"] for mark in of_type(cat, "read")] == [1]


def test_every_device_that_says_what_it_has_gets_every_line_once_and_in_order(chat: Chat) -> None:
    bob = chat.bob()
    phone, desk = chat.ann(private=0), chat.ann(private=0)
    bob.say("/msg Ann one")
    bob.say("/msg Ann two")
    for device in (phone, desk):
        assert [(line["id"], line["text"]) for line in of_type(device, "told")] == [
            (1, "one"),
            (2, "two"),
        ]
    desk.ask("bye")
    phone.ask("tell", to="Bob", text="three")
    assert [line["text"] for line in of_type(phone, "told")] == ["three"]
    bob.say("/msg Ann four")
    desk = chat.ann(private=2)
    bob.say("/msg Ann five")
    lines = of_type(desk, "told")
    assert [(line["id"], line["from"], line["text"]) for line in lines] == [
        (3, "Ann", "three"),
        (4, "Bob", "four"),
        (5, "Bob", "five"),
    ]


def test_kept_lines_come_after_the_welcome_and_the_room(chat: Chat) -> None:
    chat.bob().say("/msg Ann hello")
    types = [event["type"] for event in chat.ann(private=0).told()]
    assert types.index("welcome") < types.index("entered") < types.index("told")


def test_many_kept_lines_come_in_pages_and_live_ones_wait_behind_them(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netchat.chat.private_lines.PAGE", 2)
    bob = chat.bob()
    for number in range(5):
        bob.say(f"/msg Ann {number}")
    ann = chat.ann(private=0)
    assert [line["id"] for line in of_type(ann, "told")] == [1, 2, 3, 4, 5]


def test_a_line_sent_again_after_a_restart_is_the_same_line(stored: Chat) -> None:
    client = "00000000-0000-4000-8000-000000000001"
    ann = stored.ann(client=client)
    ann.told()
    ann.ask("tell", to="Bob", text="psst", nonce="1")
    (first,) = of_type(ann, "told")
    stored.restart()
    ann = stored.ann(client=client)
    ann.told()
    ann.ask("tell", to="Bob", text="psst", nonce="1")
    assert of_type(ann, "told") == [first]
    ann.ask("tell", to="Bob", text="other", nonce="1")
    assert [event["code"] for event in of_type(ann, "error")] == ["nonce-reused"]
    assert len(private(stored.bob())) == 1


def test_what_was_read_stays_read_over_a_restart_and_what_was_not_comes_again(
    stored: Chat,
) -> None:
    ann = stored.ann()
    ann.ask("tell", to="Bob", text="one")
    bob = stored.bob()
    assert len(private(bob)) == 1
    bob.say("exit")
    ann.ask("tell", to="Bob", text="two")
    stored.restart()
    (line,) = private(stored.bob())
    assert line.endswith("[Ann -> you] two")


def test_a_guest_can_write_to_an_owner_who_is_not_there_but_not_without_end(chat: Chat) -> None:
    eve = chat.network.join("Eve")
    for number in range(MAX_UNREAD_OF_GUEST):
        eve.say(f"/msg Bob {number}")
    assert len(private(eve)) == MAX_UNREAD_OF_GUEST
    eve.say("/msg Bob more")
    assert eve.heard() == [
        "! Bob has too many unread lines from you; try again when they are here."
    ]
    bob = chat.bob()
    assert len(private(bob)) == MAX_UNREAD_OF_GUEST
    eve.say("/msg Bob more")
    assert private(eve) == ["[you -> Bob] more"]
    assert private(bob) == ["[Eve -> you] more"]


def test_a_guest_still_gets_lines_that_are_not_kept(chat: Chat) -> None:
    eve, ann = chat.network.join("Eve"), chat.ann(private=0)
    ann.told()
    ann.ask("tell", to="eve", text="hello")
    assert private(eve) == ["[Ann -> you] hello"]
    assert [line["id"] for line in of_type(ann, "told")] == [1]
    eve.say("exit")
    ann.ask("tell", to="eve", text="are you there?")
    assert [event["code"] for event in of_type(ann, "error")] == ["no-such-user"]


def test_the_history_of_two_is_theirs_alone(chat: Chat) -> None:
    ann, bob, eve = chat.ann(), chat.bob(), chat.network.join("Eve")
    bob.say("/msg Ann from Bob")
    eve.say("/msg Ann from Eve")
    ann.ask("tell", to="Bob", text="from Ann")
    ann.told()
    ann.ask("history", **{"with": "BOB", "nonce": "h"})
    (page,) = of_type(ann, "history")
    assert (page["with"], page["room"], page["more"]) == ("Bob", "", False)
    assert [(line["type"], line["from"], line["text"]) for line in page["lines"]] == [
        ("told", "Bob", "from Bob"),
        ("told", "Ann", "from Ann"),
    ]
    ann.ask("history", **{"with": "Bob", "limit": 1, "before": 3})
    (page,) = of_type(ann, "history")
    assert [line["text"] for line in page["lines"]] == ["from Bob"]
    ann.ask("history", **{"with": "eve"})
    (page,) = of_type(ann, "history")
    assert [line["text"] for line in page["lines"]] == ["from Eve"]


def test_an_owner_reads_the_history_of_two_in_the_text_dialect(chat: Chat) -> None:
    ann, bob = chat.ann(), chat.bob()
    bob.say("/history with Ann")
    assert bob.heard()[-1] == "* Nothing is kept of what you and Ann said to each other"
    bob.say("/msg Ann from Bob")
    ann.ask("tell", to="Bob", text="from Ann")
    bob.heard()
    bob.say("/history with ann")
    own, other = bob.heard()
    assert own.endswith("] [you -> Ann] from Bob")
    assert other.endswith("] [Ann -> you] from Ann")


def test_a_guest_has_no_history_of_private_lines(chat: Chat) -> None:
    eve = chat.network.program("Eve")
    eve.told()
    eve.ask("history", **{"with": "Ann"})
    assert [(event["code"], event["message"]) for event in eve.told()] == [
        (
            "not-allowed",
            "Private lines are kept only for who owns their name; own yours with /own.",
        )
    ]


def test_private_lines_are_in_no_history_and_no_search_of_a_room(chat: Chat) -> None:
    ann = chat.ann()
    ann.ask("tell", to="Bob", text="needle")
    ann.told()
    ann.ask("search", room="lobby", words="needle")
    ann.ask("history", room="lobby")
    assert [event["lines"] for event in ann.told()] == [[], []]


def test_a_reply_goes_to_whoever_sent_the_last_private_line(chat: Chat) -> None:
    bob, eve = chat.bob(), chat.network.join("Eve")
    bob.heard()
    bob.say("/reply hello?")
    assert bob.heard() == ["! Nobody has sent you a private line yet; use /msg NAME TEXT."]
    eve.say("/msg Bob psst")
    eve.say("/nick Eva")
    bob.say("/reply yes?")
    assert private(eve) == ["[you -> Bob] psst", "[Bob -> you] yes?"]


def test_a_reply_goes_to_the_sender_of_a_kept_line_too(chat: Chat) -> None:
    chat.ann().ask("tell", to="Bob", text="psst")
    bob = chat.bob()
    bob.say("/reply yes?")
    assert private(bob)[-1] == "[you -> Ann] yes?"


GONE = "! Eve has left, so nothing was sent; whoever has that name now is reached by /msg."


def test_a_reply_does_not_go_to_another_guest_of_the_same_name(chat: Chat) -> None:
    gil, eve = chat.network.join("Gil"), chat.network.join("Eve")
    eve.say("/msg Gil psst")
    eve.say("exit")
    another = chat.network.join("Eve")
    gil.heard()
    another.heard()
    gil.say("/reply a secret")
    assert gil.heard() == [GONE]
    assert another.heard() == []


def test_a_reply_does_not_go_to_who_has_taken_the_name_that_the_teller_gave_up(chat: Chat) -> None:
    gil, eve = chat.network.join("Gil"), chat.network.join("Eve")
    eve.say("/msg Gil psst")
    eve.say("/nick Eva")
    another = chat.network.join("Eve")
    gil.say("/reply a secret")
    assert private(another) == []
    assert private(eve)[-1] == "[Gil -> you] a secret"


def test_a_reply_goes_to_who_owns_the_name_under_which_they_have_sent_it(chat: Chat) -> None:
    gil, eve = chat.network.join("Gil"), chat.network.join("Eve", HERE)
    eve.say("/msg Gil psst")
    eve.say(f"/own {PASSWORD}")
    eve.say("exit")
    gil.say("/reply for you")
    assert private(gil)[-1] == "[you -> Eve] for you"


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_reply_to_an_owner_goes_to_their_account_alone(chat: Chat, forgotten: bool) -> None:
    gil, ann = chat.network.join("Gil"), chat.ann()
    ann.ask("tell", to="Gil", text="psst")
    gil.heard()
    if forgotten:
        remove_account(chat.network.service.factory.chat, "Ann")
        chat.network.settle()
        chat.network.join("Ann")
        gil.heard()
    gil.say("/reply a secret")
    assert gil.heard() == ([GONE.replace("Eve", "Ann")] if forgotten else ["[you -> Ann] a secret"])


def test_a_reply_to_a_kept_line_of_a_guest_goes_to_nobody(chat: Chat) -> None:
    chat.network.join("Eve").say("/msg Bob psst")
    bob = chat.bob()
    assert private(bob)[-1].endswith("[Eve -> you] psst")
    bob.say("/reply a secret")
    assert bob.heard() == [GONE]


def test_a_read_mark_goes_to_all_devices_and_comes_back_at_login(chat: Chat) -> None:
    bob = chat.bob()
    for text in "abc":
        bob.say(text)
    phone, desk = chat.ann(), chat.ann()
    phone.told()
    desk.told()
    phone.ask("read", room="lobby", id=2)
    expected = [{"type": "read", "room": "lobby", "id": 2}]
    assert phone.told() == desk.told() == expected
    types = chat.ann().told()
    entered = next(n for n, event in enumerate(types) if event["type"] == "entered")
    assert [event for event in types[entered:] if event["type"] == "read"] == expected


def test_of_many_read_marks_only_one_a_second_is_stored(chat: Chat) -> None:
    bob, ann = chat.bob(), chat.ann()
    for text in "abcdefgh":
        bob.say(text)
    ann.told()
    for id in range(1, 8):
        ann.ask("read", room="lobby", id=id)
    assert [event["id"] for event in of_type(ann, "read")] == [1]
    chat.network.advance(INTERVAL)
    assert [event["id"] for event in of_type(ann, "read")] == [7]
    chat.network.advance(INTERVAL)
    ann.ask("read", room="lobby", id=3)
    ann.ask("read", room="lobby", id=1_000_000)
    assert [event["id"] for event in of_type(ann, "read")] == [8]


def test_a_mark_that_still_waits_is_stored_when_the_last_device_leaves(stored: Chat) -> None:
    bob, ann = stored.bob(), stored.ann()
    for text in "ab":
        bob.say(text)
    ann.ask("read", room="lobby", id=1)
    ann.ask("read", room="lobby", id=2)
    ann.ask("bye")
    stored.restart()
    assert [event["id"] for event in of_type(stored.ann(), "read")] == [2]


def test_only_owners_have_read_marks_and_only_in_rooms_they_are_in(chat: Chat) -> None:
    eve, ann = chat.network.program("Eve"), chat.ann()
    eve.told()
    eve.ask("read", room="lobby", id=1)
    assert [event["code"] for event in eve.told()] == ["not-allowed"]
    ann.told()
    ann.ask("read", room="elsewhere", id=1)
    assert [event["code"] for event in ann.told()] == ["not-in-room"]


def test_who_writes_to_somebody_away_reads_that_once(chat: Chat) -> None:
    bob, ann = chat.bob(), chat.ann()
    bob.heard()
    bob.say("/away at lunch")
    assert bob.heard() == ["* Bob is away: at lunch"]
    ann.told()
    ann.ask("tell", to="Bob", text="one")
    ann.ask("tell", to="Bob", text="two")
    away = {"type": "away", "name": "Bob", "text": "at lunch"}
    assert [event for event in ann.told() if event["type"] != "told"] == [away]
    ann.ask("whois", name="bob")
    assert [event["away"] for event in ann.told()] == ["at lunch"]
    bob.heard()
    bob.say("/away")
    assert bob.heard() == ["* Bob is back"]
    bob.say("/away again")
    ann.ask("tell", to="Bob", text="three")
    assert [event["text"] for event in of_type(ann, "away")] == ["again"]


def test_away_ends_when_a_guest_leaves(chat: Chat) -> None:
    eve = chat.network.join("Eve")
    eve.say("/away gone")
    eve.say("exit")
    eve, ann = chat.network.join("Eve"), chat.ann()
    ann.told()
    ann.ask("tell", to="Eve", text="psst")
    assert of_type(ann, "away") == []


def test_away_ends_when_the_last_device_of_an_owner_leaves(chat: Chat) -> None:
    desk, phone, ann = chat.bob(), chat.bob(), chat.ann()
    desk.say("/away gone")
    desk.say("exit")
    ann.told()
    ann.ask("whois", name="Bob")
    assert [event["away"] for event in of_type(ann, "whois")] == ["gone"]
    phone.say("exit")
    ann.ask("whois", name="Bob")
    assert [event["away"] for event in of_type(ann, "whois")] == [""]


def test_whois_tells_who_owns_a_name_and_who_is_here(chat: Chat) -> None:
    bob = chat.bob()
    bob.heard()
    bob.say("/whois ann")
    assert bob.heard() == ["* Ann is an owned name"]
    chat.network.join("Eve")
    bob.heard()
    bob.say("/whois EVE")
    since = local_time(START + chat.network.clock.seconds(), None)
    assert bob.heard() == [f"* Eve is a guest, here since {since}, in lobby with you"]
    bob.say("/whois nobody")
    assert bob.heard() == ["* nobody is nobody who is known here"]


def test_whois_does_not_betray_a_private_room(chat: Chat) -> None:
    ann = chat.ann()
    ann.ask("join", room="secret")
    ann.ask("room", room="secret", private=True)
    ann.told()
    ann.ask("whois", name="Ann")
    assert [event["roles"] for event in of_type(ann, "whois")] == [{"secret": "moderator"}]
    eve = chat.network.program("Eve")
    eve.told()
    eve.ask("whois", name="Ann")
    assert [event["roles"] for event in eve.told()] == [{}]


def test_a_guest_does_not_read_whom_they_ignore_and_everybody_else_does(chat: Chat) -> None:
    eve, gil, ann = chat.network.join("Eve"), chat.network.join("Gil"), chat.ann()
    ann.told()
    eve.heard()
    eve.say("/ignore ANN")
    assert eve.heard() == ["* You ignore ANN"]
    gil.heard()
    ann.ask("say", room="lobby", text="spam")
    ann.ask("tell", to="Eve", text="spam")
    gil.say("hello")
    assert eve.heard() == ["Gil: hello"]
    assert gil.heard() == ["Ann: spam"]
    assert [event["type"] for event in ann.told()] == ["said", "told", "said"]
    eve.say("/join dev")
    ann.ask("join", room="dev")
    ann.ask("say", room="dev", text="spam")
    assert "Ann: spam" not in eve.heard()
    eve.say("/ignore ann off")
    assert eve.heard() == ["* You ignore nobody"]
    ann.ask("say", room="dev", text="hello")
    assert eve.heard() == ["Ann: hello"]


def test_ignored_lines_are_not_shown_among_earlier_ones_either(chat: Chat) -> None:
    eve, ann, gil = chat.network.join("Eve"), chat.ann(), chat.network.join("Gil")
    ann.ask("say", room="lobby", text="spam")
    gil.say("hello")
    eve.say("/ignore Ann")
    eve.heard()
    eve.say("/history 10")
    (line,) = eve.heard()
    assert line.endswith("Gil: hello")


def test_an_account_ignores_on_all_its_devices_and_after_a_restart(stored: Chat) -> None:
    desk, phone, ann = stored.bob(), stored.bob(), stored.ann()
    desk.say("/ignore ann")
    desk.heard()
    phone.heard()
    ann.ask("say", room="lobby", text="spam")
    ann.told()
    ann.ask("tell", to="Bob", text="spam")
    assert [event["type"] for event in ann.told()] == ["told"]
    assert desk.heard() == phone.heard() == []
    stored.restart()
    bob = stored.bob()
    assert private(bob) == []
    bob.say("/ignore")
    assert bob.heard() == ["* You ignore ann"]


def test_a_kept_line_of_who_is_ignored_meanwhile_is_not_shown(chat: Chat) -> None:
    eve, ann = chat.network.join("Eve"), chat.ann()
    eve.say("/msg Bob spam")
    ann.ask("tell", to="Bob", text="hello")
    state = chat.network.service.factory.chat.state
    bob_owned = state.owner("Bob")
    assert bob_owned is not None
    settle(chat.network.service.factory.chat, Ignore(bob_owned.number, "Eve"))
    chat.network.settle()
    (line,) = private(chat.bob())
    assert line.endswith("[Ann -> you] hello")


def test_a_program_is_told_whom_the_account_ignores_and_leaves_it_out_itself(chat: Chat) -> None:
    ann, gil = chat.ann(), chat.network.join("Gil")
    ann.told()
    ann.ask("ignore", name="Gil")
    assert ann.told() == [{"type": "ignored", "names": ["Gil"]}]
    gil.say("hello")
    assert [event["type"] for event in ann.told()] == ["said"]
    assert of_type(chat.ann(), "ignored") == [{"type": "ignored", "names": ["Gil"]}]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/ignore eve", "! That is you; name somebody else."),
        ("/ignore", "* You ignore nobody"),
        ("/ignore no_such off", "* You ignore nobody"),
    ],
)
def test_the_answer_to_ignore(chat: Chat, line: str, answer: str) -> None:
    eve = chat.network.join("Eve")
    eve.say(line)
    assert eve.heard() == [answer]
