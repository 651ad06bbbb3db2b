"""Records of one room under several spellings become those of one room, the strictest."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from netchat.state.record import Record, Removed
from netchat.state.records import Restriction, Role, RoomSettings
from netchat.state.rights import may_enter
from netchat.state.room_merging import merge_rooms
from netchat.state.state import ChatState

OPEN, PRIVATE = RoomSettings("Staff", slow=5), RoomSettings("staff", private=True)


def merged(records: Iterable[Record]) -> ChatState:
    """Return the state of `records` after merging them."""
    stored = {(record.kind, record.key): record for record in records}
    for some in merge_rooms(stored.values()):
        for update in some.updates:
            if isinstance(update, Removed):
                del stored[update.kind, update.key]
            else:
                stored[update.kind, update.key] = update
    return ChatState(stored.values())


def mute(room: str, until: float) -> Restriction:
    return Restriction("mute", "name", "Eve", room, until=until)


def test_the_private_spelling_wins_and_the_stricter_settings() -> None:
    (one,) = merge_rooms([OPEN, PRIVATE])
    assert (one.kept, one.gone) == ("staff", "Staff")
    assert merged([OPEN, PRIVATE]).room("STAFF") == RoomSettings("staff", private=True, slow=5)


def test_nobody_enters_a_private_room_by_a_role_in_its_public_double() -> None:
    roles = [Role(1, "Staff", "moderator"), Role(2, "staff", "member")]
    state = merged([*roles, OPEN, PRIVATE])
    assert [may_enter(state, account, "Staff") for account in (0, 1, 2)] == [False, False, True]
    assert state.members("Staff") == {2: "member"}


def test_a_ban_in_either_spelling_holds_and_the_longer_one_stays() -> None:
    for first, second in ((10, 20), (20, 10), (0, 20), (20, 0)):
        state = merged([mute("Staff", first), mute("staff", second)])
        (left,) = state.all(Restriction)
        assert left.until == (0 if 0 in (first, second) else 20)
    ban = Restriction("ban", "name", "Mallory", "staff")
    state = merged([mute("Staff", 0), ban])
    assert [x.room for x in state.all(Restriction)] == ["Staff", "Staff"]


def test_rooms_that_are_different_and_what_is_of_the_server_stay() -> None:
    records = [OPEN, RoomSettings("stuff", slow=1), Role(1, "", "operator"), mute("", 0)]
    assert merge_rooms(records) == []


@given(st.lists(st.sampled_from(["Ian", "ian", "IAN", "lan", "LAN", "Lan", "1an"]), unique=True))
def test_any_spellings_become_rooms_that_the_state_can_have(names: list[str]) -> None:
    state = merged(RoomSettings(name, private=name == "ian", slow=1) for name in names)
    if "ian" in names:
        assert not may_enter(state, 0, "ian")
    assert all(state.room(name).slow for name in names)
