"""Changes of the chat's state, which every journal settles in their place in the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netchat.model.events import Event, Joined, Refused, Said
from netchat.state.changes import Actor, Changed, Kick, MarkRead, Restrict, SetRole
from netchat.state.records import Counter, Role
from tests.support.changes import account, audit_of, change, code_of, own, settled, whole_audit
from tests.support.journals import NOW, append, line

if TYPE_CHECKING:
    from netchat.journal.interface import Journal


def test_a_change_has_the_next_number_and_what_it_did_to_the_records(journal: Journal) -> None:
    settled(journal, own("Ann"))
    (result,) = settled(journal, change(SetRole("Ann", "", "operator"), nonce="n"))
    assert isinstance(result, Changed)
    assert (result.number, result.target) == (2, "Ann")
    assert result.updates == (Role(1, "", "operator"), Counter(2))


def test_of_two_who_claim_a_name_in_one_batch_the_first_has_it(journal: Journal) -> None:
    first, second = append(journal, own("Ann"), own("ann"))
    assert isinstance(first, Changed)
    assert code_of(second) == "name-taken"


def test_a_refused_change_has_its_nonce_and_leaves_nothing(journal: Journal) -> None:
    kick = change(Kick("Ann", "lobby"), Actor("Bob"), nonce="n")
    (refused,) = append(journal, kick)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.nonce) == ("not-allowed", "n")
    assert not audit_of(journal).entries
    (first,) = settled(journal, own("Ann"))
    assert isinstance(first, Changed)
    assert first.number == 1


def test_changes_and_lines_of_a_batch_settle_in_order(journal: Journal) -> None:
    batch: list[Event] = [line("a"), own("Ann"), Joined("lobby", ("Ann",)), line("b")]
    results = append(journal, *batch)
    assert [type(result) for result in results] == [Said, Changed, Joined, Said]


def test_a_change_is_judged_by_those_before_it_in_its_batch(journal: Journal) -> None:
    ann = Actor("Ann", 1)
    results = append(
        journal,
        own("Ann"),
        change(SetRole("Ann", "", "operator")),
        change(Restrict("ban", "name", "Eve"), ann),
    )
    assert all(isinstance(result, Changed) for result in results)


def test_the_audit_is_read_from_its_end_in_pages(journal: Journal) -> None:
    for name in ("Ann", "Bea", "Cat", "Dot", "Eve"):
        settled(journal, own(name))
    page = audit_of(journal, limit=2)
    assert [(entry.number, entry.by) for entry in page.entries] == [(4, "Dot"), (5, "Eve")]
    assert page.more
    assert [entry.by for entry in whole_audit(journal)] == ["Eve", "Dot", "Cat", "Bea", "Ann"]
    assert not audit_of(journal, before=1).entries


def test_the_audit_says_who_did_what_to_whom_where_when_and_why(journal: Journal) -> None:
    ann = account(journal, "Ann", "operator")
    settled(journal, change(Restrict("mute", "name", "Eve", "lobby", NOW + 60, "spam"), ann))
    entry = audit_of(journal).entries[-1]
    assert (entry.by, entry.action, entry.target, entry.room) == ("Ann", "restrict", "Eve", "lobby")
    assert (entry.time, entry.until, entry.reason) == (NOW, NOW + 60, "spam")


def test_what_somebody_reads_is_no_matter_for_the_audit(journal: Journal) -> None:
    ann = account(journal, "Ann")
    before = audit_of(journal)
    settled(journal, change(MarkRead(ann.account, "lobby", 3), ann))
    assert audit_of(journal) == before


def test_a_new_journal_has_no_record_but_its_secret(journal: Journal) -> None:
    assert [record.kind for record in journal.records()] == ["salts"]
