"""What people type about accounts and moderation, and how they read it."""

from __future__ import annotations

import pytest

from netchat.dialects.text import dialect as text
from netchat.dialects.text.requests import may_be_private
from netchat.model.events import Event, Refused, Said
from netchat.model.notices import (
    Announced,
    Away,
    Bans,
    Deleted,
    Done,
    Ignored,
    Invited,
    Locked,
    Moderated,
    Presence,
    RestrictionInfo,
    RoomChanged,
    Who,
    Whois,
)
from netchat.model.requests import CURRENT_ROOM, GetHelp, Request
from netchat.model.state_requests import (
    AnnounceRequest,
    AwayRequest,
    BanRequest,
    DeleteRequest,
    DeopRequest,
    GetAccount,
    GetBans,
    GetWho,
    GetWhois,
    IgnoreRequest,
    KickRequest,
    LockRequest,
    MakeInvitation,
    MuteRequest,
    OpRequest,
    Own,
    Reply,
    RoomRequest,
    UnbanRequest,
    UnlockRequest,
)

HERE = CURRENT_ROOM


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("/own", Own()),
        ("/own two words", Own(password="two words")),
        ("/own ssh-ed25519 AAAA me", Own(ssh="ssh-ed25519 AAAA me")),
        ("/account", GetAccount()),
        ("/account remove 2", GetAccount(remove=2)),
        ("/account end all", GetAccount(end="all")),
        ("/account close", None),
        ("/account remove x", None),
        ("/invite", MakeInvitation()),
        ("/invite 5 7d", MakeInvitation(uses=5, duration=604_800)),
        ("/invite 7d", MakeInvitation(duration=604_800)),
        ("/invite soon", None),
        ("/reply  hello", Reply("hello")),
        ("/reply", None),
        ("/away", AwayRequest()),
        ("/away at lunch", AwayRequest("at lunch")),
        ("/whois Bob", GetWhois("Bob")),
        ("/whois", None),
        ("/ignore", IgnoreRequest()),
        ("/ignore Bob", IgnoreRequest("Bob")),
        ("/ignore Bob off", IgnoreRequest("Bob", on=False)),
        ("/ignore Bob later", None),
        ("/kick Bob", KickRequest("Bob", HERE)),
        ("/kick Bob go home", KickRequest("Bob", HERE, "go home")),
        ("/kick", None),
        ("/ban Bob", BanRequest("Bob", HERE)),
        ("/ban Bob 10m", BanRequest("Bob", HERE, 600)),
        ("/ban 10.0.0.0/8 2h30m too  loud", BanRequest("10.0.0.0/8", HERE, 9000, "too  loud")),
        ("/ban Bob loud 10m", BanRequest("Bob", HERE, None, "loud 10m")),
        ("/unban Bob", UnbanRequest("Bob", HERE)),
        ("/mute Bob 10m", MuteRequest("Bob", HERE, 600)),
        ("/bans", GetBans(room="")),
        ("/bans all", None),
        ("/who", GetWho(room="")),
        ("/announce", None),
        ("/announce\tnow", AnnounceRequest("now")),
        ("/delete 12", DeleteRequest(12, room=HERE)),
        ("/delete 12 rude", DeleteRequest(12, room=HERE, reason="rude")),
        ("/delete Bob", DeleteRequest(name="Bob", room=HERE)),
        ("/delete Bob rude", DeleteRequest(name="Bob", room=HERE, reason="rude")),
        ("/delete -1", DeleteRequest(name="-1", room=HERE)),
        ("/delete", None),
        ("/room", RoomRequest(room=HERE)),
        ("/room private", RoomRequest(room=HERE, private=True)),
        ("/room Private OFF", RoomRequest(room=HERE, private=False)),
        ("/room readonly on", RoomRequest(room=HERE, readonly=True)),
        ("/room slow 30", RoomRequest(room=HERE, slow=30)),
        ("/room slow 2m", RoomRequest(room=HERE, slow=120)),
        ("/room slow off", RoomRequest(room=HERE, slow=0)),
        ("/room slow", None),
        ("/room slow 2d", None),
        ("/room joins quiet", RoomRequest(room=HERE, quiet=True)),
        ("/room joins told", RoomRequest(room=HERE, quiet=False)),
        ("/room joins", None),
        ("/room private maybe", None),
        ("/room nice", None),
        ("/op Bob", OpRequest("Bob", "moderator", HERE)),
        ("/op Bob operator", OpRequest("Bob", "operator", HERE)),
        ("/op Bob king", None),
        ("/deop Bob", DeopRequest("Bob", None, HERE)),
        ("/lock", LockRequest()),
        ("/lock 1h exam", LockRequest(3600, "exam")),
        ("/unlock", UnlockRequest()),
        ("/unlock now", None),
        ("/help moderation", GetHelp("moderation")),
        ("/help me", GetHelp("/me")),
        ("/back", AwayRequest()),
        ("/back soon", None),
        ("/r hello", Reply("hello")),
        ("/afk lunch", AwayRequest("lunch")),
    ],
)
def test_a_command_is_its_request_or_refused_with_its_usage(
    typed: str, request_: Request | None
) -> None:
    parsed = text.parse(typed.encode())
    if request_ is None:
        assert isinstance(parsed, Refused)
        assert parsed.message.startswith("Type it as /")
    else:
        assert parsed == request_


def test_a_reason_has_no_control_characters_and_is_short() -> None:
    parsed = text.parse("/kick Bob \x1b[2Jgo\u202e home".encode() + b"!" * 300)
    assert isinstance(parsed, KickRequest)
    assert parsed.reason is not None
    assert parsed.reason.startswith("[2Jgo home!!!")
    assert len(parsed.reason) == 200


@pytest.mark.parametrize("typed", ["/own secret", "/reply psst", "/account", "/invite"])
def test_what_is_typed_about_an_account_is_kept_out_of_the_typed_history(typed: str) -> None:
    assert may_be_private(typed)


BAN = RestrictionInfo("ban", "10.0.0.0/8", "", 0, "spam", "Bob", 0)


@pytest.mark.parametrize(
    ("event", "read"),
    [
        (Deleted("dev", 12, "Bob", "Carol"), "* Bob deleted line 12 of Carol"),
        (Deleted("dev", 12, "Carol", "Carol"), "* Carol deleted their line 12"),
        (Moderated("dev", "kick", "Carol", "Bob"), "* Bob removed Carol"),
        (
            Moderated("", "ban", "Carol", "Bob", 100, 700, "spam"),
            "* Bob banned Carol from the server for 10 minutes: spam",
        ),
        (
            Moderated("dev", "mute", "Carol", "Bob", 100, 3700),
            "* Bob muted Carol for 1 hour",
        ),
        (Moderated("", "mute", "Carol", "Bob"), "* Bob muted Carol everywhere"),
        (Moderated("dev", "unban", "Carol", "Bob"), "* Bob ended the ban of Carol"),
        (Moderated("dev", "moderator", "Carol", "Bob"), "* Bob made Carol a moderator"),
        (
            Moderated("dev", "moderator", "Bob", "Bob"),
            "* Bob is the moderator of this room now",
        ),
        (Moderated("dev", "none", "Bob", "Bob"), "* Bob has given their role up"),
        (Moderated("dev", "none", "Carol", "Bob"), "* Bob took the role of Carol away"),
        (
            RoomChanged("dev", "Bob", private=True, slow=30),
            "* dev is now private, one line in 30 seconds each (Bob)",
        ),
        (RoomChanged("dev", ""), "* dev is an ordinary room"),
        (Announced("lunch", "Bob", 0), "* Announcement by Bob: lunch"),
        (
            Locked(on=True, by="Bob", reason="exam"),
            "* Bob locked the server for new guests: exam",
        ),
        (Locked(on=False, by="Bob"), "* Bob opened the server for new guests again"),
        (Done(), ""),
        (Done("Carol may come back"), "* Carol may come back"),
        (Invited("word", 1), "* Invitation for 1 person: word"),
        (Bans("dev", ()), "* Nobody is banned or muted here"),
        (Whois("Eve", account=False, here=False), "* Eve is nobody who is known here"),
        (
            Whois("Bob", account=True, here=False, roles=(("dev", "moderator"),), away="lunch"),
            "* Bob is an owned name, moderator of dev\n* Bob is away: lunch",
        ),
        (Away("Bob", ""), "* Bob is back"),
        (Ignored(()), "* You ignore nobody"),
        (Ignored(("Bob", "Eve")), "* You ignore Bob, Eve"),
        (Said("dev", "Carol", "", 0, id=12, deleted=True), "* A line of Carol was deleted"),
    ],
)
def test_a_notice_reads_as_a_sentence(event: Event, read: str) -> None:
    assert text.render(event).decode().removesuffix("\n") == read


def test_a_ban_is_listed_with_its_end_and_its_reason() -> None:
    line = text.render(Bans("", (BAN,))).decode()
    assert line.startswith("* 10.0.0.0/8 is banned on the server for ever: spam (Bob, ")


def test_who_shows_an_address_only_if_there_is_one() -> None:
    one = Presence("Bob", account=True, door="web", since=0, idle=90)
    shown = text.render(Who("dev", (one,))).decode()
    assert shown.startswith("* Bob: owner, over web since ")
    assert shown.endswith(", idle for 1 minute and 30 seconds\n")
