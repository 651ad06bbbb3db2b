"""The rules of moderation, one by one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from netchat.model.events import UNKNOWN_ACCOUNT
from netchat.state.changes import (
    CONSOLE,
    Actor,
    DeleteLines,
    Lift,
    RemoveWebhook,
    Respell,
    Restrict,
    SetLock,
    SetRole,
    SetRoom,
    SetWebhook,
    Unlock,
    WebhookSent,
)
from netchat.state.moderation_rules import MAX_RESTRICTIONS
from netchat.state.record import Removed
from netchat.state.records import Account, Restriction, Webhook
from netchat.state.state import ChatState
from tests.support.rules import ANN, BEA, DOT, EVE, MOD, NOW, changed, code, line, people


def restrictions(state: ChatState) -> list[str]:
    return sorted(some.key for some in state.all(Restriction))


def test_a_ban_of_an_owned_name_is_of_the_account_however_the_name_is_written() -> None:
    state = people()
    result = changed(state, Restrict("ban", "name", "dOT", until=NOW + 60, reason="spam"), ANN)
    assert restrictions(state) == ["ban account 4 "]
    (ban,) = state.all(Restriction)
    assert (ban.shown, ban.until, ban.reason, ban.by, ban.since) == (
        "Dot", NOW + 60, "spam", "Ann", NOW,
    )  # fmt: skip
    assert result.target == "Dot"


def test_a_second_ban_changes_the_end_and_the_reason_of_the_first() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "Gus", until=NOW + 60), ANN)
    changed(state, Restrict("ban", "name", "Gus", reason="again"), ANN)
    (ban,) = state.all(Restriction)
    assert (ban.until, ban.reason) == (0, "again")


def test_a_ban_is_lifted_however_the_name_is_written() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "Gus"), ANN)
    changed(state, Restrict("ban", "name", "GUS"), ANN)
    changed(state, Restrict("mute", "name", "Gus"), ANN)
    changed(state, Restrict("ban", "name", "Gus", "lobby"), ANN)
    changed(state, Lift("ban", "name", "gus"), ANN)
    assert restrictions(state) == ["ban name Gus lobby", "mute name Gus "]


def test_a_ban_of_a_name_is_lifted_after_somebody_owns_it() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "gus"), ANN)
    state.put(Account(9, "Gus", NOW))
    changed(state, Restrict("ban", "name", "Gus"), ANN)
    changed(state, Lift("ban", "name", "Gus"), ANN)
    assert restrictions(state) == []


def test_a_moderator_does_not_end_the_ban_of_a_moderator_and_not_their_own() -> None:
    state = people()
    changed(state, Restrict("ban", "name", "Bea", "lobby"), ANN)
    changed(state, Restrict("mute", "name", "Dot", "lobby"), BEA)
    assert code(state, Lift("ban", "name", "Bea", "lobby"), BEA) == "not-allowed"
    assert code(state, Lift("ban", "name", "Bea", "lobby"), MOD) == "not-allowed"
    changed(state, Lift("mute", "name", "Dot", "lobby"), MOD)
    changed(state, Lift("ban", "name", "Bea", "lobby"), ANN)


def test_an_address_is_banned_and_lifted_however_it_is_written() -> None:
    state = people()
    changed(state, Restrict("ban", "address", "::ffff:192.0.2.7"), ANN)
    (ban,) = state.all(Restriction)
    assert (ban.target, ban.shown) == ("192.0.2.7/32", "192.0.2.7")
    changed(state, Lift("ban", "address", "192.0.2.7/32"), ANN)
    assert restrictions(state) == []


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        (Restrict("ban", "address", "nonsense"), "bad-request"),
        (Restrict("ban", "account", "Gus"), "no-such-user"),
        (Restrict("ban", "name", "Gus", until=NOW), "bad-request"),
        (Restrict("ban", "name", "ann"), "bad-request"),
        (Lift("ban", "name", "Gus"), "no-such-user"),
        (Lift("ban", "name", "Dot"), "no-such-user"),
        (Lift("ban", "address", "192.0.2.7"), "no-such-user"),
        (SetRole("Gus", "lobby", "member"), "no-such-user"),
        (SetRole("Dot", "lobby", "operator"), "bad-request"),
        (SetRole("Dot", "", "member"), "bad-request"),
        (SetRole("Dot", "", "moderator"), "bad-request"),
        (SetRole("Cat", "lobby", "member"), "bad-request"),
        (SetRole("Dot", "lobby", None), "bad-request"),
        (SetRoom("lobby"), "bad-request"),
        (Unlock(), "bad-request"),
        (RemoveWebhook("ci"), "bad-request"),
        (WebhookSent("ci", 7), ""),
        (SetWebhook(Webhook("Dot", "lobby")), "name-taken"),
    ],
)
def test_an_operator_is_told_what_cannot_be_done(what, refusal: str) -> None:  # type: ignore[no-untyped-def]
    assert code(people(), what, ANN) == refusal


def test_an_ordinary_room_has_no_record() -> None:
    state = people()
    changed(state, SetRoom("lobby", slow=10), BEA)
    assert state.room("lobby").slow == 10
    changed(state, SetRoom("lobby", private=True), BEA)
    assert state.room("lobby").slow == 10
    result = changed(state, SetRoom("lobby", slow=0, private=False), BEA)
    assert result.updates[0] == Removed("room", "lobby")
    assert state.settings("lobby") is None


def test_an_owner_deletes_their_own_lines_and_a_guest_none() -> None:
    own = line("Dot")
    changed(people(), DeleteLines("lobby", (1,)), DOT, own)
    assert code(people(), DeleteLines("lobby", (1,)), EVE, line("Eve")) == "not-allowed"
    # A guest had the name before it was owned, or still had it behind that in the order.
    guests = replace(own, id=2, account=0)
    assert code(people(), DeleteLines("lobby", (2,)), DOT, guests) == "not-allowed"


def test_a_line_without_an_account_is_of_who_owned_its_name_at_the_time() -> None:
    own = replace(line("Dot"), account=UNKNOWN_ACCOUNT)
    before = replace(own, id=2, time=NOW - 200)
    changed(people(), DeleteLines("lobby", (1,)), DOT, own)
    assert code(people(), DeleteLines("lobby", (2,)), DOT, before) == "not-allowed"


def test_a_moderator_deletes_lines_but_not_those_of_other_moderators() -> None:
    changed(people(), DeleteLines("lobby", (1, 2)), BEA, line("Dot"), line("Eve", 2))
    changed(people(), DeleteLines("lobby", (1, 2)), BEA, line("Bea"), line("Eve", 2))
    assert code(people(), DeleteLines("lobby", (1,)), BEA, line("Mod")) == "not-allowed"
    theirs = line("Mod"), line("Ann", 2)
    assert code(people(), DeleteLines("lobby", (1, 2)), BEA, *theirs) == "not-allowed"


def test_of_several_lines_those_are_deleted_that_the_moderator_may_delete() -> None:
    # Another server of a site may have deleted the one of the operator because of its age.
    some = line("Ann"), line("Eve", 2)
    assert [x.id for x in changed(people(), DeleteLines("lobby", (1, 2)), BEA, *some).lines] == [2]
    assert [x.id for x in changed(people(), DeleteLines("lobby", (2,)), BEA, some[1]).lines] == [2]


def test_what_is_deleted_already_is_not_deleted_again() -> None:
    gone = replace(line("Eve", 2, text=""), deleted=True)
    result = changed(people(), DeleteLines("lobby", (1, 2, 3)), BEA, line("Eve"), gone)
    assert [deleted.id for deleted in result.lines] == [1]
    assert code(people(), DeleteLines("lobby", (2,)), BEA, gone) == "bad-request"
    assert code(people(), DeleteLines("lobby", (3,)), BEA) == "bad-request"


def test_a_lock_is_set_changed_and_taken_away() -> None:
    state = people()
    changed(state, SetLock(NOW + 60, "spam"), ANN)
    changed(state, SetLock(), CONSOLE)
    assert state.lock is not None
    assert (state.lock.by, state.lock.until) == (CONSOLE.shown, 0)
    changed(state, Unlock(), ANN)
    assert state.lock is None


def test_what_a_webhook_has_received_only_goes_on() -> None:
    state = people()
    changed(state, SetWebhook(Webhook("ci", "lobby", url="https://a/", sent=5)), ANN)
    changed(state, WebhookSent("ci", 9), CONSOLE)
    assert code(state, WebhookSent("ci", 9), CONSOLE) == ""
    changed(state, SetWebhook(Webhook("ci", "lobby", url="https://b/")), ANN)
    webhook = state.webhook("ci")
    assert webhook is not None
    assert (webhook.url, webhook.sent) == ("https://b/", 9)


def test_a_change_by_nobody_in_particular_is_refused_to_a_guest_called_like_the_console() -> None:
    assert code(people(), SetLock(), Actor(CONSOLE.name)) == "not-allowed"


def test_an_old_line_keeps_its_author_when_the_name_is_written_in_another_way() -> None:
    state = people()
    state.put(Account(7, "Ian", NOW - 100))
    old = replace(line("lan"), account=UNKNOWN_ACCOUNT)
    changed(state, Respell(7, "ian"), Actor("Ian", 7))
    changed(state, DeleteLines("lobby", (1,)), Actor("ian", 7), old)


def test_a_mute_of_a_name_is_lifted_however_the_owner_writes_it_now() -> None:
    state = people()
    changed(state, Restrict("mute", "name", "lan"), ANN)
    state.put(Account(7, "Ian", NOW - 100))
    changed(state, Respell(7, "ian"), Actor("Ian", 7))
    changed(state, Lift("mute", "name", "ian"), ANN)
    assert restrictions(state) == []


def test_a_room_has_so_many_restrictions_of_its_moderators() -> None:
    state = people()
    for number in range(MAX_RESTRICTIONS):
        state.put(Restriction("ban", "name", f"guest{number}", "lobby"))
    more = Restrict("ban", "name", "Gus", "lobby")
    assert code(state, more, BEA) == "bad-request"
    changed(state, Restrict("ban", "name", "guest0", "lobby", reason="again"), BEA)
    changed(state, more, ANN)
