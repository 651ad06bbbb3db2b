"""`python -m tests.torture [NAME...]`: runs scenarios at full size, and prints a table of figures.

`attacks` stands for all scenarios in tests/torture/attacks. `churn` takes an hour, and `cluster`
half of one, so they run only if they are named.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import traceback
from pathlib import Path
from random import Random, SystemRandom
from tempfile import mkdtemp
from time import monotonic

from tests.torture.attacks.scenarios import FULL as ATTACKS
from tests.torture.attacks.scenarios import Scenario
from tests.torture.figures import Figure, markdown, reported, table
from tests.torture.scenarios import FULL, LONG, SMALL, why_not


def main() -> int:
    """Run the scenarios that the arguments name; return 1 if a figure is beyond its limit."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--small", action="store_true", help="run at the size of the tests")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--seconds", type=float, help="duration of churn (3600) or cluster (1800)")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also write the table to FILE"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"attacks, {', '.join(FULL)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {*FULL, "attacks"}:
        parser.error(f"unknown scenario: {', '.join(sorted(unknown))}")
    print(f"seed {arguments.seed}", flush=True)
    rows: list[tuple[str, Figure]] = []
    for name in _named(arguments.names):
        print(f"{name} ...", flush=True)
        scenario = (SMALL if arguments.small else FULL)[name]
        if name in LONG and arguments.seconds:
            scenario = LONG[name](arguments.seconds)
        rows += [(name, f) for f in _play(name, scenario, Random(arguments.seed))]
    print(table(rows))
    if arguments.markdown:
        arguments.markdown.write_text(markdown(rows), encoding="utf-8")
    return 0 if all(figure.good for _, figure in rows) else 1


def _named(names: list[str]) -> list[str]:
    short = [name for name in FULL if name not in LONG]
    if not names:
        return short
    attacks = [name for name in short if name in ATTACKS]
    return [part for name in names for part in (attacks if name == "attacks" else [name])]


def _play(name: str, scenario: Scenario, rng: Random) -> list[Figure]:
    if reason := why_not(name):
        return [reported("not run", reason)]
    begin = monotonic()
    directory = Path(mkdtemp(prefix="netchat-torture-"))
    try:
        figures = scenario(directory, rng)
    except Exception as error:
        traceback.print_exc()
        figures = [Figure("the scenario failed", "-", str(error), good=False)]
    if all(figure.good for figure in figures):
        shutil.rmtree(directory)
    else:
        figures = [*figures, reported("journals and logs", directory)]
    return [*figures, reported("time", f"{monotonic() - begin:.0f} s")]


if __name__ == "__main__":
    sys.exit(main())
