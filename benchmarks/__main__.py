"""`python -m benchmarks`: measures netchat and other servers in one run; see README.md."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks import report
from benchmarks.build import BuildError, Programs, build
from benchmarks.cores import raise_file_limit
from benchmarks.load import WRONG, Run, run
from benchmarks.machine import facts
from benchmarks.medians import cells
from benchmarks.picture import svg
from benchmarks.rounds import plan, play
from benchmarks.scenes import SCENES, Scene
from benchmarks.servers import SERVERS
from benchmarks.targets import TARGETS, measurable

ROUNDS, SECONDS = 5, 1.5
QUICK_ROUNDS, QUICK_SECONDS = 3, 0.3


def main() -> int:
    """Run the benchmarks; return 1 if a server ended, or lost, duplicated or reordered a line."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.list:
        print(_listed())
        return 0
    scenes = _chosen(parser, arguments)
    try:
        programs = build()
    except BuildError as error:
        parser.exit(2, f"netchat: {error}\n")
    raise_file_limit()
    return _measure(arguments, scenes, programs)


def _measure(arguments: argparse.Namespace, scenes: list[Scene], programs: Programs) -> int:
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    seconds = arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS)
    begin = monotonic()
    machine = {**facts(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
    runs = play(
        plan(scenes, _available(arguments), rounds),
        lambda scene, name: run(scene, SERVERS[name], programs, seconds),
        partial(_print_progress, rounds, begin),
    )
    found = cells(runs)
    targets = measurable(TARGETS, (scene.name for scene in scenes))
    print("\n".join(f"{name}: {fact}" for name, fact in machine.items()))
    print(f"{rounds} rounds of {seconds:g} s, {monotonic() - begin:.0f} s in total\n")
    print(report.text(scenes, found, targets))
    about = {"machine": machine, "rounds": rounds, "seconds": seconds}
    if arguments.json:
        content = json.dumps(report.as_json(scenes, found, targets, about), indent=1)
        arguments.json.write_text(content + "\n", encoding="utf-8")
    if arguments.picture:
        arguments.picture.write_text(svg(scenes, found), encoding="utf-8")
    return 1 if any(cell.status == WRONG for cell in found.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run fewer scenes, in two minutes")
    parser.add_argument(
        "--rounds", type=int, help=f"default: {ROUNDS}, with --quick {QUICK_ROUNDS}"
    )
    parser.add_argument(
        "--seconds", type=float, help=f"default: {SECONDS}, with --quick {QUICK_SECONDS}"
    )
    parser.add_argument("--scene", action="append", metavar="NAME", choices=SCENES)
    parser.add_argument("--server", action="append", metavar="NAME", choices=SERVERS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw an SVG into FILE")
    parser.add_argument("--list", action="store_true", help="list the scenes and servers")
    return parser


def _chosen(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> list[Scene]:
    if (arguments.rounds or 1) < 1 or (arguments.seconds or 1) <= 0:
        parser.error("--rounds and --seconds must be more than 0")
    if arguments.scene:
        return [SCENES[name] for name in dict.fromkeys(arguments.scene)]
    return [
        replace(scene, servers=scene.quick) if arguments.quick else scene
        for scene in SCENES.values()
        if scene.quick or not arguments.quick
    ]


def _available(arguments: argparse.Namespace) -> list[str]:
    names = arguments.server or list(SERVERS)
    reasons = {name: SERVERS[name].why_not() for name in names}
    for reason in filter(None, reasons.values()):
        print(reason, flush=True)
    return [name for name, reason in reasons.items() if not reason]


def _print_progress(rounds: int, begin: float, number: int, found: Run) -> None:
    words = f"{found.status} {found.note}" if found.note else found.status
    clock = f"{monotonic() - begin:5.0f} s"
    print(f"{clock}  {number}/{rounds}  {found.scene}  {found.server}  {words}", flush=True)


def _listed() -> str:
    rows = [(scene.name, scene.title) for scene in SCENES.values()]
    rows += [("", ""), *((server.name, server.about) for server in SERVERS.values())]
    return report.table(rows)


if __name__ == "__main__":
    sys.exit(main())
