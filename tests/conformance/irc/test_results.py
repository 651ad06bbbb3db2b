"""Which results of irctest make the run fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.irc.results import (
    FAILED,
    PASSED,
    SKIPPED,
    Results,
    read_expected,
    read_results,
)

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED = read_expected("# A room has no key.\nchmodes/key.py::Key::testKey[a b]\n")
KEY = "chmodes/key.py::Key::testKey[a b]"


def test_a_test_that_is_expected_to_fail_fails() -> None:
    assert Results({KEY: FAILED, "away.py::Away::testAway": PASSED}).problems(EXPECTED) == []


def test_a_test_that_fails_unexpectedly_is_a_problem() -> None:
    assert Results({"away.py::Away::testAway": FAILED}).problems(EXPECTED) == [
        "away.py::Away::testAway failed."
    ]


@pytest.mark.parametrize("outcome", [PASSED, SKIPPED])
def test_a_test_that_no_longer_fails_is_a_problem(outcome: str) -> None:
    (problem,) = Results({KEY: outcome}).problems(EXPECTED)
    assert problem == f"{KEY} {outcome}: take it out of expected.txt."


def test_a_test_that_did_not_run_is_none() -> None:
    assert Results({}).problems(EXPECTED) == []


def test_each_expected_failure_has_a_reason() -> None:
    assert EXPECTED == {KEY: "A room has no key."}
    with pytest.raises(ValueError, match="has no reason"):
        read_expected("away.py::Away::testAway")


def test_the_report_of_pytest_is_read(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    where = "irctest.server_tests"
    report.write_text(
        f"""<testsuites><testsuite>
        <testcase classname="{where}.away.Away" name="testAway"><system-out/></testcase>
        <testcase classname="{where}.chmodes.key.Key" name="testKey[a b]"><failure/></testcase>
        <testcase classname="{where}.who.Who" name="testWho"><error/></testcase>
        <testcase classname="{where}.who.Who" name="testWhox"><skipped/></testcase>
        </testsuite></testsuites>""",
        encoding="utf-8",
    )
    results = read_results(report)
    assert results.outcomes == {
        "away.py::Away::testAway": PASSED,
        KEY: FAILED,
        "who.py::Who::testWho": FAILED,
        "who.py::Who::testWhox": SKIPPED,
    }
    assert results.failed() == [KEY, "who.py::Who::testWho"]
    assert results.table().splitlines()[-1].split() == ["in", "all", "1", "2", "1"]
