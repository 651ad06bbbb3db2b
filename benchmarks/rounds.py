"""Interleaves the servers: each round runs every scene with every server once, in another order.

So a disturbance of the machine for a minute affects all servers, and not one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from benchmarks.load import GOOD, Run
from benchmarks.scenes import Scene

_T = TypeVar("_T")

Pair = tuple[Scene, str]


def plan(scenes: Iterable[Scene], servers: Iterable[str], rounds: int) -> Iterator[list[Pair]]:
    """Yield, for each round, pairs of scene and server in the order of that round."""
    scenes, chosen = list(scenes), set(servers)
    for number in range(rounds):
        yield [
            (scene, name)
            for scene in scenes
            for name in rotated([name for name in scene.servers if name in chosen], number)
        ]


def rotated(items: Sequence[_T], by: int) -> list[_T]:
    """Return `items` rotated so that the one at index `by` is first."""
    by %= len(items) or 1
    return [*items[by:], *items[:by]]


def play(
    order: Iterable[list[Pair]],
    run: Callable[[Scene, str], Run],
    report: Callable[[int, Run], None],
) -> list[Run]:
    """Run all rounds; a server that was wrong or too slow in a scene is not run in it again.

    `report` is called with the number of the round and each result.
    """
    runs: list[Run] = []
    out: set[tuple[str, str]] = set()
    for number, pairs in enumerate(order, 1):
        for scene, name in pairs:
            if (scene.name, name) in out:
                continue
            found = run(scene, name)
            if found.status != GOOD:
                out.add((scene.name, name))
            runs.append(found)
            report(number, found)
    return runs
