"""The wheel: its contents, and its installation in a new environment."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support import processes as running
from tests.support.checkout import CHECKOUT
from tests.support.needs import needs

pytestmark = [pytest.mark.long, needs("git checkout")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel; the first worker that asks for it builds it."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "wheel"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = list(place.glob("*.whl"))
        return built[0] if built else build(place)


def build(place: Path) -> Path:
    """Build the wheel from the files that git tracks or would add."""
    source = place / "source"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in files:
        if (CHECKOUT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((CHECKOUT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(place), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture
def scripts(wheel: Path, tmp_path: Path) -> Path:
    """The directory of scripts in a new environment with the wheel and its requirements."""
    place = tmp_path / "venv"
    venv.create(place)
    pip = [sys.executable, "-m", "pip", "--python", str(place), "install", "-q", "--no-compile"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return place / "bin"


def test_the_wheel_contains_the_unit_files(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    for name in ("netchat.service", "netchat.socket"):
        (inside,) = [path for path in archive.namelist() if path.endswith(f"/{name}")]
        assert re.fullmatch(rf"netchat-[^/]*\.data/data/lib/systemd/system/{name}", inside)
        assert archive.read(inside) == (CHECKOUT / "systemd" / name).read_bytes()


def test_the_wheel_contains_the_package_and_the_plugin_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "twisted/plugins/netchat_plugin.py" in names
    assert "netchat/py.typed" in names
    assert "netchat/client/frontends/emoji.txt" in names
    page = [path for path in (CHECKOUT / "netchat" / "web").rglob("*") if path.is_file()]
    assert {str(path.relative_to(CHECKOUT)) for path in page} <= {*names}
    sources = {str(p.relative_to(CHECKOUT)) for p in (CHECKOUT / "netchat").rglob("*.py")}
    assert {name for name in names if re.match(r"netchat/.*\.py$", name)} == sources
    installed = [name for name in names if not re.match(r"[^/]+\.(dist-info|data)/", name)]
    assert {name.split("/")[0] for name in installed} == {
        "netchat",
        "twisted",
    }
    assert [name for name in names if name.startswith("twisted/")] == [
        "twisted/plugins/netchat_plugin.py"
    ]


def test_a_new_environment_has_all_that_the_server_and_the_client_need(
    scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = subprocess.run(
        [scripts / "twistd", "--help"], capture_output=True, text=True, check=True
    )
    assert re.search(r"^ +netchat +A chat for private networks", shown.stdout, re.MULTILINE)
    shown = subprocess.run(
        [scripts / "netchat", "--help"], capture_output=True, text=True, check=True
    )
    assert "HOST" in shown.stdout
    # TLS is part of the plain installation.
    subprocess.run([scripts / "netchat", "cert", tmp_path / "tls"], capture_output=True, check=True)
    monkeypatch.setattr(running, "SCRIPTS", scripts)
    with (
        running.Server(cwd=tmp_path) as server,
        server.guest("Alice") as alice,
        server.guest("Bob") as bob,
    ):
        bob.say("hello")
        assert [alice.line(), alice.line()] == ["* Bob joined", "Bob: hello"]
        assert server.stop() == 0


def test_no_text_sends_people_to_a_package_index_for_netchat() -> None:
    """The package of that name on the public index is a stranger's."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    files = [CHECKOUT / name for name in tracked if name and (CHECKOUT / name).is_file()]
    wrong = re.compile(rb"(pip|pipx|uv)\b[^\n]*\binstall [^\n]*(?<![/.\w-])netchat\b|netchat\[")
    told = {file: wrong.findall(file.read_bytes()) for file in files if file != Path(__file__)}
    assert not [file for file, found in told.items() if found]
