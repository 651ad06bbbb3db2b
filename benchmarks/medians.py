"""Combines the rounds: median and range of each figure, for each scene and server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.load import GOOD, Run


@dataclass(frozen=True)
class Spread:
    """The median, minimum and maximum of a figure over the rounds."""

    median: float
    least: float
    most: float


@dataclass(frozen=True)
class Cell:
    """The combined result of a server in a scene."""

    status: str
    rounds: int
    figures: Mapping[str, Spread]
    note: str = ""


Cells = Mapping[tuple[str, str], Cell]
"""The results by name of scene and server."""


def cells(runs: Iterable[Run]) -> dict[tuple[str, str], Cell]:
    """Combine the rounds. One round that is not good decides the status, without figures."""
    by_cell: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_cell.setdefault((run.scene, run.server), []).append(run)
    return {key: _cell(of_cell) for key, of_cell in by_cell.items()}


def _cell(runs: list[Run]) -> Cell:
    for run in runs:
        if run.status != GOOD:
            return Cell(run.status, len(runs), {}, run.note)
    keys = set.intersection(*(set(run.figures) for run in runs))
    return Cell(GOOD, len(runs), {key: spread(run.figures[key] for run in runs) for key in keys})


def spread(values: Iterable[float]) -> Spread:
    """Return the median, minimum and maximum of `values`."""
    values = list(values)
    return Spread(median(values), min(values), max(values))


def value(cells: Cells, scene: str, server: str, key: str) -> float | None:
    """Return the median of a figure, or None if there is none."""
    cell = cells.get((scene, server))
    found = cell.figures.get(key) if cell else None
    return found.median if found else None
