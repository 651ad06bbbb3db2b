"""Rooms as clients of IRC see them: joining, topics, lists, modes, and who keeps order."""

from __future__ import annotations

import pytest

from netchat.testing import Network
from tests.support.irc import IrcGuest, connect, register
from tests.support.moderation import Moderated


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def ann(network: Network) -> IrcGuest:
    return register(network, "Ann", rooms="#dev")


@pytest.fixture
def bob(network: Network, ann: IrcGuest) -> IrcGuest:
    bob = register(network, "Bob", rooms="#dev")
    ann.read()
    return bob


def test_who_makes_a_room_has_a_prefix_there_and_the_lobby_has_no_such_guest(
    network: Network,
) -> None:
    ann = register(network, "Ann", rooms="")
    assert ann.ask("JOIN #dev")[1:] == [
        ":server 353 Ann = #dev @Ann",
        ":server 366 Ann #dev :End of /NAMES list",
    ]
    assert ann.ask("JOIN #lobby")[1] == ":server 353 Ann = #lobby Ann"


def test_several_rooms_are_joined_at_once_and_a_key_is_told_to_be_useless(
    network: Network,
) -> None:
    ann = register(network, "Ann", "standard-replies", rooms="")
    answers = ann.ask("JOIN #a,,#b secret")
    assert answers[0].endswith(" KEY_IGNORED :Channels have no keys here, so it was ignored")
    assert [x for x in answers[1:] if " JOIN " in x] == [
        ":Ann!~Ann@guest JOIN #a",
        ":Ann!~Ann@guest JOIN #b",
    ]
    assert ann.ask("JOIN :") == [":server 461 Ann JOIN :Not enough parameters"]
    assert ann.ask("JOIN 0") == [":Ann!~Ann@guest PART #a", ":Ann!~Ann@guest PART #b"]


def test_an_empty_join_before_the_registration_does_no_harm(network: Network) -> None:
    ann = connect(network)
    ann.ask("CAP LS 302", "JOIN :", "NICK Ann", "USER ann 0 * :Ann")
    assert any(" 001 Ann " in line for line in ann.ask("CAP END"))


def test_a_topic_has_its_setter_and_the_time(
    network: Network, ann: IrcGuest, bob: IrcGuest
) -> None:
    assert ann.ask("TOPIC #dev") == [":server 331 Ann #dev :No topic is set"]
    assert ann.ask("TOPIC #dev :tea at four") == [":Ann!~Ann@guest TOPIC #dev :tea at four"]
    shown = bob.ask("TOPIC #dev")
    assert shown[0] == ":server 332 Bob #dev :tea at four"
    assert shown[1].startswith(":server 333 Bob #dev Ann 1")
    eve = register(network, "Eve", rooms="")
    assert eve.ask("TOPIC #dev") == [":server 442 Eve #dev :You're not on that channel"]
    assert eve.ask("TOPIC #none") == [":server 403 Eve #none :No such channel"]


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("", ["#dev", "#lobby"]),
        ("#d*", ["#dev"]),
        ("!#d*", ["#lobby"]),
        (">1", ["#dev"]),
        ("<2", ["#lobby"]),
        ("#dev,>2", []),
        ("#none", []),
    ],
)
def test_the_list_has_what_is_asked_for(
    network: Network, ann: IrcGuest, bob: IrcGuest, asked: str, listed: list[str]
) -> None:
    eve = register(network, "Eve")
    shown = [line.split()[3] for line in eve.ask(f"LIST {asked}") if " 322 " in line]
    assert shown == listed


def test_a_setting_is_a_mode_and_the_others_read_what_has_changed(
    ann: IrcGuest, bob: IrcGuest
) -> None:
    assert ann.ask("MODE #dev") == [":server 324 Ann #dev +n"]
    assert ann.ask("MODE #dev +mu-i") == [
        ":Ann!~Ann@guest MODE #dev +m",
        ":Ann!~Ann@guest MODE #dev +u",
    ]
    assert bob.read() == [":Ann!~Ann@guest MODE #dev +m", ":Ann!~Ann@guest MODE #dev +u"]
    assert ann.ask("MODE #dev +W 30") == [":Ann!~Ann@guest MODE #dev +W 30"]
    assert bob.ask("MODE #dev") == [":server 324 Bob #dev +nmuW 30"]
    assert bob.ask("PRIVMSG #dev :hello")[0].startswith(":server 404 Bob #dev :Only members")
    assert ann.ask("MODE #dev -W") == [":Ann!~Ann@guest MODE #dev -W"]


def test_modes_that_are_not_possible_are_refused_and_none_is_ignored(
    ann: IrcGuest, bob: IrcGuest
) -> None:
    assert bob.ask("MODE #dev +i") == [":server 482 Bob #dev :You're not channel operator"]
    assert ann.ask("MODE #dev +k secret") == [":server 472 Ann k :is unknown mode char to me"]
    assert ann.ask("MODE #dev -n")[0].startswith(":server 696 Ann #dev n *")
    assert ann.ask("MODE #dev +W never")[0].startswith(":server 696 Ann #dev W never")
    assert ann.ask("MODE #none")[0] == ":server 403 Ann #none :No such channel"
    assert ann.ask("MODE #dev +o Bob")[0].startswith(":server 401 Ann ")
    many = ann.ask("MODE #dev kkkkkkkkkkk")
    assert many[-1].endswith("Only 10 modes were taken; send the rest")


def test_bans_are_listed_and_take_those_forms_alone_that_the_room_has(
    ann: IrcGuest, bob: IrcGuest
) -> None:
    assert bob.ask("MODE #dev b") == [":server 368 Bob #dev :End of channel ban list"]
    assert ann.ask("MODE #dev +b Bob!*@*") == [
        ":Ann!~Ann@guest MODE #dev +b Bob!*@*",
        ":Ann!~Ann@guest KICK #dev Bob Ann",
    ]
    assert bob.ask("JOIN #dev")[0].startswith(":server 474 Bob #dev ")
    listed = ann.ask("MODE #dev b")
    assert listed[0].startswith(":server 367 Ann #dev Bob!*@* Ann 1")
    for mask in ("B*", "*!*@*", "*!user@*", "*!*@*.example.org"):
        assert ann.ask(f"MODE #dev +b {mask}")[0].startswith(f":server 696 Ann #dev b {mask} ")
    assert ann.ask("MODE #dev -b Bob!*@*") == [":Ann!~Ann@guest MODE #dev -b Bob!*@*"]
    assert bob.ask("JOIN #dev")[0] == ":Bob!~Bob@guest JOIN #dev"


def test_people_are_removed_and_everybody_reads_by_whom(
    network: Network, ann: IrcGuest, bob: IrcGuest
) -> None:
    eve = register(network, "Eve", rooms="#dev")
    assert bob.ask("KICK #dev Eve")[-1] == ":server 482 Bob #dev :You're not channel operator"
    assert ann.ask("KICK #dev Eve,Bob,Carl :enough")[-3:] == [
        ":Ann!~Ann@guest KICK #dev Eve enough",
        ":Ann!~Ann@guest KICK #dev Bob enough",
        ":server 401 Ann Carl :No such nick",
    ]
    assert eve.read()[-1] == ":Ann!~Ann@guest KICK #dev Eve enough"
    assert ann.ask("KICK #dev Bob") == [":server 441 Ann Bob #dev :They aren't on that channel"]
    assert ann.ask("KICK #dev,#a,#b Bob,Eve")[0].startswith(":server 461 Ann KICK")


def test_an_invitation_reaches_who_is_invited_and_the_members_who_want_it(
    network: Network, ann: IrcGuest
) -> None:
    dan = register(network, "Dan", "invite-notify", rooms="#dev")
    text = network.join("Text")
    bob = register(network, "Bob")
    ann.read()
    assert ann.ask("INVITE Bob #dev") == [":server 341 Ann Bob #dev"]
    assert bob.read() == [":Ann!~Ann@guest INVITE Bob #dev"]
    assert dan.read() == [":Ann!~Ann@guest INVITE Bob #dev"]
    ann.ask("INVITE Text #dev")
    assert text.heard()[-1] == "* Ann invites you to dev; /join dev goes there"
    assert ann.ask("INVITE Dan #dev") == [":server 443 Ann Dan #dev :is already on channel"]


def test_a_private_room_is_unknown_to_others(network: Network, ann: IrcGuest) -> None:
    eve = register(network, "Eve")
    assert ann.ask("MODE #dev +i") == [":Ann!~Ann@guest MODE #dev +i"]
    assert ann.ask("MODE #dev") == [":server 324 Ann #dev +ni"]
    assert [x for x in eve.ask("LIST") if "#dev" in x] == []
    for command in ("MODE #dev", "TOPIC #dev", "PART #dev", "KICK #dev Ann", "INVITE Eve #dev"):
        assert eve.ask(command) == [":server 403 Eve #dev :No such channel"]
    assert eve.ask("JOIN #dev")[0].startswith(":server 403 Eve #dev ")
    assert eve.ask("NAMES #dev") == [":server 366 Eve #dev :End of /NAMES list"]
    assert ann.ask("INVITE Eve #dev")[0].startswith(":server ")
    assert eve.read() == []


def test_roles_of_owners_are_told_as_they_change() -> None:
    server = Moderated()
    mia, _ = server.person("Mia", "operator"), server.person("Olaf")
    bob = register(server.network, "Bob")
    mia.say("/op Olaf member")
    assert bob.read() == [":Mia!~u@user/Mia MODE #lobby +v Olaf"]
    mia.say("/op Olaf moderator")
    assert bob.read() == [
        ":Mia!~u@user/Mia MODE #lobby -v Olaf",
        ":Mia!~u@user/Mia MODE #lobby +o Olaf",
    ]
    mia.say("/deop Olaf")
    assert bob.read() == [
        ":Mia!~u@user/Mia MODE #lobby +v Olaf",
        ":Mia!~u@user/Mia MODE #lobby -o Olaf",
    ]


def test_names_are_not_told_unasked_to_who_wants_none(network: Network, ann: IrcGuest) -> None:
    bob = register(network, "Bob", "no-implicit-names", rooms="")
    assert bob.ask("JOIN #dev") == [":Bob!~Bob@guest JOIN #dev"]
    eve = register(network, "Eve", "userhost-in-names", rooms="")
    assert eve.ask("JOIN #dev")[1] == (
        ":server 353 Eve = #dev :@Ann!~Ann@guest Bob!~Bob@guest Eve!~Eve@guest"
    )
