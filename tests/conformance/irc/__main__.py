"""Runs the suite irctest against netchat, or against another server: `make conformance-irc`.

The first argument is a checkout of https://github.com/progval/irctest, of which nothing is kept
here; then come files of its server_tests, or options of pytest. The exit status is 0 if the tests
that fail are those of `expected.txt`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance.irc.results import SUITE, read_expected, read_results
from tests.support.checkout import CHECKOUT

NETCHAT = "netchat"
MARKERS = "not implementation-specific and not deprecated and not strict"
"""What the suite's README and Makefile choose for a server that is not Ergo or Sable.

A strict test holds only one reading of a specification that has several.
"""
NO_SERVICES = f"{MARKERS} and not services"
"""What needs no accounts. netchat keeps them itself; other servers need a program for them."""
TIER_1 = (
    "away.py",
    "cap.py",
    "chmodes/ban.py",
    "chmodes/modeis.py",
    "chmodes/moderated.py",
    "chmodes/operator.py",
    "connection_registration.py",
    "echo_message.py",
    "invite.py",
    "isupport.py",
    "join.py",
    "kick.py",
    "list.py",
    "lusers.py",
    "messages.py",
    "names.py",
    "part.py",
    "pingpong.py",
    "quit.py",
    "regressions.py",
    "topic.py",
    "utf8.py",
    "whois.py",
    "whowas.py",
)
"""What every client uses: registration, channels, messages, people."""
EXPECTED = Path(__file__).with_name("expected.txt")
DEADLINE = 60
"""Seconds for one test. The suite itself waits for ever for the answer to its PING."""


def main() -> int:
    """Run the suite; return 1 if a test has another result than it should, 2 if it cannot run."""
    arguments, selection = _parser().parse_known_args()
    checkout = arguments.checkout.resolve()
    if not (checkout / SUITE).is_dir():
        print(f"netchat: {checkout} is no checkout of irctest; clone it first.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = _command(arguments, _below(checkout, selection), report)
        code = subprocess.run(command, cwd=checkout, env=_environment(), check=False).returncode
        # 1: tests have failed. With any other code not all of them have run.
        if code not in (0, 1):
            return 2
        results = read_results(report)
    print(results.table())
    if arguments.server != NETCHAT:
        print("\n".join(f"{test} failed." for test in results.failed()))
        return 0
    problems = results.problems(read_expected(EXPECTED.read_text(encoding="utf-8")))
    print("\n".join(problems) or "Each test has the result that it should have.")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.conformance.irc", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--tier1", action="store_true", help="run the most important files only")
    parser.add_argument(
        "--no-services", action="store_true", help="leave out the tests that need accounts"
    )
    parser.add_argument(
        "--server", default=NETCHAT, help="one of the controllers of irctest, such as ngircd"
    )
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(sys.executable),
        help="the Python that has what irctest requires",
    )
    return parser


def _command(arguments: argparse.Namespace, selection: list[str], report: Path) -> list[str]:
    is_netchat = arguments.server == NETCHAT
    package = "tests.conformance.irc.controller" if is_netchat else ""
    return [
        *(str(arguments.python.absolute()), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("--controller", package or f"irctest.controllers.{arguments.server}"),
        *("-m", MARKERS if is_netchat and not arguments.no_services else NO_SERVICES),
        *("--timeout", str(DEADLINE), "--numprocesses", "4", "--tb", "short"),
        *("--junitxml", str(report)),
        *([f"{SUITE}/{name}" for name in TIER_1] if arguments.tier1 else ()),
        *selection,
    ]


def _below(checkout: Path, selection: list[str]) -> list[str]:
    """Return `selection` with the path of each file of the suite; all of it if there is none."""
    found = [
        f"{SUITE}/{word}" if (checkout / SUITE / word.partition("::")[0]).is_file() else word
        for word in selection
    ]
    return found if found != selection else [*selection, SUITE]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT), "IRCTEST_PYTHON": sys.executable}


if __name__ == "__main__":
    sys.exit(main())
