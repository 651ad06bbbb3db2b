"""Hostile input: other guests read only whole lines, without terminal control sequences."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from netchat.testing import Network, Program
from tests.support.hostile_lines import FORBIDDEN, LINES, TOWER, json_lines, text_lines

if TYPE_CHECKING:
    from netchat.testing import Guest


def lines_in(data: bytes) -> list[str]:
    text = data.decode()
    assert not text or text.endswith("\n")
    return text.split("\n")[:-1]


def said(guest: Guest, lines: list[str]) -> list[str]:
    """Return the texts in `lines`, which must be nothing but lines said in a room."""
    if isinstance(guest, Program):
        told = [msgspec.json.decode(line) for line in lines]
        assert all(one["type"] == "said" for one in told)
        return [f"{one['from']}: {one['text']}" for one in told]
    return lines


@pytest.mark.parametrize("dialect", ["text", "json"])
def test_ten_thousand_hostile_lines_do_not_affect_other_guests(dialect: str) -> None:
    network = Network("--history", "0", "--max-line", "4096")
    carl, prog = network.join("Carl"), network.program("prog")
    mallory = network.join("Mallory") if dialect == "text" else network.program("Mallory")
    listeners: tuple[Guest, ...] = (carl, prog)
    for guest in (*listeners, mallory):
        guest.heard()
    generate = text_lines if dialect == "text" else json_lines
    relayed = 0
    for line in generate(Random(6)):
        before = [len(guest.received) for guest in (*listeners, mallory)]
        mallory.send(line + b"\n")
        *new, own = [
            lines_in(guest.received[size:])
            for guest, size in zip((*listeners, mallory), before, strict=True)
        ]
        heard = [said(guest, lines) for guest, lines in zip(listeners, new, strict=True)]
        assert heard[0] == heard[1], line
        assert len(heard[0]) <= 1, line
        assert len(own) <= 1, line
        relayed += len(heard[0])
        for text in (*heard[0], *own):
            decoded = str(msgspec.json.decode(text)) if text.startswith("{") else text
            assert not FORBIDDEN.search(decoded), line
            assert not TOWER.search(decoded), line
        assert not heard[0] or heard[0][0].startswith("Mallory: "), line
        assert not own or own[0].startswith(("! ", '{"type":"error"', '{"type":"said"')), line
    assert relayed > LINES / 2
    assert carl.online
    assert prog.online
    assert mallory.online
    carl.say("/names")
    carl.say("/topic")
    assert carl.heard()[-2:] == ["* In lobby: Carl, prog, Mallory", "* lobby has no topic"]
    assert not FORBIDDEN.search(carl.received.decode())
    assert not FORBIDDEN.search(prog.received.decode())


@pytest.mark.parametrize("dialect", ["text", "json"])
def test_hostile_lines_in_one_read_are_relayed_one_by_one_in_order(dialect: str) -> None:
    generate = text_lines if dialect == "text" else json_lines
    lines = list(generate(Random(7), 2000))
    heard = []
    for size in (1, 50):
        network = Network("--history", "0")
        carl = network.join("Carl")
        mallory = network.join("Mallory") if dialect == "text" else network.program("Mallory")
        for first in range(0, len(lines), size):
            mallory.send(b"".join(line + b"\n" for line in lines[first : first + size]))
        heard.append(carl.heard())
    assert heard[0] == heard[1]
    assert len(heard[0]) <= 1 + len(lines)
