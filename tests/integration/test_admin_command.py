"""netchat admin beside a running server: real processes, and the socket between them."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemons import Daemon
from tests.support.needs import needs
from tests.support.processes import ANY_PORT, PATIENCE, SCRIPTS, Server

USER = "nobody"
PAGE = f"{ANY_PORT}:backlog=50"
"""Another port than that of the guests, by another text."""


def netchat(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / "netchat", *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False, **more,
    )  # fmt: skip


def admin(directory: Path, *arguments: str) -> str:
    """Return what `netchat admin` prints; it must succeed."""
    done = netchat("admin", str(directory), *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def rows(directory: Path, *arguments: str) -> list[dict[str, Any]]:
    out = admin(directory, *arguments, "--json")
    return [json.loads(line) for line in out.split("\n") if line]


def test_an_operator_is_made_beside_the_running_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Server("--web", PAGE, cwd=tmp_path) as server, server.guest("Bob") as bob:
        assert stat.S_IMODE((data / "admin.sock").stat().st_mode) == 0o600
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert "Alice is an operator." in admin(data, "operator", "add", "Alice")
        admin(data, "announce", "back at noon")
        assert bob.line() == "* Announcement by netchat admin: back at noon"
        (present,) = rows(data, "who")
        assert (present["name"], present["door"], present["address"]) == (
            "Bob", "tcp", "127.0.0.1"
        )  # fmt: skip
        (made,) = [json.loads(netchat("invite", str(data), "--json").stdout)]
        assert made["links"] == [f"http://127.0.0.1:{server.page_port}/#invite={made['word']}"]
        assert server.stop() == 0
    assert not (data / "admin.sock").exists()
    assert made["word"] not in server.log
    by = {row["by"] for row in rows(data, "audit")}
    assert len(by) == 1
    assert re.fullmatch(r"netchat admin \(.+\)", by.pop())


def test_what_is_done_beside_the_server_survives_kill_9_and_so_does_the_socket(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with Server(cwd=tmp_path) as server:
        admin(data, "ban", "Spammer", "--reason", "spam")
        server.stop(signal.SIGKILL)
    assert (data / "admin.sock").is_socket()
    # Nobody listens there: the command opens the journal itself.
    assert [row["target"] for row in rows(data, "bans")] == ["Spammer"]
    with Server(cwd=tmp_path) as server:
        (status,) = [row for row in rows(data, "doctor") if row["what"] == "server"]
        assert status["level"] == "ok"
        assert [row["target"] for row in rows(data, "bans")] == ["Spammer"]


def test_what_was_done_before_the_first_start_is_there_after_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "Alice is an operator." in netchat("admin", str(data), "operator", "add", "Alice").stdout
    with Server(cwd=tmp_path):
        (account,) = rows(data, "accounts")
        assert (account["name"], account["roles"]) == ("Alice", {"": "operator"})


def test_a_data_directory_with_a_long_path_has_a_socket_all_the_same(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 150)
    with Server("--data", str(data), cwd=tmp_path) as server:
        admin(data, "lock", "--for", "1h")
        assert rows(data, "audit")[-1]["action"] == "lock"
        assert server.stop() == 0
        assert "Traceback" not in server.log
    assert not (data / "admin.sock").exists()


def test_a_server_whose_socket_cannot_be_made_works_without_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "admin.sock").mkdir(parents=True)
    data.chmod(0o700)
    with Server(cwd=tmp_path) as server, server.guest("Bob") as bob:
        bob.say("/who")
        assert f"netchat admin cannot reach this server by {data}: " in server.log
        refused = netchat("admin", str(data), "accounts")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "does not answer there; see its log" in refused.stderr
        assert server.stop() == 0


def test_a_line_of_an_account_is_deleted_exported_and_forgotten_beside_the_server(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with Server(cwd=tmp_path) as server, server.guest("Bob") as bob:
        bob.say("a secret")
        assert admin(data, "delete", "lobby", "1") == "The text of 1 line is deleted.\n"
        assert bob.line() == "* netchat admin deleted line 1 of Bob"
        admin(data, "operator", "add", "Alice")
        assert admin(data, "export", "Alice") == ""
        admin(data, "operator", "add", "Carol")
        assert admin(data, "forget", "Alice", "--now").startswith("Alice is forgotten, with 0 line")
        assert server.stop() == 0
    assert b"a secret" not in (data / "journal.sqlite").read_bytes()


def test_doctor_finds_options_that_wait_for_a_restart_and_a_certificate_near_its_end(
    tmp_path: Path,
) -> None:
    data, options, tls = tmp_path / "data", tmp_path / "options.toml", tmp_path / "tls"
    options.write_text("history = 20\n", encoding="utf-8")
    assert netchat("cert", str(tls), "--days", "20").returncode == 0
    secure = f"ssl:0:interface=127.0.0.1:privateKey={tls}/key.pem:certKey={tls}/cert.pem"
    with Server("--options-file", str(options), "--listen", secure, cwd=tmp_path):
        found = {row["what"]: row for row in rows(data, "doctor")}
        assert found["options"]["level"] == "ok"
        assert found["certificate"]["level"] == "warn"
        options.write_text('sync = "normal"\n', encoding="utf-8")
        found = {row["what"]: row for row in rows(data, "doctor")}
        assert found["options"]["message"] == "A restart is needed for --sync."
        options.write_text("histroy = 20\n", encoding="utf-8")
        found = {row["what"]: row for row in rows(data, "doctor")}
        assert "histroy" in found["options"]["message"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of USER that every user can reach; those of pytest are root's alone."""
    directory = Path(tempfile.mkdtemp(dir="/tmp"))
    directory.chmod(0o755)
    shutil.chown(directory, USER)
    yield directory
    shutil.rmtree(directory)


@needs("root")
def test_another_user_is_refused_even_if_the_directory_lets_them_in(place: Path) -> None:
    data = place / "data"
    with Server(cwd=place), socket.socket(socket.AF_UNIX) as stranger:
        (data / "admin.sock").chmod(0o666)
        data.chmod(0o755)
        os.seteuid(pwd.getpwnam(USER).pw_uid)
        try:
            stranger.connect(str(data / "admin.sock"))
        finally:
            os.seteuid(0)
        stranger.settimeout(PATIENCE)
        with stranger.makefile("rb") as answer:
            end = json.loads(answer.readline())
            assert answer.read() == b""
        assert end["message"] == "Only the user of the server, and root, may do that."


@needs("root")
def test_root_acts_on_the_server_of_another_user_and_on_its_journal(place: Path) -> None:
    data, user = place / "data", pwd.getpwnam(USER).pw_uid
    with Daemon(place, f"--listen={ANY_PORT}", runner=["--uid", USER]) as daemon:
        assert (data / "admin.sock").stat().st_uid == user
        assert "Alice is an operator." in admin(data, "operator", "add", "Alice")
        daemon.stop()
    assert "Bob is an operator." in admin(data, "operator", "add", "Bob")
    assert {path.stat().st_uid for path in data.iterdir()} == {user}
    with Daemon(place, f"--listen={ANY_PORT}", runner=["--uid", USER]) as daemon:
        assert [row["name"] for row in rows(data, "accounts")] == ["Alice", "Bob"]
        daemon.stop()
