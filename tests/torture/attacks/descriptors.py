"""There are no file descriptors left; who is inside notices nothing, and others can come later."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from tests.support.needs import missing
from tests.support.processes import SCRIPTS
from tests.torture.attacks.attack_runner import Commander
from tests.torture.attacks.attacked_server import Scene, Size
from tests.torture.attacks.raw_connection import Caller
from tests.torture.figures import Figure, at_least, exactly, told


def why_not() -> str:
    """Return why it cannot be run here, or ""."""
    return missing("prlimit")


def run(place: Path, dice: Random, *, files: int, visitors: int, size: Size) -> list[Figure]:
    """Let `visitors` come to a server that may have `files` descriptors, and go again."""
    limit = ("/usr/bin/env", "prlimit", f"--nofile={files}:{files}")
    with Scene(place, dice, command=(*limit, str(SCRIPTS / "twistd"))) as scene:
        scene.be_quiet(size.calm)
        with scene.raid(attack, port=scene.port, visitors=visitors) as raid:
            scene.until(lambda: len(raid.told) == 1, "all visitors", 40)
            scene.go_on(size.calm)
            held = scene.server.descriptors
            raid.order()
            result = scene.until_over(raid, 40)
        logged = sum(scene.storm[0] <= time for time in scene.server.log_times)
        scene.end_storm()
        return [
            told("descriptors that the server may have, visitors", f"{files}, {visitors}"),
            told("descriptors that it had", held),
            at_least("visitors who were let in", 1, result["in"]),
            exactly("the others were told that it is full", visitors - result["in"],
                    result["full"]),
            told("what they were told", result["words"]),
            exactly("who came when the visitors had gone was let in", True, result["after"]),
            told("lines in the log", logged),
            told("memory of the server, more", f"{scene.growth:.1f} MiB"),
            *scene.others(size),
        ]  # fmt: skip


def attack(commander: Commander, *, port: int, visitors: int) -> dict[str, Any]:
    """Come, one after the other, until ordered to go; then see whether one can come again."""
    callers, welcome, words = [], 0, ""
    full = 0
    for number in range(visitors):
        caller = Caller(port)
        callers.append(caller)
        caller.ask_anyway(type="hello", name=f"visitor{number}", rooms=[])
        heard = caller.line()
        welcome += b'"welcome"' in heard
        # It is full before anybody knows which dialect the visitor would have spoken.
        if b"full" in heard:
            full += 1
            words = heard.decode()
        elif b'"welcome"' not in heard:
            words = words or f"(one of them) {heard!r}"
    commander.tell("all")
    while not commander.ordered(30):
        pass
    for caller in callers:
        caller.close()
    after = False
    for number in range(100):
        caller = Caller(port)
        caller.ask_anyway(type="hello", name=f"late{number}", rooms=[])
        after = b'"welcome"' in caller.line()
        if after:
            break
        commander.ordered(0.1)
    return {"in": welcome, "full": full, "words": words, "after": after}
