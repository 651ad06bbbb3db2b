"""Private lines of owners, in every journal."""

from __future__ import annotations

import pytest

from netchat.journal.interface import Journal, Span
from netchat.model.events import Gap, Refused, Told
from netchat.model.notices import ToldAgain
from netchat.state.changes import CONSOLE, Actor, Change, Forget, Ignore, MarkRead, Respell
from netchat.state.private_rules import (
    MAX_UNREAD,
    MAX_UNREAD_OF_GUEST,
    MAX_UNREAD_OF_GUESTS,
    MAX_UNREAD_OF_OWNER,
    peer_key,
)
from tests.support.journals import EVERYTHING, NOW, append
from tests.support.private_lines import box_of, own_name, read_private, tell


def test_a_line_between_two_owners_is_kept_for_both_under_ids_of_their_own(
    journal: Journal,
) -> None:
    ann, bob, eve = own_name(journal, "Ann"), own_name(journal, "Bob"), own_name(journal, "Eve")
    tell(journal, Told("Eve", "Bob", "first", NOW, sender=eve, recipient=bob))
    told = tell(journal, Told("Ann", "Bob", "hi", NOW, sender=ann, recipient=bob))
    assert isinstance(told, Told)
    assert (told.id, told.sent_id) == (2, 1)
    assert box_of(read_private(journal, bob)) == [(1, "first", False), (2, "hi", False)]
    assert box_of(read_private(journal, ann)) == [(1, "hi", True)]


def test_lines_between_guests_are_not_kept(journal: Journal) -> None:
    told = Told("ann", "bob", "hi", NOW)
    assert tell(journal, told) == told


def test_of_a_line_to_a_guest_only_the_owner_has_a_copy(journal: Journal) -> None:
    ann = own_name(journal, "Ann")
    told = tell(journal, Told("Ann", "guest", "hi", NOW, sender=ann))
    assert isinstance(told, Told)
    assert (told.id, told.sent_id) == (0, 1)
    assert box_of(read_private(journal, ann, peer=peer_key(0, "GUEST"))) == [(1, "hi", True)]


def test_the_history_of_two_has_the_lines_of_these_two_alone(journal: Journal) -> None:
    ann, bob, eve = own_name(journal, "Ann"), own_name(journal, "Bob"), own_name(journal, "Eve")
    tell(journal, Told("Ann", "Bob", "1", NOW, sender=ann, recipient=bob))
    tell(journal, Told("Eve", "Bob", "2", NOW, sender=eve, recipient=bob))
    tell(journal, Told("Bob", "Ann", "3", NOW, sender=bob, recipient=ann))
    tell(journal, Told("ann2", "Bob", "4", NOW, recipient=bob))
    peer = peer_key(ann, "Ann")
    assert box_of(read_private(journal, bob, peer=peer)) == [(1, "1", False), (3, "3", True)]
    newest = Span(0, EVERYTHING, 1, newest=True)
    page = read_private(journal, bob, newest, peer=peer)
    assert (box_of(page), page.more) == ([(3, "3", True)], True)
    assert not read_private(journal, bob, Span(0, 0, 5, newest=True), peer=peer).lines


def test_pages_go_on_where_the_one_before_ended(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    for text in "abc":
        tell(journal, Told("Ann", "Bob", text, NOW, sender=ann, recipient=bob))
    first = read_private(journal, bob, Span(0, EVERYTHING, 2))
    assert (box_of(first), first.more) == ([(1, "a", False), (2, "b", False)], True)
    rest = read_private(journal, bob, Span(2, EVERYTHING, 2))
    assert (box_of(rest), rest.more) == ([(3, "c", False)], False)


def test_lines_of_their_own_are_left_out_if_only_received_ones_are_asked_for(
    journal: Journal,
) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    tell(journal, Told("Ann", "Bob", "1", NOW, sender=ann, recipient=bob))
    tell(journal, Told("Bob", "Ann", "2", NOW, sender=bob, recipient=ann))
    assert box_of(read_private(journal, bob, received=True)) == [(1, "1", False)]


def test_a_line_sent_again_is_kept_once_and_has_the_same_ids(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    told = Told("Ann", "Bob", "hi", NOW, "n", "c", sender=ann, recipient=bob)
    tell(journal, told)
    later = Told("Ann", "BOB", "hi", NOW + 5, "n", "c", sender=ann, recipient=bob)
    again = tell(journal, later)
    assert isinstance(again, ToldAgain)
    assert (again.told.id, again.told.own, again.told.time, again.told.to) == (1, True, NOW, "Bob")
    assert again.told.nonce == "n"
    assert box_of(read_private(journal, bob)) == [(1, "hi", False)]


@pytest.mark.parametrize("other", [("Bob", "other"), ("Eve", "hi")])
def test_a_nonce_for_another_line_is_refused(journal: Journal, other: tuple[str, str]) -> None:
    ann, bob, eve = own_name(journal, "Ann"), own_name(journal, "Bob"), own_name(journal, "Eve")
    tell(journal, Told("Ann", "Bob", "hi", NOW, "n", "c", sender=ann, recipient=bob))
    to, text = other
    recipient = bob if to == "Bob" else eve
    refused = tell(journal, Told("Ann", to, text, NOW, "n", "c", sender=ann, recipient=recipient))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.nonce) == ("nonce-reused", "n")


def test_a_line_sent_twice_in_one_batch_is_kept_once(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    told = Told("Ann", "Bob", "hi", NOW, "n", "c", sender=ann, recipient=bob)
    first, second = append(journal, told, told)
    assert isinstance(first, Told)
    assert isinstance(second, ToldAgain)
    assert box_of(read_private(journal, ann)) == [(1, "hi", True)]


def test_an_ignored_sender_learns_nothing_and_is_not_kept(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    append(journal, Change(Ignore(bob, "ANN"), Actor("Bob", bob), NOW))
    told = tell(journal, Told("Ann", "Bob", "hi", NOW, sender=ann, recipient=bob))
    assert isinstance(told, Told)
    assert (told.id, told.sent_id) == (0, 1)
    assert not read_private(journal, bob).lines


def from_guest(number: int, bob: int, *, absent: bool = True) -> Told:
    return Told(f"guest{number}", "Bob", "hi", NOW, recipient=bob, absent=absent)


def test_guests_fill_the_box_of_an_absent_owner_up_to_a_limit(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    for number in range(MAX_UNREAD_OF_GUESTS):
        assert isinstance(tell(journal, from_guest(number, bob)), Told)
    refused = tell(journal, from_guest(1000, bob))
    assert isinstance(refused, Refused)
    assert refused.code == "too-fast"
    present = tell(journal, from_guest(1000, bob, absent=False))
    assert isinstance(present, Told)
    owner = Told("Ann", "Bob", "hi", NOW, sender=ann, recipient=bob, absent=True)
    assert isinstance(tell(journal, owner), Told)
    mark = MarkRead(bob, "", MAX_UNREAD_OF_GUESTS)
    append(journal, Change(mark, Actor("Bob", bob), NOW))
    assert isinstance(tell(journal, from_guest(1000, bob)), Told)


def test_the_lines_of_one_batch_count_as_well(journal: Journal) -> None:
    bob = own_name(journal, "Bob")
    *kept, refused = append(journal, *[from_guest(1, bob)] * (MAX_UNREAD_OF_GUEST + 1))
    assert {type(result) for result in kept} == {Told}
    assert isinstance(refused, Refused)


def test_one_guest_cannot_use_up_what_all_guests_have(journal: Journal) -> None:
    bob = own_name(journal, "Bob")
    for _ in range(MAX_UNREAD_OF_GUEST):
        tell(journal, from_guest(1, bob))
    assert isinstance(tell(journal, from_guest(1, bob)), Refused)
    assert isinstance(tell(journal, from_guest(2, bob)), Told)


def from_owner(sender: int, bob: int, *, absent: bool = True) -> Told:
    return Told(f"owner{sender}", "Bob", "hi", NOW, sender=sender, recipient=bob, absent=absent)


def test_one_owner_fills_the_box_of_an_absent_one_up_to_a_limit_in_one_batch_too(
    journal: Journal,
) -> None:
    ann, bob, cat = (own_name(journal, name) for name in ("Ann", "Bob", "Cat"))
    *kept, refused = append(journal, *[from_owner(ann, bob)] * (MAX_UNREAD_OF_OWNER + 1))
    assert {type(result) for result in kept} == {Told}
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message.count("from you")) == ("too-fast", 1)
    assert isinstance(tell(journal, from_owner(cat, bob)), Told)
    assert isinstance(tell(journal, from_guest(1, bob)), Told)
    assert isinstance(tell(journal, from_owner(ann, bob, absent=False)), Told)
    last = read_private(journal, bob, Span(0, EVERYTHING, 1, newest=True)).lines[0].last
    append(journal, Change(MarkRead(bob, "", last), Actor("Bob", bob), NOW))
    assert isinstance(tell(journal, from_owner(ann, bob)), Told)


def test_all_owners_fill_the_box_of_an_absent_one_up_to_a_limit(journal: Journal) -> None:
    bob = own_name(journal, "Bob")
    others = [own_name(journal, f"owner-{number}") for number in range(6)]
    for other in others[:5]:
        append(journal, *[from_owner(other, bob)] * MAX_UNREAD_OF_OWNER)
    assert len(box_of(read_private(journal, bob, Span(0, EVERYTHING, 5000)))) <= MAX_UNREAD
    refused = tell(journal, from_owner(others[5], bob))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message.count("from you")) == ("too-fast", 0)
    assert isinstance(tell(journal, from_guest(1, bob)), Told)


def test_a_line_to_an_account_that_was_forgotten_meanwhile_is_refused(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    forget = Change(Forget("Bob"), CONSOLE, NOW)
    _, refused = append(
        journal, forget, Told("Ann", "Bob", "hi", NOW, "n", sender=ann, recipient=bob)
    )
    assert isinstance(refused, Refused)
    assert (refused.code, refused.nonce) == ("no-such-user", "n")
    assert not read_private(journal, ann).lines


def test_what_a_forgotten_account_said_is_gone_everywhere_and_named_as_a_gap(
    journal: Journal,
) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    tell(journal, Told("Ann", "Bob", "1", NOW, "n", "c", sender=ann, recipient=bob))
    tell(journal, Told("Bob", "Ann", "2", NOW, sender=bob, recipient=ann))
    append(journal, Change(Forget("Ann"), CONSOLE, NOW))
    assert not read_private(journal, ann).lines
    assert read_private(journal, bob).lines[0] == Gap("", 1, 1)
    assert box_of(read_private(journal, bob)) == [(2, "2", True)]
    eve = own_name(journal, "Eve")
    tell(journal, Told("Eve", "Bob", "3", NOW, sender=eve, recipient=bob))
    assert box_of(read_private(journal, bob))[-1] == (3, "3", False)


def test_who_is_ignored_stays_so_however_they_write_their_name(journal: Journal) -> None:
    reader, ian = own_name(journal, "Bob"), own_name(journal, "Ian")
    append(journal, Change(Ignore(reader, "lan"), Actor("Bob", reader), NOW))
    append(journal, Change(Respell(ian, "ian"), Actor("Ian", ian), NOW))
    tell(journal, Told("ian", "Bob", "hi", NOW, sender=ian, recipient=reader))
    assert not read_private(journal, reader).lines


def test_a_private_notice_is_kept_as_one_for_both_sides(journal: Journal) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    told = Told("Ann", "Bob", "up", NOW, "n", "c", ann, bob, notice=True)
    tell(journal, told)
    for page in (read_private(journal, ann), read_private(journal, bob)):
        assert [(line.notice, line.time) for line in page.lines if isinstance(line, Told)] == [
            (True, NOW)
        ]
    again = tell(journal, told)
    assert isinstance(again, ToldAgain)
    assert again.told.notice
    assert isinstance(tell(journal, Told("Ann", "Bob", "up", NOW, "n", "c", ann, bob)), Refused)
