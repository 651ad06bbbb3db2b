"""Draws the ratios as an SVG: a bar for each server and scene, relative to netchat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log10
from xml.sax.saxutils import escape

from benchmarks.medians import Cells
from benchmarks.report import OURS, number, ratio_to
from benchmarks.scenes import Scene

WIDTH, LABEL, ROW, HEAD, BOTTOM = 760, 150, 18, 26, 34
LEAST, MOST = 0.01, 10.0
"""The ends of the scale; a longer bar is cut off, and its number shows the value."""
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.small { font-size: 11px; fill: #59636e }
.own { fill: #0969da }
.other { fill: #8c959f }
.one { stroke: #1f2328; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .small { fill: #9198a1 }
  .own { fill: #4493f8 }
  .other { fill: #656c76 }
  .one { stroke: #f0f6fc }
}
"""


@dataclass(frozen=True)
class Bar:
    """The result of a server relative to netchat: more than 1 is better."""

    server: str
    ratio: float


def bars(scene: Scene, cells: Cells) -> list[Bar]:
    """Return the bars of a scene; none if netchat or all other servers are missing."""
    metric = scene.metrics[0]
    found = []
    for name in scene.servers:
        ratio = ratio_to(cells, scene, OURS, name, metric)
        if ratio:
            found.append(Bar(name, 1 / ratio if metric.more_is_better else ratio))
    return found if len(found) > 1 else []


def svg(scenes: Iterable[Scene], cells: Cells) -> str:
    """Return the picture."""
    parts: list[str] = []
    top = 10
    for scene in scenes:
        shown = bars(scene, cells)
        if not shown:
            continue
        what = scene.metrics[0].title
        parts.append(_text(0, top + 14, f"{scene.title}: {what}", "title"))
        top += HEAD
        parts.append(_line(_at(1), top - 3, top + ROW * len(shown) - 2))
        for bar in shown:
            parts += _drawn(bar, top)
            top += ROW
        top += HEAD // 2
    parts.append(
        _text(0, top + 16, "netchat is 1, longer is better, the scale is logarithmic", "small")
    )
    height = top + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"<title>netchat compared with other servers</title>\n<style>{STYLE}</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _at(ratio: float) -> float:
    part = log10(min(max(ratio, LEAST), MOST) / LEAST) / log10(MOST / LEAST)
    return LABEL + part * (WIDTH - LABEL - 50)


def _drawn(bar: Bar, top: int) -> list[str]:
    end = max(_at(bar.ratio), LABEL + 1)
    kind = "own" if bar.server.startswith(OURS) else "other"
    return [
        _text(LABEL - 8, top + 11, bar.server, anchor="end"),
        f'<rect class="{kind}" x="{LABEL}" y="{top}" width="{end - LABEL:.1f}" height="13"/>',
        _text(end + 5, top + 11, number(bar.ratio), "small"),
    ]


def _text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x: float, top: float, bottom: float) -> str:
    return f'<line class="one" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'
