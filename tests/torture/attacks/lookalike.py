"""Two hundred pairs of names that look alike: the second name of a pair is refused."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.torture.attacks.attack_runner import Controller
from tests.torture.attacks.attacked_server import AttackedServer, Size
from tests.torture.attacks.raw_connection import RawConnection
from tests.torture.figures import Figure, exactly, reported

LATIN = "aceijopsxyABCEHIKMOPTXYZ"
CYRILLIC = "асеіјорѕхуАВСЕНІКМОРТХУZ"
GREEK = "aceijοpsxyΑΒCΕΗΙΚΜΟΡΤΧΥΖ"
ACCENTED = "éèüöñåÅçÜ"
_SCRIPTS = [str.maketrans(LATIN, CYRILLIC), str.maketrans(LATIN, GREEK)]
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_BOLD = str.maketrans(_SMALL, "".join(chr(0x1D41A + n) for n in range(26)))
_NARROW = "".join(c for c in map(chr, range(0x30, 0x7B)) if c.isalnum())
_WIDE = str.maketrans(_NARROW, "".join(chr(ord(c) + 0xFEE0) for c in _NARROW))
WAYS: dict[str, Callable[[str], str]] = {
    "case": str.swapcase,
    "width": lambda name: name.translate(_WIDE),
    "Cyrillic": lambda name: name.translate(_SCRIPTS[0]),
    "Greek": lambda name: name.translate(_SCRIPTS[1]),
    "mathematical": lambda name: name.lower().translate(_BOLD),
    "decomposed": lambda name: unicodedata.normalize("NFD", name),
    "case and Cyrillic": lambda name: name.swapcase().translate(_SCRIPTS[0]),
    "0 and O": lambda name: name.replace("O", "0").replace("l", "1"),
}


def run(directory: Path, rng: Random, *, pairs: int, renames: int, size: Size) -> list[Figure]:
    """Try so many pairs, at login and as a rename; then exceed the limit of renames."""
    names = [_pair(rng, number, list(WAYS)[number % len(WAYS)]) for number in range(pairs)]
    with AttackedServer(directory, rng, "--rate", "0", "--max-renames", str(renames)) as target:
        target.measure_baseline(size.baseline)
        with target.start_attack(attack, port=target.port, names=names, renames=renames) as process:
            result = target.wait_for_end(process, 60)
        return [
            reported("pairs", ", ".join(f"{n} {way}" for way, n in _ways(names).items())),
            exactly("first name of a pair: answers", {"welcome": pairs}, result["first"]),
            exactly("second name at login: answers", {"name-taken": pairs}, result["second"]),
            exactly("second name as a rename: answers", {"name-taken": pairs}, result["renamed"]),
            reported("second names that were not refused", result["not refused"]),
            exactly("answers to many renames in a row",
                    ["renamed"] * renames + ["too-fast"] * 3, result["in a row"]),
            *target.finish(size),
        ]  # fmt: skip


def _pair(rng: Random, number: int, way: str) -> tuple[str, str, str]:
    """Return a name, another that looks like it, and the way; different pairs never look alike."""
    letters = ACCENTED if way == "decomposed" else "O0l1" if way == "0 and O" else LATIN
    word = "".join(rng.choice(letters) for _ in range(6))
    # Letters without a lookalike, so that different pairs stay different.
    suffix = "".join(
        "bdfghknqruvw"[digit] for digit in (number // 100, number // 10 % 10, number % 10)
    )
    first = f"{word}l{suffix}" if way == "0 and O" else f"{word}{suffix}"
    return first, WAYS[way](first), way


def _ways(names: list[tuple[str, str, str]]) -> Counter[str]:
    return Counter(way for _, _, way in names)


def attack(
    _: Controller, *, port: int, names: list[tuple[str, str, str]], renames: int
) -> dict[str, Any]:
    """Take the first name of each pair, and try the second while the first is present."""
    counts: dict[str, Counter[str]] = {
        "first": Counter(),
        "second": Counter(),
        "renamed": Counter(),
    }
    not_refused = []
    for first, second, way in names:
        owner = RawConnection(port)
        counts["first"][_answer(owner.hello(first, "welcome", "error", rooms=[]))] += 1
        other = RawConnection(port)
        answer = _answer(other.hello(second, "welcome", "error", rooms=[]))
        counts["second"][answer] += 1
        if answer != "name-taken":
            not_refused.append(f"{first} {second} ({way}): {answer}")
        # A client may change the spelling of its own name, so this is another client.
        third = RawConnection(port)
        third.hello("someone", "welcome", rooms=[])
        third.ask(type="rename", name=second)
        counts["renamed"][_answer(third.event("renamed", "error"))] += 1
        third.ask(type="bye")
        third.rest()
        third.close()
        other.close()
        owner.ask(type="bye")
        owner.rest()
        owner.close()
    return {**counts, "not refused": not_refused, "in a row": _in_a_row(port, renames + 3)}


def _in_a_row(port: int, times: int) -> list[str]:
    connection = RawConnection(port)
    connection.hello("chameleon", rooms=["mirror"])
    answers = []
    for number in range(times):
        connection.ask(type="rename", name=f"chameleon{number}")
        answers.append(_answer(connection.event("renamed", "error")))
    return answers


def _answer(event: dict[str, Any]) -> str:
    return str(event.get("code") or event.get("type") or "closed")
