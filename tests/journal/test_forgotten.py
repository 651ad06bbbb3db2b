"""What an account says around the place at which it is forgotten, and whose lines are whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netchat.journal.interface import EventGroup
from netchat.model.events import Refused, Said, SaidLines, Told
from netchat.state.changes import CONSOLE, Actor, Change, Changed, DeleteLines, Forget
from tests.support.changes import change, code_of, own
from tests.support.journals import NOW, all_of, append, texts
from tests.support.private_lines import box_of, own_name, read_private

if TYPE_CHECKING:
    from netchat.journal.interface import Journal

FORGET = Change(Forget("Bob"), CONSOLE, NOW)


def said(text: str, account: int, nonce: str = "") -> Said:
    client = "bobs-client" if nonce else ""
    return Said("lobby", "Bob", text, NOW, nonce=nonce, client=client, account=account)


def test_a_forgotten_account_says_nothing_behind_that(journal: Journal) -> None:
    bob = own_name(journal, "Bob")
    before, forgotten, refused, by_guest = append(
        journal, said("before", bob), FORGET, said("behind", bob, "n"), said("guest", 0)
    )
    assert isinstance(before, Said)
    assert isinstance(forgotten, Changed)
    assert isinstance(by_guest, Said)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.nonce) == ("not-allowed", "n")
    (later,) = append(journal, said("much later", bob))
    assert code_of(later) == "not-allowed"
    assert texts(all_of(journal)) == ["before", "guest"]


@pytest.mark.parametrize("nonces", [(), ("n1", "n2")])
def test_lines_that_a_forgotten_account_says_together_are_refused_one_by_one(
    journal: Journal, nonces: tuple[str, ...]
) -> None:
    bob = own_name(journal, "Bob")
    lines = SaidLines("lobby", "Bob", ("a", "b"), NOW, 0, nonces, "bobs-client", account=bob)
    _, result = append(journal, FORGET, lines)
    refusals = result.events if isinstance(result, EventGroup) else (result,)
    assert tuple(refusal.nonce for refusal in refusals if isinstance(refusal, Refused)) == (
        nonces or ("",)
    )
    assert not all_of(journal)


def test_who_owns_the_name_next_says_lines_of_their_own(journal: Journal) -> None:
    bob = own_name(journal, "Bob")
    results = append(journal, FORGET, own("Bob"), said("of the first", bob), said("next", bob + 2))
    assert code_of(results[2]) == "not-allowed"
    assert texts(all_of(journal)) == ["next"]


def test_private_lines_before_that_are_gone_and_those_behind_it_are_refused(
    journal: Journal,
) -> None:
    ann, bob = own_name(journal, "Ann"), own_name(journal, "Bob")
    told = Told("Bob", "Ann", "secret", NOW, sender=bob, recipient=ann)
    to_guest = Told("Bob", "Eve", "secret", NOW, sender=bob)
    results = append(journal, told, to_guest, FORGET, told, to_guest)
    assert [code_of(result) for result in results[3:]] == ["not-allowed", "not-allowed"]
    assert not box_of(read_private(journal, ann))
    assert not box_of(read_private(journal, bob))


def test_a_line_of_a_guest_behind_the_claim_of_their_name_is_not_the_owners(
    journal: Journal,
) -> None:
    claimed, _ = append(journal, own("Bob"), said("I am not the owner", 0))
    assert isinstance(claimed, Changed)
    assert [line.account for line in all_of(journal) if isinstance(line, Said)] == [0]
    delete = change(DeleteLines("lobby", (1,)), Actor("Bob", claimed.number))
    (refused,) = append(journal, delete)
    assert code_of(refused) == "not-allowed"


def test_lines_keep_the_number_of_their_account_also_when_they_are_deleted(
    journal: Journal,
) -> None:
    bob = own_name(journal, "Bob")
    together = SaidLines("lobby", "Bob", ("two", "three"), NOW, account=bob)
    append(journal, said("one", bob, "n"), together, said("guest", 0))
    append(journal, change(DeleteLines("lobby", (1, 2))))
    lines = [line for line in all_of(journal) if isinstance(line, Said)]
    assert [(line.account, line.deleted) for line in lines] == [
        (bob, True),
        (bob, True),
        (bob, False),
        (0, False),
    ]
