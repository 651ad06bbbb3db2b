"""twistd --uid and --gid: what the server makes belongs to the user that it runs as."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemons import Daemon
from tests.support.needs import needs
from tests.support.processes import PATIENCE, SCRIPTS

pytestmark = needs("root")
USER = "nobody"


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of USER that every user can reach; those of pytest are root's alone."""
    directory = Path(tempfile.mkdtemp(dir="/tmp"))
    directory.chmod(0o755)
    shutil.chown(directory, USER)
    yield directory
    shutil.rmtree(directory)


def owners(directory: Path) -> dict[str, tuple[int, int]]:
    """Return the user and the group of everything in `directory`, by path."""
    found = [path for path in directory.rglob("*") if path.name != "twistd.pid"]
    return {
        str(path.relative_to(directory)): (path.lstat().st_uid, path.lstat().st_gid)
        for path in found
    }


@pytest.mark.parametrize("group", [False, True])
def test_the_journal_the_socket_and_the_log_belong_to_the_user(place: Path, group: bool) -> None:
    user = pwd.getpwnam(USER)
    runner = ["--uid", USER, *(["--gid", "daemon"] if group else [])]
    gid = 1 if group else user.pw_gid
    for _ in range(2):  # What the first server has left is of use to the second.
        with Daemon(place, "--listen=tcp:0:interface=127.0.0.1", runner=runner) as daemon:
            status = Path(f"/proc/{daemon.pid}/status").read_text(encoding="ascii")
            assert f"Uid:\t{user.pw_uid}\t{user.pw_uid}" in status
            with daemon.guest("Alice") as alice:
                alice.say("hello")
                alice.say("/history")
                assert alice.line().endswith("Alice: hello")
                made = owners(place)
                assert {"data", "data/journal.sqlite", "door", "door.lock", "twistd.log"} <= {*made}
                assert {*made.values()} == {(user.pw_uid, gid)}
            daemon.stop()


def refusal(cwd: Path, *arguments: str) -> str:
    """Return the sentence with which twistd refuses to start."""
    ended = subprocess.run(
        [SCRIPTS / "twistd", *arguments],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_what_the_user_may_not_do_is_told_before_the_fork(place: Path) -> None:
    shutil.chown(place, "root")
    data = place / "data"
    said = refusal(place, "--uid", USER, "netchat", "--listen=unix:door", "--data=:memory:")
    assert "cannot be written to; choose another place" in said
    said = refusal(place, "--uid", USER, "netchat", "--listen=tcp:0", f"--data={data}")
    assert said.startswith(f"netchat: {data} cannot be used as the journal's directory: Permission")
    assert list(place.iterdir()) == []


def test_roots_journal_is_refused_in_one_sentence(place: Path) -> None:
    with Daemon(place) as daemon:
        daemon.stop()
    os.chmod(place / "data", 0o755)
    said = refusal(place, "--uid", USER, "netchat", "--listen=unix:x", f"--data={place / 'data'}")
    assert said.startswith("netchat: ")


def test_a_user_who_does_not_exist_is_refused_in_one_sentence(place: Path) -> None:
    said = refusal(place, "--uid", "54321", "netchat", "--data=:memory:", "--listen=tcp:0")
    assert said.startswith("netchat: --uid 54321 is no user of this machine; give one")
