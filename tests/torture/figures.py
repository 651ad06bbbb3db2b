"""The results of a scenario: figures, each with its limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure: `must` is its limit in words, `seen` its value, `good` whether it is within."""

    name: str
    must: str
    seen: str
    good: bool = True


def exactly(name: str, must: object, seen: object) -> Figure:
    """Return a figure that must equal `must`."""
    return Figure(name, str(must), str(seen), must == seen)


def at_most(name: str, most: float, seen: float, unit: str) -> Figure:
    """Return a figure that must not exceed `most`."""
    return Figure(name, f"<= {most:g} {unit}", f"{seen:.3g} {unit}", seen <= most)


def at_least(name: str, least: int, seen: int) -> Figure:
    """Return a figure that must be `least` or more; below that, the scenario shows nothing."""
    return Figure(name, f">= {least}", str(seen), seen >= least)


def reported(name: str, seen: object) -> Figure:
    """Return a figure without a limit."""
    return Figure(name, "-", str(seen))


def all_zero(counts: Mapping[str, int]) -> list[Figure]:
    """Return figures that must be 0."""
    return [exactly(name, 0, count) for name, count in counts.items()]


def percentiles(name: str, seconds: Sequence[float]) -> Figure:
    """Return p50, p99 and the maximum of times in seconds."""
    ordered = sorted(seconds)
    shown = [ordered[int(len(ordered) * part)] for part in (0.5, 0.99)] + [ordered[-1]]
    milliseconds = " / ".join(f"{1000 * value:.1f}" for value in shown)
    return reported(f"{name}, p50 / p99 / max of {len(ordered)}", f"{milliseconds} ms")


def markdown(rows: Iterable[tuple[str, Figure]]) -> str:
    """Return the figures that have a limit as a Markdown table; one beyond its limit is bold."""
    lines = ["| scenario | figure | must be | seen |", "|---|---|---|---|"]
    before = ""
    for scenario, figure in rows:
        if figure.must == "-":
            continue
        seen = figure.seen if figure.good else f"**{figure.seen}**"
        cells = ("" if scenario == before else f"`{scenario}`", figure.name, figure.must, seen)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        before = scenario
    return "\n".join(lines) + "\n"


def table(rows: Iterable[tuple[str, Figure]]) -> str:
    """Return all figures as a table of plain text."""
    lines = [("scenario", "figure", "must be", "seen")]
    for scenario, figure in rows:
        mark = "" if figure.good else "  <-- NO"
        lines.append((scenario, figure.name, figure.must, figure.seen + mark))
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join(
        " | ".join(
            [*(part.ljust(width) for part, width in zip(line, widths, strict=False)), line[3]]
        )
        for line in lines
    )
