"""The unit files: systemd understands them, and they let the server do little else than serve."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT
from tests.support.needs import needs

UNITS = CHECKOUT / "systemd"
SERVICE = UNITS / "netchat.service"


@needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for name in ("netchat.service", "netchat.socket"):
        text = (UNITS / name).read_text(encoding="utf-8")
        # The environment of netchat is nowhere on this machine.
        text = text.replace("/opt/netchat/bin/twistd", "/bin/true")
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "netchat.service", "netchat.socket"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    about_ours = [line for line in ended.stderr.splitlines() if "netchat" in line]
    assert (ended.returncode, about_ours) == (0, [])


@needs("systemd-analyze")
def test_the_exposure_of_the_service_is_below_2() -> None:
    ended = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "--offline=true", str(SERVICE)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    level = re.search(r"exposure level for netchat.service: ([\d.]+)", ended.stdout)
    assert level
    print(f"the exposure level is {level[1]}")
    assert float(level[1]) < 2


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "WatchdogSec=30",
        "DynamicUser=yes",
        "StateDirectory=netchat",
        "Environment=NETCHAT_DATA=%S/netchat",
        "Environment=NETCHAT_LISTENING_FILE=%t/netchat/listening",
    ],
)
def test_the_service_has_what_the_documentation_says(line: str) -> None:
    assert line in SERVICE.read_text(encoding="utf-8").splitlines()


def test_the_service_may_make_code_at_run_time_because_tls_needs_it() -> None:
    assert not re.search("^MemoryDenyWriteExecute=", SERVICE.read_text("utf-8"), re.MULTILINE)
