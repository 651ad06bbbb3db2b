"""Who gets a name, and keeps it, where several servers put logins into one order."""

from __future__ import annotations

from netchat.state.changes import CONSOLE, SERVER, OwnName, Respell
from netchat.state.records import Account
from netchat.state.site_changes import Arrive, Depart, Enter, Reach, StartServer
from netchat.state.site_records import Presence
from netchat.state.state import ChatState
from tests.support.rules import changed, code


def site() -> ChatState:
    """Return a state with the servers 1 and 2, which have put two entries into the log."""
    state = ChatState(())
    for number in (1, 2):
        take(state, StartServer(number, f"server{number}"), number)
    return state


def take(state: ChatState, what: StartServer | Arrive | Enter | Depart, position: int) -> None:
    """Apply what the entry at `position` has."""
    state.apply(changed(state, what, SERVER).updates)
    state.apply(changed(state, Reach(position, 0, 0), SERVER).updates)


def rooms(state: ChatState) -> dict[str, tuple[str, ...]]:
    return {one.key: one.rooms for one in state.all(Presence)}


def test_a_client_that_comes_back_leaves_the_rooms_of_its_earlier_login() -> None:
    state = site()
    take(state, Arrive(1, 1, "Ann", client="c", heard=2), 3)
    take(state, Enter(1, 1, "lobby"), 4)
    take(state, Arrive(2, 1, "Ann", client="c", heard=4), 5)
    assert rooms(state) == {"1 1": (), "2 1": ()}
    assert code(state, Enter(1, 1, "lobby"), SERVER) == ""
    take(state, Enter(2, 1, "lobby"), 6)
    assert rooms(state)["2 1"] == ("lobby",)


def test_a_server_that_stood_still_takes_no_client_from_where_it_has_gone_meanwhile() -> None:
    state = site()
    take(state, Arrive(2, 1, "Ann", client="c", heard=2), 3)
    assert code(state, Arrive(1, 1, "Ann", client="c", heard=2), SERVER) == "storage"
    take(state, Arrive(1, 2, "Ann", client="c", heard=3), 4)
    assert [one.incarnation for one in state.site.holders("Ann")] == [1]


def test_a_login_on_the_same_server_takes_the_place_of_one_that_is_still_in_the_order() -> None:
    state = site()
    take(state, Arrive(1, 1, "Ann", client="c", heard=2), 3)
    take(state, Arrive(1, 2, "Ann", client="c", heard=2), 4)
    assert [one.number for one in state.site.holders("Ann")] == [2]


def test_a_server_that_takes_no_part_gives_no_names() -> None:
    assert code(site(), Arrive(3, 1, "Ann"), SERVER) == "storage"


def test_devices_of_an_owner_who_writes_the_name_in_a_way_that_looks_alike_can_leave() -> None:
    state = site()
    state.apply(changed(state, OwnName("Bob"), CONSOLE).updates)
    (account,) = state.all(Account)
    for server in (1, 2):
        take(state, Arrive(server, 1, "Bob", account.number, f"c{server}", heard=4), 4)
    cyrillic = "\N{CYRILLIC CAPITAL LETTER VE}ob"
    for name in (cyrillic, "BOB"):
        state.apply(changed(state, Respell(account.number, name), CONSOLE).updates)
        assert [(one.incarnation, one.name) for one in state.site.holders("Bob")] == [
            (1, name),
            (2, name),
        ]
    for server in (1, 2):
        take(state, Depart(server, 1), 5)
    assert not [*state.site.holders("Bob"), *state.site.holders(cyrillic)]
