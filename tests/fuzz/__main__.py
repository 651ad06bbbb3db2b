"""`make fuzz MINUTES=10`: fuzzes each target for an equal share of the time.

The exit code is 1 if an input failed. Such inputs are kept in the directory `fuzz-found`;
`python -m tests.fuzz lines fuzz-found/crash-...` runs one of them again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path
from random import Random

FOUND = "fuzz-found/"
SEEDS = 200


def fuzz(target: str, arguments: list[str]) -> None:
    """Fuzz one target in this process, until the process ends."""
    import atheris

    with atheris.instrument_imports(include=["netchat"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def main(minutes: float) -> int:
    """Fuzz all targets, one after another, each in its own process."""
    from tests.fuzz.targets import TARGETS, seeds
    from tests.support.hostile_lines import json_lines, text_lines

    Path(FOUND).mkdir(exist_ok=True)
    codes = {}
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as corpus:
            made = seeds(target, text_lines(Random(1), SEEDS), json_lines(Random(1), SEEDS))
            for number, seed in enumerate(islice(made, SEEDS)):
                (Path(corpus) / str(number)).write_bytes(seed)
            limits = (
                f"-max_total_time={int(minutes * 60 / len(TARGETS))}",
                "-max_len=2048",
                "-timeout=20",
                "-rss_limit_mb=1024",
                "-print_final_stats=1",
                "-verbosity=0",
                f"-artifact_prefix={FOUND}{target}-",
            )
            command = (sys.executable, "-m", "tests.fuzz", target, corpus, *limits)
            codes[target] = subprocess.run(command, check=False).returncode
    for target, code in codes.items():
        print(f"{target}: {'no input failed' if code == 0 else f'an input failed, see {FOUND}'}")
    return int(any(codes.values()))


if __name__ == "__main__":
    if sys.argv[1][:1].isdigit():
        sys.exit(main(float(sys.argv[1])))
    fuzz(sys.argv[1], sys.argv[2:])
