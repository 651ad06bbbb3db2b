"""What a run of irctest has found, and what is expected of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
SUITE = "irctest/server_tests"


@dataclass(frozen=True)
class Results:
    """The outcome of each test; a test is called `file::class::function`, the file below SUITE."""

    outcomes: Mapping[str, str]

    def table(self) -> str:
        """Return how many tests passed, failed and were skipped, in each file and in all."""
        files = Counter(
            (test.partition("::")[0], outcome) for test, outcome in self.outcomes.items()
        )
        rows: list[tuple[str, ...]] = [("", PASSED, FAILED, SKIPPED)]
        for name in sorted({name for name, _ in files}):
            rows.append((name, *(str(files[name, o]) for o in (PASSED, FAILED, SKIPPED))))
        every = Counter(self.outcomes.values())
        rows.append(("in all", *(str(every[o]) for o in (PASSED, FAILED, SKIPPED))))
        return "\n".join(f"{row[0]:32}" + "".join(f"{cell:>9}" for cell in row[1:]) for row in rows)

    def failed(self) -> list[str]:
        """Return the tests that failed."""
        return sorted(test for test, outcome in self.outcomes.items() if outcome == FAILED)

    def problems(self, expected: Mapping[str, str]) -> list[str]:
        """Return a sentence for each failure that is not `expected`, and for each that is missing.

        A test that did not run is not missing.
        """
        problems = [f"{test} failed." for test in self.failed() if test not in expected]
        for test in sorted(expected):
            outcome = self.outcomes.get(test, FAILED)
            if outcome != FAILED:
                problems.append(f"{test} {outcome}: take it out of expected.txt.")
        return problems


def read_results(report: Path) -> Results:
    """Read the JUnit file of pytest."""
    outcomes: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        module, _, group = case.get("classname", "").rpartition(".")
        name = module.removeprefix(SUITE.replace("/", ".") + ".").replace(".", "/")
        tags = {child.tag for child in case}
        outcome = SKIPPED if "skipped" in tags else PASSED
        if tags & {"failure", "error"}:
            outcome = FAILED
        outcomes[f"{name}.py::{group}::{case.get('name')}"] = outcome
    return Results(outcomes)


def read_expected(text: str) -> dict[str, str]:
    """Return the tests that fail, and why: a line `# Why.` is the reason of the tests below it.

    Raises `ValueError` if a test has no reason.
    """
    expected: dict[str, str] = {}
    reason = ""
    for line in filter(None, text.splitlines()):
        if line.startswith("# "):
            reason = line[2:]
        elif not reason:
            raise ValueError(f"{line} has no reason; write one above it")
        else:
            expected[line] = reason
    return expected
