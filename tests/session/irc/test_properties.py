"""Whatever a client of IRC sends, the server goes on, and nothing harmful reaches anybody."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netchat.dialects.irc.message import parse
from netchat.session.irc.commands import COMMANDS
from netchat.testing import Network
from tests.support.irc import register

_WORDS = st.sampled_from([
    *("#lobby", "#dev", "#c++", "#", "Bob", "bob,Ann", "Ann", "*", "0", "1", "+b", "-o+v", "+imr"),
    *("%tcuihsnfdlaor,42", "LATEST", "BETWEEN", "TARGETS", "timestamp=2026-01-01T12:00:00.000Z"),
    *("msgid=8266b761-lobby-1", "msgid=x", "+ref", "-ref", "draft/multiline", "S", "+", "-", "C"),
    *("\x01ACTION waves\x01", "\x01DCC SEND x 1 2 3\x01", "\x01VERSION\x01", "LS", "REQ", "LIST"),
    *("302", "sasl batch", "-server-time", "REGISTER secret-word", "NickServ", "@all", "\u202e"),
])  # fmt: skip
_TEXTS = st.one_of(_WORDS, st.text(max_size=20), st.just("x" * 600))
_TAGS = st.sampled_from(["", "@label=1 ", "@batch=ref ", "@+typing=active ", "@a\\:=;;;label= "])
_WITHOUT_END = COMMANDS.keys() - {"QUIT"}


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Return a line that a client might send."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60)).replace(b"\n", b"")
    command = draw(st.sampled_from(sorted(_WITHOUT_END)))
    words = draw(st.lists(_TEXTS, max_size=5))
    *first, last = words or [""]
    text = " ".join([command, *(word.replace(" ", "") or "x" for word in first), f":{last}"])
    return f"{draw(_TAGS)}{text}".replace("\n", "").replace("\r", "").encode(errors="replace")


@given(st.lists(lines(), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_lines_are_answered_and_harm_nobody(sent: list[bytes]) -> None:
    network = Network("--login-tries", "0")
    reader = network.join("Tom")
    bob = register(network, "Bob", "server-time", "message-tags", "batch", "echo-message")
    ann = register(
        network, "Ann", "labeled-response", "batch", "draft/multiline", "draft/chathistory"
    )
    for line in sent:
        ann.send(line + b"\r\n")
    ann.send(b"PING the-end\r\n")
    assert all(parse(line) for line in ann.received.split(b"\r\n")[:-1])
    for line in bob.received.split(b"\r\n")[:-1]:
        assert parse(line)
        assert not {*line.replace(b"\x01", b"")} & {*range(32), 127}, line
    assert b" PONG " in ann.received or not ann.online
    assert not any(char < " " for line in reader.heard() for char in line)
    bob.ask("PRIVMSG #lobby :still here")
    assert "Bob: still here" in reader.heard()
