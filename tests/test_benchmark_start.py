"""Tests of `python -m benchmarks.start`: a real start of each client, and the ratios."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.clients import NETCHAT, Client, Start, start
from benchmarks.start import comparison

PAINTS_IN_PIECES = """
import sys, termios, tty
tty.setcbreak(0, termios.TCSANOW)
sys.stdout.write("\\x1b[2J[\\x1b[36m1\\x1b[m]")
sys.stdout.flush()
for key in iter(lambda: sys.stdin.read(1), ""):
    sys.stdout.write("\\x1b[K" + key)
    sys.stdout.flush()
"""


def test_the_client_is_measured_until_it_shows_a_key(tmp_path: Path) -> None:
    figures = start(NETCHAT, tmp_path / "home")
    assert 0 < figures.prompt < figures.ready
    assert figures.processor > 0
    assert figures.memory > 1


def test_control_sequences_between_what_is_shown_are_no_part_of_it(tmp_path: Path) -> None:
    client = Client("other", (sys.executable, "-c", PAINTS_IN_PIECES), painted=b"[1]")
    figures = start(client, tmp_path / "home")
    assert 0 < figures.prompt < figures.ready


def test_a_client_that_is_not_installed_is_named_with_its_package() -> None:
    absent = Client("absent", ("no-such-client",), b"", package="absent-curses")
    sentence = "absent is left out: it is not installed (apt install absent-curses)"
    assert absent.missing() == sentence


def test_the_medians_of_one_run_are_compared_as_ratios() -> None:
    medians = {"netchat": Start(0.2, 1.2, 0.8, 40.0), "weechat": Start(0.1, 0.3, 0.1, 20.0)}
    assert comparison(1.0, medians).splitlines() == [
        "netchat: key shown after 1.20 times the import",
        "netchat / weechat: prompt 2.0, key shown 4.0, processor 8.0, memory 2.0",
    ]
