"""What every log does: one order for all, and what ends in it."""

from __future__ import annotations

import pytest

from netchat.log.interface import Entry, LogError
from tests.support.logs import Reader, Site


def heard(*readers: Reader, number: int) -> bool:
    """Return whether all `readers` have heard so many entries."""
    return all(len(reader.heard_entries) == number for reader in readers)


def test_each_server_hears_what_all_have_appended_in_one_order(site: Site) -> None:
    one, other = site.join(), site.join()
    for number in range(20):
        one.say(f"one {number}")
        other.say(f"other {number}")
    site.turns.until(lambda: heard(one, other, number=40))
    assert one.heard_entries == other.heard_entries
    assert [text for text in one.heard_texts if "one" in text] == [f"one {n}" for n in range(20)]
    assert not one.refusals
    assert one.settled


def test_three_servers_that_append_at_once_hear_positions_without_a_gap(site: Site) -> None:
    readers = [site.join() for _ in range(3)]
    for turn in range(30):
        for reader in readers:
            for line in range(turn % 4 + 1):
                reader.say(f"{turn} {line}")
        site.turns.run()
    total = sum(reader.last_batch for reader in readers)
    site.turns.until(lambda: heard(*readers, number=total))
    assert readers[0].heard_entries == readers[1].heard_entries == readers[2].heard_entries


def test_who_comes_later_hears_everything_or_what_is_behind_a_position(site: Site) -> None:
    one = site.join()
    for number in range(1300):
        one.say(str(number))
    site.turns.until(lambda: heard(one, number=1300))
    all_of_it = site.join()
    key = one.heard_entries[999].incarnation, one.heard_entries[999].batch
    some = site.join(one.opened.site, 1000, key)
    assert (some.opened.first, some.opened.last) == (1, 1300)
    site.turns.until(lambda: heard(all_of_it, number=1300) and heard(some, number=300))
    assert some.heard_texts[0] == "1000"


def test_each_start_has_a_number_of_its_own_and_a_greater_one(site: Site) -> None:
    numbers = [site.join().number for _ in range(4)]
    assert numbers == sorted({*numbers})


def test_an_empty_log_becomes_that_of_the_journal_and_refuses_another(site: Site) -> None:
    one = site.join("0123456789abcdef")
    assert one.opened.site == "0123456789abcdef"
    assert site.join().opened.site == "0123456789abcdef"
    with pytest.raises(LogError, match="another chat"):
        site.join("fedcba9876543210")


def test_a_new_site_has_an_identifier(site: Site) -> None:
    assert len(site.join().opened.site) == 16


def test_a_log_that_ends_before_what_was_read_is_refused(site: Site) -> None:
    with pytest.raises(LogError):
        site.join("0123456789abcdef", 1)
    assert site.join().opened.last == 0


def test_a_log_with_another_entry_at_the_position_is_refused(site: Site) -> None:
    one = site.join()
    one.say("a")
    site.turns.until(lambda: one.settled)
    with pytest.raises(LogError, match="other entries"):
        site.join(one.opened.site, 1, (one.number, 2))
    assert site.join(one.opened.site, 1, (one.number, 1)).position == 1


def test_a_log_refuses_who_lacks_what_was_in_the_journal_that_it_began_with(site: Site) -> None:
    one = site.join("0123456789abcdef", 0, (7, 2))
    with pytest.raises(LogError, match="no longer what"):
        site.join("", 0, (0, 0))
    with pytest.raises(LogError, match="other entries"):
        site.join("0123456789abcdef", 0, (6, 2))
    assert site.join(one.opened.site, 0, (7, 2)).position == 0


def test_who_is_buried_appends_nothing_behind_it_and_is_told_so(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("before")
    site.turns.until(lambda: heard(one, other, number=1))
    other.bury(one.number)
    site.turns.until(lambda: other.settled)
    one.say("after")
    site.turns.until(lambda: one.ends)
    assert one.ends == ["buried"]
    assert one.heard_texts == other.heard_texts == ["before", "gone"]
    assert [*one.refusals] == [2]
    one.say("later")
    site.turns.until(lambda: one.settled)


def test_who_appends_nothing_is_told_that_it_is_buried(site: Site) -> None:
    one, other = site.join(), site.join()
    other.bury(one.number)
    site.turns.until(lambda: one.ends)
    assert one.heard_texts == ["gone"]


def test_a_burial_is_void_if_the_buried_has_appended_something_since(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("a")
    site.turns.until(lambda: heard(one, other, number=1))
    one.say("b")
    site.turns.until(lambda: one.settled)
    number = other.bury(one.number, after=1)
    site.turns.until(lambda: other.settled)
    assert [*other.refusals] == [number]
    number = other.bury(one.number, "now", after=2)
    site.turns.until(lambda: one.ends)
    site.turns.until(lambda: other.settled)
    assert number not in other.refusals
    assert other.heard_texts == ["a", "b", "now"]


def test_everybody_knows_who_may_append(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("a")
    site.turns.until(lambda: heard(one, other, number=1))
    assert {*one.log.living} == {*other.log.living} == {one.number, other.number}
    other.bury(one.number)
    site.turns.until(lambda: other.settled)
    assert {*other.log.living} == {other.number}


def test_of_two_burials_of_one_server_one_is_void(site: Site) -> None:
    one, two, three = (site.join() for _ in range(3))
    two.bury(one.number, after=0)
    three.bury(one.number, after=0)
    site.turns.until(lambda: two.settled and three.settled and one.ends)
    assert len(two.refusals) + len(three.refusals) == 1
    assert one.heard_texts == ["gone"]


def test_a_server_that_leaves_buries_itself(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("bye")
    one.bury(one.number)
    one.say("too late")
    site.turns.until(lambda: one.ends and heard(other, number=2))
    assert one.settled
    assert [*one.refusals] == [3]


def test_who_is_cut_off_is_refused_and_hears_the_rest_later(site: Site) -> None:
    one, other = site.join(), site.join()
    other.say("a")
    site.turns.until(lambda: heard(one, other, number=1))
    site.cut(one)
    assert one.log.trouble
    one.say("lost")
    other.say("b")
    site.turns.until(lambda: one.settled and other.settled)
    assert heard(one, number=1)
    site.mend(one)
    assert not one.log.trouble
    one.say("c")
    site.turns.until(lambda: heard(one, other, number=3))
    assert one.heard_texts == ["a", "b", "c"]
    assert [*one.refusals] == [1]


def test_what_had_no_answer_is_known_to_be_doubtful_and_then_heard_in_its_place(
    site: Site,
) -> None:
    one, other = site.join(), site.join()
    one.say("a")
    site.turns.until(lambda: heard(one, other, number=1))
    site.lose_answers(one)
    one.say("b")
    site.turns.until(lambda: heard(other, number=2))
    other.say("c")
    site.turns.until(lambda: heard(other, number=3))
    site.cut(one)
    assert [*one.log.unanswered] == [2]
    assert not one.settled
    site.mend(one)
    site.turns.until(lambda: heard(one, number=3))
    assert one.heard_entries == other.heard_entries
    assert not one.log.unanswered
    assert not one.refusals


def test_what_is_erased_is_not_read_any_more(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("secret")
    one.say("other")
    site.turns.until(lambda: one.settled)
    other.log.erase(1, b"secret", b"gone")
    other.say("done")
    site.turns.until(lambda: other.settled)
    later = site.join()
    site.turns.until(lambda: heard(later, number=3))
    assert later.heard_texts == ["gone", "other", "done"]


def test_what_others_have_erased_meanwhile_does_not_come_back(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("two secrets")
    site.turns.until(lambda: one.settled)
    other.log.erase(1, b"two secrets", b"none, not even one")
    other.say("done")
    site.turns.until(lambda: other.settled)
    one.log.erase(1, b"two secrets", b"a secret")
    one.say("done")
    site.turns.until(lambda: one.settled)
    later = site.join()
    site.turns.until(lambda: heard(later, number=3))
    assert later.heard_texts == ["none, not even one", "done", "done"]


def test_an_entry_is_read_as_it_is_after_it_was_erased(site: Site) -> None:
    one = site.join()
    for text in ("secret", "other"):
        one.say(text)
        site.turns.until(lambda: one.settled)
    found: list[Entry | None] = []
    one.log.read(1, found.append)
    one.log.erase(1, b"secret", b"gone")
    one.log.read(1, found.append)
    one.log.read(3, found.append)
    assert not found
    site.turns.until(lambda: len(found) == 3)
    assert found[1:] == [Entry(1, one.number, 1, b"gone"), None]


def test_of_entries_that_are_deleted_the_oldest_one_behind_is_read(site: Site) -> None:
    one = site.join()
    for text in ("a", "b"):
        one.say(text)
        site.turns.until(lambda: one.settled)
    one.log.trim(4e9)
    one.say("c")
    site.turns.until(lambda: one.settled)
    found: list[Entry | None] = []
    one.log.read(1, found.append)
    site.turns.until(lambda: found)
    assert found == [Entry(2, one.number, 2, b"b")]


def test_a_read_has_no_answer_while_the_log_cannot_be_reached(site: Site) -> None:
    one = site.join()
    one.say("a")
    site.turns.until(lambda: one.settled)
    found: list[Entry | None] = []
    site.cut(one)
    one.log.read(1, found.append)
    site.mend(one)
    one.say("b")
    site.turns.until(lambda: one.settled)
    assert not found
    one.log.read(1, found.append)
    site.turns.until(lambda: found)


def test_what_is_erased_while_cut_off_is_erased_later(site: Site) -> None:
    one = site.join()
    one.say("secret")
    site.turns.until(lambda: one.settled)
    site.cut(one)
    one.log.erase(1, b"secret", b"gone")
    site.mend(one)
    one.say("done")
    site.turns.until(lambda: one.settled)
    later = site.join()
    site.turns.until(lambda: heard(later, number=2))
    assert later.heard_texts == ["gone", "done"]


def test_what_is_old_is_deleted_and_who_lacks_it_is_refused(site: Site) -> None:
    one = site.join()
    for _ in range(3):
        one.say("a")
        site.turns.until(lambda: one.settled)
    one.say("b")
    site.turns.until(lambda: one.settled)
    one.log.trim(4e9)
    one.say("c")
    site.turns.until(lambda: one.settled)
    with pytest.raises(LogError, match="no longer"):
        site.join(one.opened.site, 0)
    later = site.join(one.opened.site, 3)
    assert (later.opened.first, later.opened.last) == (4, 5)
    site.turns.until(lambda: later.heard_texts == ["b", "c"])


def test_close_waits_for_what_was_appended(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("last")
    site.turns.until(one.close)
    assert one.closed == [True]
    site.turns.until(lambda: heard(other, number=1))
    assert one.heard_texts == ["last"]


def test_close_does_not_wait_for_a_log_that_cannot_be_reached(site: Site) -> None:
    one = site.join()
    one.say("a")
    site.turns.until(lambda: one.settled)
    site.cut(one)
    one.say("b")
    site.turns.until(one.close)
    assert one.closed == [True]


def test_who_is_buried_can_be_closed(site: Site) -> None:
    one = site.join()
    one.bury(one.number)
    site.turns.until(lambda: one.ends)
    site.turns.until(one.close)


def test_who_buries_themselves_and_closes_waits_for_nothing_else(site: Site) -> None:
    one, other = site.join(), site.join()
    one.say("last")
    one.bury(one.number, "I go")
    site.turns.until(one.close)
    site.turns.until(lambda: heard(other, number=2))
    assert other.heard_texts == ["last", "I go"]
