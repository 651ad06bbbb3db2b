"""Servers of a site as they run: processes that share a log on PostgreSQL."""

from __future__ import annotations

import resource
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from netchat.admin.compare import differences
from netchat.admin.stored import journal_in
from tests.support.postgres import postgres
from tests.support.processes import PATIENCE, SCRIPTS, Server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Postgres

__all__ = ["postgres"]

SILENT = "postgresql://netchat@127.0.0.1:SILENT/chat"
"""A port that takes connections and never answers."""


def start(postgres: Postgres, database: str, path: Path, name: str) -> Server:
    (path / name).mkdir(exist_ok=True)
    url = postgres.url(database)
    return Server("--cluster", url, "--cluster-name", name, cwd=path / name)


def test_one_of_two_drains_and_the_other_one_fails_with_its_log(
    postgres: Postgres, tmp_path: Path
) -> None:
    database = postgres.new_database()
    with (
        start(postgres, database, tmp_path, "one") as one,
        start(postgres, database, tmp_path, "two") as two,
        one.guest("Ann") as ann,
        two.guest("Bob") as bob,
    ):
        assert ann.line() == "* Bob joined"
        bob.say("hello")
        assert ann.line() == "Bob: hello"
        done = subprocess.run(
            [SCRIPTS / "netchat", "admin", str(tmp_path / "two" / "data"), "drain", "--for", "0"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.stdout == "The server sends its guests away within a second, and stops.\n"
        assert "! This server is about to stop" in bob.rest()
        assert two.process.wait(PATIENCE) == 0
        assert ann.line() == "* Bob left"
        postgres.ask(database, "DROP TABLE netchat_site, netchat_log")
        assert "! The server is shutting down" in ann.rest()
        assert one.process.wait(PATIENCE) == 1


def test_a_server_whose_disk_takes_nothing_ends_and_has_all_of_it_later(
    postgres: Postgres, tmp_path: Path
) -> None:
    database = postgres.new_database()
    with (
        start(postgres, database, tmp_path, "one") as one,
        one.guest("Ann") as ann,
        one.guest("Carol") as carol,
    ):
        assert ann.line() == "* Carol joined"
        with start(postgres, database, tmp_path, "two") as two, two.guest("Bob") as bob:
            assert carol.line() == "* Bob joined"
            _, most = resource.prlimit(two.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(two.process.pid, resource.RLIMIT_FSIZE, (0, most))
            for number in range(3):
                ann.say(f"line {number}")
            assert bob.rest() == "! The server is shutting down; come back later.\n"
            assert "This server cannot store what the others have heard; free its disk." in (
                two.wait_for_log("cannot store what")
            )
            assert two.process.wait(PATIENCE) == 1
        # The server of Bob may have left before the last line came.
        heard = [carol.line() for _ in range(4)]
        heard.remove("* Bob left")
        assert heard == [f"Ann: line {number}" for number in range(3)]
        with start(postgres, database, tmp_path, "two") as two, two.guest("Dan") as dan:
            assert [dan.line()[-11:] for _ in range(3)] == [f"Ann: line {n}" for n in range(3)]
            assert two.stop() == 0
    journals = [journal_in(tmp_path / name / "data") for name in ("one", "two")]
    assert [*differences(*journals)] == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://netchat:secret@localhost/chat", "--cluster-password-file"),
        ("postgresql://netchat@127.0.0.1:1/chat", "cannot be reached"),
        (SILENT, "cannot be reached (connection timeout expired)"),
    ],
)
def test_a_server_that_cannot_use_its_log_says_why_in_one_sentence(
    tmp_path: Path, url: str, why: str
) -> None:
    data = ("--data", str(tmp_path / "data"), "--listen", "tcp:0:interface=127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = url.replace("SILENT", str(silent.getsockname()[1]))
        done = subprocess.run(
            [SCRIPTS / "twistd", "-n", "--pidfile=", "netchat", *data, "--cluster", url],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("netchat: The ")
    assert why in last
    assert "secret" not in done.stdout + done.stderr
