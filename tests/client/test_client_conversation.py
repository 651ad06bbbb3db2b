"""The talk without I/O: what is sent, and what the front is told."""

from __future__ import annotations

from client_fakes import Notebook
from hypothesis import given
from hypothesis import strategies as st

from netchat.client.conversation import Conversation
from netchat.client.lines import Inbox

PROMPT = "Enter username: "
WELCOME = "Welcome to chat room. Enter 'exit' anytime to exit"


class Talk:
    """A conversation, and a server that says what the test says."""

    def __init__(self, name: str = "Alice", room: str = "") -> None:
        self.front = Notebook()
        self.conversation = Conversation(name, room, self.front)
        self.sent: list[str] = []
        self.told: list[str] = []
        self.connect()

    def connect(self) -> None:
        self.inbox = Inbox()
        self.conversation.connected(self)

    def cut(self) -> None:
        self.conversation.lost()

    def hear(self, *lines: str) -> list[str]:
        """Let the server send `lines`; return what the front was told."""
        for line in lines:
            end = "" if line == PROMPT else "\n"
            for heard in self.inbox.feed(f"{line}{end}".encode()):
                self.conversation.receive(heard)
        return self.front.news()

    def log_in(self, *past: str, room: str = "lobby") -> list[str]:
        return self.hear(
            PROMPT, WELCOME, *past, f"* In {room}: Bob, {self.conversation.company.name}"
        )

    def sends(self) -> list[str]:
        """Return what was sent since the last call."""
        sent, self.sent = self.sent, []
        return sent

    def send(self, line: str) -> None:
        self.sent.append(line)

    def entered(self) -> None:
        self.told.append("entered")

    def refused(self, reason: str) -> None:
        self.told.append(f"refused: {reason}")

    def ended(self) -> None:
        self.told.append("ended")


def test_the_name_is_sent_when_it_is_asked_for_and_only_once() -> None:
    talk = Talk()
    assert talk.sends() == []
    talk.hear(PROMPT)
    assert talk.sends() == ["Alice"]
    talk.hear(PROMPT)
    assert talk.sends() == []


def test_nothing_but_the_name_is_sent_before_the_welcome() -> None:
    talk = Talk(room="dev")
    talk.conversation.say("hello")
    talk.hear(PROMPT)
    assert talk.sends() == ["Alice"]


def test_we_are_in_when_the_past_has_been_told() -> None:
    talk = Talk()
    talk.hear(PROMPT, WELCOME, "[14:02] Bob: one")
    assert talk.told == []
    told = talk.hear("* In lobby: Alice, Bob")
    assert talk.told == ["entered"]
    assert told == ["in", "(recalled) [14:02] Bob: one"]


def test_the_question_that_ends_the_past_is_ours_and_its_answer_is_not_shown() -> None:
    talk = Talk()
    assert talk.log_in() == [f"(recalled) {WELCOME}", "in"]
    assert talk.sends() == ["Alice", "/names"]
    assert list(talk.conversation.company.people) == ["Bob", "Alice"]


def test_a_list_of_names_that_goes_on_in_more_lines_is_one_answer() -> None:
    talk = Talk()
    crowd = ", ".join(f"guest-number-{number:03}" for number in range(60))
    assert talk.hear(PROMPT, WELCOME, f"* In lobby: {crowd}", "* In lobby: Bob") == [
        f"(recalled) {WELCOME}",
        "in",
    ]
    assert len(talk.conversation.company.people) == 61


def test_a_list_that_somebody_asked_for_is_shown() -> None:
    talk = Talk()
    talk.log_in()
    talk.conversation.prove()
    talk.conversation.say("/names")
    assert talk.hear("* In lobby: Bob", "* Carol joined", "* In lobby: Bob, Carol") == [
        "* Carol joined",
        "* In lobby: Bob, Carol",
    ]


def test_a_long_list_in_the_room_that_we_pass_through_is_one_answer_too() -> None:
    talk = Talk(room="dev")
    crowd = ", ".join(f"guest-number-{number:03}" for number in range(60))
    assert talk.hear(PROMPT, WELCOME, f"* In lobby: {crowd}", "* In lobby: Bob")[1:] == []
    assert talk.sends() == ["Alice", "/names", "/join dev"]


def test_lists_are_told_apart_by_the_order_in_which_they_were_asked_for() -> None:
    talk = Talk()
    talk.log_in()
    talk.conversation.say("/names")
    talk.conversation.prove()
    assert talk.hear("* In lobby: Bob", "* Carol joined") == ["* In lobby: Bob", "* Carol joined"]
    assert talk.hear("* In lobby: Bob, Carol") == []


def test_a_list_that_nobody_asked_for_is_shown() -> None:
    talk = Talk()
    talk.log_in()
    assert talk.hear("* In lobby: Bob") == ["* In lobby: Bob"]


def test_who_is_not_in_the_list_is_not_in_the_room() -> None:
    talk = Talk()
    talk.log_in()
    talk.hear("Carol: hi", "* In lobby: Dan")
    assert list(talk.conversation.company.people) == ["Dan"]


def test_a_room_that_is_wanted_is_joined_and_what_was_said_elsewhere_is_not_told() -> None:
    talk = Talk(room="dev")
    talk.hear(PROMPT, WELCOME, "* Be nice", "[14:02] Bob: in the lobby", "Bob: too", "* Eve joined")
    assert talk.hear("* In lobby: Alice") == []
    assert talk.sends()[-1] == "/join dev"
    told = talk.hear("* You are now in dev", "[14:03] Bob: in dev", "* In dev: Alice")
    assert told == [
        "in",
        "(recalled) * Be nice",
        "(recalled) * You are now in dev",
        "(recalled) [14:03] Bob: in dev",
    ]


def test_a_room_that_we_are_in_already_is_not_joined_again() -> None:
    talk = Talk(room="Lobby")
    assert "in" in talk.log_in()
    assert talk.sends() == ["Alice", "/names"]


def test_a_room_that_cannot_be_had_leaves_us_astray() -> None:
    talk = Talk(room="dev")
    talk.log_in()
    assert talk.hear("! No such room.") == ["! No such room.", "in astray"]


def test_a_name_that_is_refused_is_told_with_its_reason() -> None:
    talk = Talk()
    talk.hear(PROMPT, "! Alice is taken; choose another name.", PROMPT)
    assert talk.told == ["refused: Alice is taken; choose another name."]
    assert talk.sends() == ["Alice"]


def test_what_is_said_before_we_are_in_is_kept_and_sent_in_order() -> None:
    talk = Talk()
    talk.conversation.say("one")
    talk.conversation.say("two")
    talk.log_in()
    assert talk.sends() == ["Alice", "/names", "one", "two"]


def test_what_is_said_before_there_is_a_connection_is_kept() -> None:
    conversation = Conversation("Alice", "", Notebook())
    conversation.say("early")
    assert not conversation.online
    assert conversation.unproven == 1


def test_what_is_said_while_away_is_kept_and_sent_when_we_are_back_in_the_room() -> None:
    talk = Talk(room="dev")
    talk.log_in()
    talk.hear("* You are now in dev", "* In dev: Alice")
    talk.cut()
    talk.conversation.say("kept")
    talk.connect()
    talk.sends()
    talk.log_in()
    assert talk.sends() == ["Alice", "/names", "/join dev"]
    talk.hear("* You are now in dev", "* In dev: Alice")
    assert talk.sends() == ["/names", "kept"]


def test_the_room_that_one_went_to_is_the_one_to_come_back_to() -> None:
    talk = Talk()
    talk.log_in()
    assert talk.hear("* You are now in dev", "[14:02] Bob: x", "* In dev: Alice") == [
        "* You are now in dev",
        "(recalled) [14:02] Bob: x",
    ]
    talk.cut()
    talk.connect()
    talk.sends()
    talk.log_in()
    assert talk.sends()[-1] == "/join dev"


def test_our_own_name_is_followed_and_the_new_one_is_used_when_we_come_back() -> None:
    talk = Talk()
    talk.log_in()
    talk.hear("* Bob is now Rob", "* Alice is now Alicia", "* Alicia is now Ali")
    assert talk.conversation.company.name == "Ali"
    assert list(talk.conversation.company.people) == ["Rob", "Ali"]
    talk.cut()
    talk.connect()
    talk.sends()
    talk.hear(PROMPT)
    assert talk.sends() == ["Ali"]


def test_after_a_cut_only_what_was_missed_is_heard_and_nothing_is_greeted_again() -> None:
    talk = Talk()
    talk.log_in("* Be nice", "[14:02] Bob: one")
    talk.hear("Bob: two", "* Carol joined")
    talk.cut()
    talk.connect()
    told = talk.log_in("* Be nice", "[14:02] Bob: one", "[14:03] Bob: two", "[14:04] Bob: three")
    assert told == ["in again", "[14:04] Bob: three"]


def test_own_lines_are_not_told_again_under_whatever_name_they_were_said() -> None:
    talk = Talk()
    talk.log_in()
    talk.hear("* Alice is now Ali")
    talk.cut()
    talk.connect()
    assert talk.log_in("[14:02] Alice: one", "[14:03] Ali: two") == ["in again"]


def test_a_private_line_is_heard_even_while_we_enter() -> None:
    talk = Talk()
    assert "[Bob -> you] psst" in talk.log_in("[Bob -> you] psst")


def test_a_past_that_was_asked_for_is_heard() -> None:
    talk = Talk()
    talk.log_in("[14:02] Bob: one")
    talk.conversation.say("/history 1")
    assert talk.hear("[14:02] Bob: one") == ["[14:02] Bob: one"]


def test_lines_are_proven_by_the_answer_to_a_question_asked_after_them() -> None:
    talk = Talk()
    talk.log_in()
    talk.conversation.say("one")
    talk.conversation.prove()
    talk.conversation.say("two")
    assert talk.conversation.unproven == 2
    talk.hear("* In lobby: Alice")
    assert talk.conversation.unproven == 1


def test_the_goodbye_proves_every_line() -> None:
    talk = Talk()
    talk.log_in()
    talk.conversation.say("one")
    talk.conversation.say("exit")
    assert talk.conversation.leaving
    talk.hear("DISCONNECTED!!")
    assert talk.told[-1] == "ended"
    assert talk.conversation.unproven == 0


def test_rooms_are_known_once_they_were_listed_or_visited() -> None:
    talk = Talk()
    talk.log_in()
    talk.hear("* Rooms: dev (1), ops (2)")
    assert set(talk.conversation.company.rooms) == {"dev", "ops"}
    talk.hear("* You are now in lab", "* In lab: Alice")
    assert set(talk.conversation.company.rooms) == {"dev", "ops", "lab"}


def test_who_speaks_comes_or_goes_is_known_or_forgotten() -> None:
    talk = Talk()
    talk.log_in()
    talk.hear("Carol: hi", "* Dan and Eve joined", "* Bob left")
    assert list(talk.conversation.company.people) == ["Alice", "Carol", "Dan", "Eve"]


def test_a_server_cannot_make_us_remember_names_without_end() -> None:
    talk = Talk()
    talk.log_in()
    talk.hear(*(f"guest{number}: hi" for number in range(2000)))
    assert len(talk.conversation.company.people) == 1000


SERVER_LINES = st.sampled_from(
    [
        PROMPT,
        WELCOME,
        "* In lobby: Alice, Bob",
        "* You are now in dev",
        "[14:02] Bob: one",
        "Bob: two",
        "! no",
        "* Alice is now Ali",
        "* Rooms: a (1)",
        "[Bob -> you] psst",
        "* Bob left",
        "noise",
        "DISCONNECTED!!",
    ]
)


@given(st.lists(st.none() | SERVER_LINES | st.sampled_from(["say", "/names", "/join dev"])))
def test_whatever_a_server_sends_in_whatever_order_nothing_breaks(steps: list[str | None]) -> None:
    talk = Talk(room="dev")
    for step in steps:
        if step is None:
            talk.cut()
            talk.connect()
        elif step in ("say", "/names", "/join dev"):
            talk.conversation.say(step)
        else:
            talk.hear(step)
