"""A client of IRC learns who is here, what becomes of them, and who has left."""

from __future__ import annotations

import pytest

from netchat.testing import Network
from tests.support.irc import connect, register
from tests.support.moderation import Moderated
from tests.support.proofs import PASSWORD, own


@pytest.fixture
def network() -> Network:
    return Network()


def test_who_and_whois_show_user_and_real_name_and_no_address(network: Network) -> None:
    ann = register(network, "Ann")
    register(network, "Bob", host="10.1.2.3")
    assert ":server 352 Ann #lobby ~Bob guest" in ann.ask("WHO #lobby")[1]
    assert ann.ask("WHO Bob %tuhnar,42")[0] == ":server 354 Ann 42 ~Bob guest Bob 0 Bob"
    assert not [line for line in ann.ask("WHOIS Bob", "WHO *") if "10.1.2.3" in line]


def test_a_terminal_guest_has_a_user_and_a_real_name_as_well(network: Network) -> None:
    ann = register(network, "Ann")
    network.join("Bob")
    assert ann.ask("WHOIS Bob")[0] == ":server 311 Ann Bob ~u guest * Bob"


def test_who_is_away_is_told_to_those_in_the_room_and_to_who_comes_later(network: Network) -> None:
    ann, bob = register(network, "Ann", "away-notify"), register(network, "Bob")
    eve = register(network, "Eve")
    ann.read()
    bob.ask("AWAY :at lunch")
    assert ann.read() == [":Bob!~Bob@guest AWAY :at lunch"]
    assert eve.read() == []
    bob.ask("AWAY :at lunch")
    assert ann.read() == []
    bob.ask("PART #lobby", "JOIN #lobby")
    assert ann.read()[1:] == [
        ":Bob!~Bob@guest JOIN #lobby",
        ":Bob!~Bob@guest AWAY :at lunch",
    ]
    bob.ask("AWAY")
    assert ann.read() == [":Bob!~Bob@guest AWAY"]


def test_a_watched_name_is_reported_when_somebody_comes_and_goes(network: Network) -> None:
    ann = register(network, "Ann")
    assert ann.ask("MONITOR + Bob") == [":server 731 Ann Bob"]
    bob = register(network, "Bob", rooms="")
    assert ann.read() == [":server 730 Ann Bob!~Bob@guest"]
    bob.ask("NICK BOB")
    assert ann.read() == []
    bob.ask("NICK Rob")
    assert ann.read() == [":server 731 Ann BOB"]


def test_what_becomes_of_a_watched_name_is_told_to_who_has_asked_for_that(
    network: Network,
) -> None:
    capabilities = ("extended-monitor", "away-notify", "setname")
    ann, eve = register(network, "Ann", *capabilities), register(network, "Eve", *capabilities[1:])
    bob = register(network, "Bob", rooms="")
    for watcher in ann, eve:
        watcher.ask("MONITOR + Bob")
    bob.ask("AWAY :at lunch", "SETNAME :Bob the Second")
    assert ann.read() == [
        ":Bob!~Bob@guest AWAY :at lunch",
        ":Bob!~Bob@guest SETNAME :Bob the Second",
    ]
    assert eve.read() == []


def test_who_is_watched_and_in_the_same_room_is_not_told_of_twice(network: Network) -> None:
    ann = register(network, "Ann", "extended-monitor", "away-notify")
    bob = register(network, "Bob")
    ann.ask("MONITOR + Bob")
    bob.ask("AWAY :at lunch")
    assert ann.read() == [":Bob!~Bob@guest AWAY :at lunch"]


def test_whowas_tells_what_was_shown_of_who_has_left_the_newest_first(network: Network) -> None:
    ann = register(network, "Ann")
    for realname in "First", "Second":
        bob = connect(network)
        bob.ask("NICK Bob", f"USER {realname} 0 * :{realname} Bob", "QUIT")
    answers = ann.ask("WHOWAS Bob")
    assert [line for line in answers if " 314 " in line] == [
        ":server 314 Ann Bob ~Second guest * :Second Bob",
        ":server 314 Ann Bob ~First guest * :First Bob",
    ]
    assert len([line for line in ann.ask("WHOWAS Bob 1") if " 314 " in line]) == 1
    assert " 406 " in ann.ask("WHOWAS Rob")[0]


def test_who_leaves_or_is_renamed_keeps_user_and_host_in_that_message(network: Network) -> None:
    ann, bob = register(network, "Ann"), register(network, "Bob")
    ann.read()
    bob.ask("NICK Rob")
    assert ann.read() == [":Bob!~Bob@guest NICK Rob"]
    bob.ask("QUIT :bye")
    assert ann.read() == [":Rob!~Bob@guest QUIT :Quit: bye"]


def test_a_bot_is_known_as_one(network: Network) -> None:
    ann, bot = register(network, "Ann", "message-tags"), register(network, "Bot")
    assert bot.ask("MODE Bot +B") == [":Bot!~Bot@guest MODE Bot +B"]
    assert bot.ask("MODE Bot") == [":server 221 Bot +B"]
    assert " 335 Ann Bot " in "".join(ann.ask("WHOIS Bot"))
    assert " HB " in ann.ask("WHO Bot")[0]
    ann.read()
    bot.say("PRIVMSG #lobby :beep\r")
    tags, _, line = ann.read()[0].partition(" ")
    assert "bot" in tags.lstrip("@").split(";")
    assert line == ":Bot!~Bot@guest PRIVMSG #lobby beep"


def test_ison_and_userhost_tell_of_those_who_are_here(network: Network) -> None:
    ann, bob = register(network, "Ann"), register(network, "Bob")
    bob.ask("AWAY :at lunch")
    assert ann.ask("ISON Bob Eve") == [":server 303 Ann Bob"]
    assert ann.ask("USERHOST Bob Eve") == [":server 302 Ann Bob=-~Bob@guest"]


def test_a_nick_is_changed_or_refused_with_what_would_be_taken(network: Network) -> None:
    ann = register(network, "Ann")
    network.join("Bob")
    ann.read()
    assert ann.ask("NICK")[0].startswith(":server 431 Ann ")
    assert ann.ask("NICK bob")[0].startswith(":server 433 Ann bob ")
    answers = ann.ask("NICK foo|away")
    assert "foo-away" in " ".join(answers)
    assert " 432 Ann foo|away " in " ".join(answers)
    assert ann.ask("NICK Anna") == [":Ann!~Ann@guest NICK Anna"]


def test_somebody_who_is_muted_is_shown_under_their_name_alone() -> None:
    chat = Moderated()
    vera = chat.person("Vera", "operator")
    ann, bob = register(chat.network, "Ann"), connect(chat.network)
    bob.ask("NICK Bob", "USER bob 0 * :Bob the Loud", "JOIN #lobby")
    assert ann.ask("WHO Bob")[0].endswith(":0 Bob the Loud")
    vera.say("/mute Bob")
    assert ann.ask("WHO Bob")[0].endswith(":0 Bob")
    assert ann.ask("WHOIS Bob")[0].endswith(" * Bob")
    assert "muted" in bob.ask("SETNAME :Bob the Louder")[0]


def test_a_client_is_told_when_somebody_owns_their_name() -> None:
    chat = Moderated()
    ann = register(chat.network, "Ann", "account-notify")
    chat.person("Bob")
    assert ann.read()[-1] == ":Bob!~u@user/Bob ACCOUNT Bob"
    assert ":server 330 Ann Bob Bob :is logged in as" in ann.ask("WHOIS Bob")


def test_addresses_and_who_is_an_operator_are_shown_where_they_belong() -> None:
    chat = Moderated()
    ann = register(chat.network, "Ann")
    bob = register(chat.network, "Bob", host="10.1.2.3")
    chat.role("Ann", "operator")
    assert not [line for line in ann.ask("WHOIS Bob") if " 338 " in line]
    assert [line for line in bob.ask("WHOIS Bob") if " 338 " in line]
    chat.person("Vera", "operator")
    assert " H*@ " in bob.ask("WHO Vera")[0]
    assert ":server 313 Bob Vera :is an operator of this server" in bob.ask("WHOIS Vera")
    assert bob.ask("ADMIN")[1].endswith(":Operators who are here: Vera")
    assert ":server 252 Bob 1 :operator(s) online" in bob.ask("LUSERS")


def test_an_owner_writes_their_name_in_another_way_and_takes_no_other() -> None:
    network = Network("--plain-passwords")
    own(network, "Ann", password=PASSWORD)
    ann = connect(network)
    ann.ask(f"PASS :{PASSWORD}", "NICK Ann", "USER ann 0 * :Ann")
    network.settle()
    ann.read()
    assert ann.ask("NICK Bob")[0].startswith(":server 484 Ann Bob ")
    assert ann.ask("NICK ANN") == [":Ann!~ann@user/ANN NICK ANN"]
