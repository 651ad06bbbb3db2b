"""Many connections from one address guess the password; who knows it comes from there as well."""

from __future__ import annotations

import re
import selectors
import signal
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.support.processes import ANY_PORT
from tests.torture.attacks.address import PROXY
from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_least, at_most, exactly

DELAY = 1.0
"""Seconds that a wrong word takes."""
WORD, GUESS = "a-word-that-is-hard-to-guess", "a-word-that-is-wrong"
HEADER = b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 5001\r\n"
LINE = "Client (203.0.113.7, 40000) says a wrong password"


def run(  # noqa: PLR0913 - each has a name
    place: Path, dice: Random, *, callers: int, seconds: float, late: float, size: Size
) -> list[Figure]:
    """Let `callers` guess for so many seconds; who knows the word may be `late` by some."""
    options, word = place / "options", place / "word"
    options.touch()
    word.write_text(f"{WORD}\n", encoding="ascii")
    listen = ("--listen", ANY_PORT, "--listen", PROXY)
    with Scene(place, dice, "--options-file", str(options), *listen) as scene:
        scene.be_quiet(size.calm)
        # The neighbours, who do not know it, are in already.
        options.write_text(f'password-file = "{word}"\n', encoding="utf-8")
        scene.server.process.send_signal(signal.SIGHUP)
        scene.until(lambda: "have been read again" in scene.server.log, "the reload", 10)
        (port,) = re.findall(r"Listening on haproxy:.*:(\d+)", scene.server.log)
        with scene.raid(attack, port=int(port), callers=callers, seconds=seconds) as raid:
            result = scene.until_over(raid, seconds + (callers + 1) * DELAY + 30)
        figures = scene.others(size)
        scene.server.stop()
        log = scene.server.log
    most = DELAY * (callers + 1) + late
    return [
        at_least("wrong words answered", 1, result["answers"]),
        at_most("of them in a second", 1 / DELAY, result["answers"] / result["took"], "words"),
        exactly("tries cut off by the timeout", 0, result["timeouts"]),
        at_most("who knew it, at the same address, was in after", most, result["entry"], "s"),
        at_least("wrong words in the log", result["answers"], log.count(LINE)),
        exactly("which they were", 0, log.count(GUESS) + log.count(WORD)),
        *figures,
    ]


def attack(_: Commander, *, port: int, callers: int, seconds: float) -> dict[str, Any]:
    """Guess over all connections; in the middle, come in with the right word."""
    begin = monotonic()
    guest: Caller | None = None
    came = entry = 0.0
    answers = timeouts = 0
    with selectors.DefaultSelector() as selector:
        for _number in range(callers):
            _come(selector, port)
        while not entry or monotonic() < begin + seconds:
            if guest is None and monotonic() > begin + seconds / 2:
                guest, came = _come(selector, port, WORD), monotonic()
            for key, _mask in selector.select(0.05):
                caller, heard = key.data, key.data.take()
                if caller is guest:
                    assert b'"welcome"' in heard, heard
                    entry = monotonic() - came
                    selector.unregister(key.fileobj)
                    continue
                answers += heard.count(b'"error"')
                timeouts += heard.count(b'"login-timeout"')
                if heard and b'"closing"' not in heard:
                    _guess(caller, GUESS)
                else:
                    selector.unregister(key.fileobj)
                    caller.close()
                    _come(selector, port)
    return {
        "answers": answers,
        "timeouts": timeouts,
        "entry": entry,
        "took": monotonic() - begin,
    }


def _come(selector: selectors.BaseSelector, port: int, word: str = GUESS) -> Caller:
    caller = Caller(port)
    caller.send(HEADER)
    _guess(caller, word)
    selector.register(caller.socket, selectors.EVENT_READ, caller)
    return caller


def _guess(caller: Caller, word: str) -> None:
    caller.ask_anyway(type="hello", name="somebody", rooms=[], password=word)
