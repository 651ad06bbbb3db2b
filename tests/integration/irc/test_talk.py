"""People with a client of IRC talk with people in nc and in the page."""

from __future__ import annotations

from netchat.model.lines import LINE_BREAK
from tests.integration.irc.conftest import StartProgram, json_client
from tests.support.irc_programs import found, sees
from tests.support.processes import Guest, Server

WORDS = "日本語 in the morning, naïve café 😀"


def reads(guest: Guest, line: str) -> None:
    """Read until `line`; others may come and go before it."""
    while (read := guest.line()) != line:
        assert read.startswith("* "), read


def test_everybody_reads_everybody_in_one_order(start: StartProgram, server: Server) -> None:
    with server.guest("Bob") as bob, json_client(server, "Carol") as carol:
        ivy = start("Ivy")
        reads(bob, "* Ivy joined")
        sees(ivy, "Ivy", "has joined", "#lobby")
        bob.say(WORDS)
        sees(ivy, "Bob", WORDS)
        ivy.enters(f"you too: {WORDS}")
        reads(bob, f"Ivy: you too: {WORDS}")
        assert carol.event("said")["text"] == WORDS
        said = carol.event("said")
        assert (said["from"], said["text"]) == ("Ivy", f"you too: {WORDS}")
        carol.ask(type="say", room="lobby", text="waves", action=True)
        sees(ivy, "* Carol waves")
        ivy.enters("/me waves back")
        reads(bob, "* Carol waves")
        reads(bob, "* Ivy waves back")
        bob.say("exit")
        sees(ivy, "Bob", "has quit")


def test_private_lines_go_both_ways(start: StartProgram, server: Server) -> None:
    with server.guest("Bob") as bob, json_client(server, "Carol") as carol:
        ivy = start("Ivy")
        sees(ivy, "Ivy", "has joined", "#lobby")
        ivy.enters("/msg Bob psst, Bob")
        reads(bob, "[Ivy -> you] psst, Bob")
        ivy.enters("/query Carol")
        carol.ask(type="tell", to="Ivy", text="psst, Ivy")
        sees(ivy, "Carol", "psst, Ivy")
        ivy.enters("psst, Carol")
        while (told := carol.event("told"))["from"] == "Carol":
            pass
        assert (told["from"], told["to"], told["text"]) == ("Ivy", "Carol", "psst, Carol")


def test_new_names_and_topics_are_told_both_ways(start: StartProgram, server: Server) -> None:
    with server.guest("Bob") as bob, json_client(server, "Carol") as carol:
        ivy = start("Ivy")
        sees(ivy, "Ivy", "has joined", "#lobby")
        bob.say("/nick Robert")
        sees(ivy, "Bob", "is now known as", "Robert")
        ivy.enters("/nick Iris")
        reads(bob, "* Ivy is now Iris")
        sees(ivy, "now known as", "Iris")
        carol.ask(type="topic", room="lobby", text="日本 tea")
        sees(ivy, "Carol", "topic", "日本 tea")
        ivy.enters("/topic breakfast")
        reads(bob, "* Iris changed the topic to: breakfast")
        sees(ivy, "Iris", "topic", "breakfast")


def test_a_name_that_is_taken_is_refused_and_the_program_takes_another(
    start: StartProgram, server: Server
) -> None:
    with server.guest("Bob") as bob:
        start("bob")
        joined = bob.line()
        assert joined.startswith("* bob"), joined
        assert joined.endswith(" joined"), joined


def test_long_lines_and_messages_of_several_lines_arrive_whole(
    start: StartProgram, server: Server
) -> None:
    long = " ".join(f"{number:03}日本" for number in range(100))
    with json_client(server, "Carol") as carol:
        ivy = start("Ivy")
        sees(ivy, "Ivy", "has joined", "#lobby")
        assert 900 < len(long.encode()) < 1100
        carol.ask(type="say", room="lobby", text=long)
        sees(ivy, "099日本")
        assert found(ivy, r"\d{3}日本") == long.split()
        carol.ask(type="say", room="lobby", text=LINE_BREAK.join(["first", "second", "third"]))
        sees(ivy, "third")
        assert found(ivy, "first|second|third") == ["first", "second", "third"]
        # Irssi waits for six seconds between two parts of a message, so there are two of them.
        typed = long[:400]
        ivy.enters(typed)
        texts: list[str] = []
        while "".join(texts).replace(" ", "") != typed.replace(" ", ""):
            said = carol.event("said")
            texts += [said["text"]] if said["from"] == "Ivy" else []
