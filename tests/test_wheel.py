"""The wheel: what is in it, and that it is all that a fresh environment needs."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import running
from needs import needs

CHECKOUT = Path(__file__).parent.parent
# One worker builds the wheel, once, and downloads what netchat needs.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("wheel"), needs("git checkout")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what git would hand to a stranger."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in files:
        if (CHECKOUT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((CHECKOUT / name).read_bytes())
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(place), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment in which only the wheel was installed."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, with_pip=True)
    install = [str(place / "bin" / "python"), "-m", "pip", "install", "-q", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return place / "bin"


def test_the_wheel_has_the_package_the_plugin_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "twisted/plugins/netchat_plugin.py" in names
    assert "netchat/py.typed" in names
    sources = {str(p.relative_to(CHECKOUT)) for p in (CHECKOUT / "netchat").rglob("*.py")}
    assert {name for name in names if re.match(r"netchat/.*\.py$", name)} == sources
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "netchat",
        "twisted",
    }
    assert [name for name in names if name.startswith("twisted/")] == [
        "twisted/plugins/netchat_plugin.py"
    ]


def test_a_fresh_environment_knows_the_plugin_and_the_client(scripts: Path) -> None:
    shown = subprocess.run(
        [scripts / "twistd", "--help"], capture_output=True, text=True, check=True
    )
    assert re.search(r"^ +netchat +A chat for private networks", shown.stdout, re.MULTILINE)
    shown = subprocess.run(
        [scripts / "netchat", "--help"], capture_output=True, text=True, check=True
    )
    assert "HOST" in shown.stdout


def test_a_server_from_the_wheel_lets_guests_talk(
    scripts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SCRIPTS", scripts)
    with (
        running.Server(cwd=tmp_path) as server,
        server.guest("Alice") as alice,
        server.guest("Bob") as bob,
    ):
        bob.say("hello")
        assert [alice.line(), alice.line()] == ["* Bob joined", "Bob: hello"]
        assert server.stop() == 0
