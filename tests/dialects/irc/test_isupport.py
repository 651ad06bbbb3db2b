"""What a client is told about the server (005)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from netchat.dialects.irc.isupport import AnnouncedLimits, isupport_tokens, lines, token

ANNOUNCED = AnnouncedLimits(
    network="Our chat",
    line_bytes=4096,
    topic_bytes=390,
    away_bytes=200,
    kick_bytes=200,
    realname_bytes=100,
    history=100,
    monitor=100,
    channels=100,
    bans=0,
    modes=4,
    channel_modes="b,,,imns",
    targets={"PRIVMSG": 4, "JOIN": 0, "KICK": 1},
)


def test_a_client_is_told_all_limits() -> None:
    assert isupport_tokens(ANNOUNCED) == [
        "AWAYLEN=200",
        "BOT=B",
        "CASEMAPPING=ascii",
        "CHANLIMIT=#:100",
        "CHANMODES=b,,,imns",
        "CHANNELLEN=51",
        "CHANTYPES=#",
        "CHATHISTORY=100",
        "ELIST=MNU",
        "KICKLEN=200",
        "LINELEN=4096",
        "MODES=4",
        "MONITOR=100",
        "MSGREFTYPES=msgid,timestamp",
        "NAMELEN=100",
        r"NETWORK=Our\x20chat",
        "NICKLEN=32",
        "PREFIX=(ov)@+",
        "SAFELIST",
        "TARGMAX=JOIN:,KICK:1,PRIVMSG:4",
        "TOPICLEN=390",
        "UTF8ONLY",
        "WHOX",
    ]


def test_what_has_no_limit_is_not_told_as_zero() -> None:
    free = replace(ANNOUNCED, channels=0, monitor=0, modes=0, topic_bytes=0, line_bytes=0, bans=20)
    tokens = isupport_tokens(free)
    assert {"CHANLIMIT=#:", "MONITOR", "MODES", "MAXLIST=b:20"} <= set(tokens)
    assert not any(name.startswith(("TOPICLEN", "LINELEN")) for name in tokens)


def test_a_value_cannot_begin_another_token() -> None:
    assert token("NETWORK", "a b=c\\d\n") == r"NETWORK=a\x20b\x3Dc\x5Cd"


@given(st.lists(st.text("Aé=", min_size=1, max_size=200)))
def test_all_tokens_come_in_lines_that_fit(tokens: list[str]) -> None:
    found = lines(tokens)
    assert [each for line in found for each in line] == tokens
    assert all(0 < len(line) <= 13 for line in found)
    assert all(len(" ".join(line).encode()) <= 380 or len(line) == 1 for line in found)


def test_our_tokens_are_two_lines() -> None:
    assert len(lines(isupport_tokens(ANNOUNCED))) == 2
