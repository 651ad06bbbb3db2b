"""The report: tables for the terminal, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.load import GOOD
from benchmarks.medians import Cell, Cells, value
from benchmarks.scenes import Metric, Scene
from benchmarks.servers import SERVERS
from benchmarks.targets import MISSED, Target

OURS = "netchat"


def text(scenes: Iterable[Scene], cells: Cells, targets: Sequence[Target]) -> str:
    """Return a table for each scene, and one of the targets."""
    parts = [part for scene in scenes if (part := scene_table(scene, cells))]
    if targets:
        rows = [("target", "must be", "is", "")]
        rows += [
            (target.text, target.must, number(target.seen(cells)), target.verdict(cells))
            for target in targets
        ]
        missed = sum(target.verdict(cells) == MISSED for target in targets)
        parts.append(f"Targets, {missed} missed\n{table(rows)}")
    return "\n\n".join(parts)


def scene_table(scene: Scene, cells: Cells) -> str:
    """Return a scene's table: medians, range, and ratio to netchat; "" if the scene was not run."""
    played = {
        name: cells[scene.name, name] for name in scene.servers if (scene.name, name) in cells
    }
    if not played:
        return ""
    own = OURS if OURS in played else next(iter(played))
    first = scene.metrics[0]
    head = [
        "server",
        *(metric.title for metric in scene.metrics),
        "least - most",
        f"{own} / server",
    ]
    rows = [tuple(head)]
    for name, cell in played.items():
        if cell.status != GOOD:
            rows.append((name, f"{cell.status}: {cell.note}"))
            continue
        medians = [number(cell.figures[metric.key].median) for metric in scene.metrics]
        spread = cell.figures[first.key]
        ratio = ratio_to(cells, scene, own, name, first)
        rows.append(
            (name, *medians, f"{number(spread.least)} - {number(spread.most)}", number(ratio))
        )
    return f"{scene.name}: {scene.title}\n{table(rows)}"


def ratio_to(cells: Cells, scene: Scene, own: str, other: str, metric: Metric) -> float | None:
    """Return the figure of `own` divided by that of `other`, or None if one is missing."""
    mine = value(cells, scene.name, own, metric.key)
    theirs = value(cells, scene.name, other, metric.key)
    return mine / theirs if mine is not None and theirs else None


def number(seen: float | None) -> str:
    """Return a number with three significant digits; from 1000 on, rounded to an integer."""
    if seen is None:
        return "-"
    if abs(seen) >= 1000:
        return f"{seen:,.0f}"
    return f"{seen:.3g}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table; in a row with fewer columns, the last one may be long."""
    columns = len(rows[0])
    whole = [row for row in rows if len(row) == columns]
    widths = [max(len(row[column]) for row in whole) for column in range(columns)]
    widths[0] = max(widths[0], *(len(row[0]) for row in rows))
    lines = []
    for row in rows:
        words = [row[0].ljust(widths[0])]
        if len(row) == columns:
            words += [word.rjust(width) for word, width in zip(row[1:], widths[1:], strict=True)]
        else:
            words += row[1:]
        lines.append("  ".join(words).rstrip())
    return "\n".join(lines)


def as_json(
    scenes: Iterable[Scene],
    cells: Cells,
    targets: Iterable[Target],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return all results as an object for JSON."""
    return {
        **facts,
        "servers": {
            name: {
                "about": SERVERS[name].about,
                "version": SERVERS[name].version(),
                "tcp_nodelay": SERVERS[name].nodelay,
            }
            for name in dict.fromkeys(name for _, name in cells)
        },
        "scenes": {
            scene.name: {
                "title": scene.title,
                "servers": {
                    name: _cell(cells[scene.name, name])
                    for name in scene.servers
                    if (scene.name, name) in cells
                },
            }
            for scene in scenes
        },
        "targets": [
            {
                "target": target.text,
                "must": target.must,
                "is": target.seen(cells),
                "verdict": target.verdict(cells),
            }
            for target in targets
        ],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "status": cell.status,
        "rounds": cell.rounds,
        "note": cell.note,
        "figures": {key: asdict(spread) for key, spread in sorted(cell.figures.items())},
    }
