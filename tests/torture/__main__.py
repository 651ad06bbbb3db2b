"""`python -m torture [--small] [--seed N] [NAME...]`: the scenarios at full size, and a table."""

from __future__ import annotations

import argparse
import sys
import traceback
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from time import monotonic

from torture.figures import Figure, table, told
from torture.scenarios import FULL, SMALL, why_not


def main() -> int:
    """Run what the arguments name; return 1 if a figure is not as it must be."""
    parser = argparse.ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--small", action="store_true", help="the size that the tests run")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FULL)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(FULL):
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}")
    print(f"seed {arguments.seed}", flush=True)
    rows: list[tuple[str, Figure]] = []
    for name in arguments.names or FULL:
        print(f"{name} ...", flush=True)
        rows += [(name, f) for f in _play(name, Random(arguments.seed), small=arguments.small)]
    print(table(rows))
    return 0 if all(figure.good for _, figure in rows) else 1


def _play(name: str, dice: Random, *, small: bool) -> list[Figure]:
    if reason := why_not(name):
        return [told("not run", reason)]
    begin = monotonic()
    with TemporaryDirectory(prefix="netchat-torture-") as place:
        try:
            figures = (SMALL if small else FULL)[name](Path(place), dice)
        except Exception as error:
            traceback.print_exc()
            figures = [Figure("it ended before its end", "-", str(error), good=False)]
    return [*figures, told("time", f"{monotonic() - begin:.0f} s")]


if __name__ == "__main__":
    sys.exit(main())
