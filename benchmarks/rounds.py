"""Interleaves: each round plays every scene with every server once, each time in another order.

Whatever slows the machine down for a minute slows all of them down, and not one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from benchmarks.load import GOOD, Run
from benchmarks.scenes import Scene

Pair = tuple[Scene, str]


def plan(scenes: Iterable[Scene], servers: Iterable[str], rounds: int) -> Iterator[list[Pair]]:
    """Yield, for each round, the scenes and their servers in the order of that round."""
    scenes, chosen = list(scenes), set(servers)
    for number in range(rounds):
        yield [
            (scene, name)
            for scene in scenes
            for name in rotated([name for name in scene.servers if name in chosen], number)
        ]


def rotated(names: Sequence[str], by: int) -> list[str]:
    """Return the names, beginning with the one at `by`."""
    by %= len(names) or 1
    return [*names[by:], *names[:by]]


def play(
    order: Iterable[list[Pair]],
    run: Callable[[Scene, str], Run],
    tell: Callable[[int, Run], None],
) -> list[Run]:
    """Run all rounds; who was wrong or too slow in a scene is not asked again."""
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
            tell(number, found)
    return runs
