"""netchat admin doctor: what is wrong around a server, and what soon will be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from netchat.admin import cert
from netchat.admin.console import doctor
from netchat.admin.console.doctor import AHEAD, findings
from netchat.console.answers import ServerRow, StatusRow
from netchat.model.events import Said
from netchat.testing import START, Network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.admin.console.conftest import Ran

DAY = 86_400


@pytest.fixture
def journal(data: Path) -> None:
    """Leave a journal with a line that was said at START."""
    network = Network("--data", str(data))
    chat = network.service.factory.chat
    chat.get_or_create_room("lobby")
    chat.submit(Said("lobby", "Bob", "hello", chat.time()), chat.server, lambda _: None)
    network.settle()
    network.stop()


def found(
    data: Path, now: float = START, level: str | None = None, **environment: str
) -> dict[str, str]:
    """Return the messages of the findings by what they are about, of one `level` or of all."""
    # The command of this interpreter needs what this process has.
    every = {**os.environ, **environment}
    return {
        each.what: each.message
        for each in findings(data, now, every)
        if level in (None, each.level)
    }


@pytest.mark.usefixtures("journal")
def test_a_healthy_directory_without_a_server_is_all_right_but_for_that(
    run: Callable[..., Ran], data: Path
) -> None:
    done = run("doctor", "--json")
    assert done.code == 0
    assert [row["what"] for row in done.rows if row["level"] != "ok"] == ["server"]
    assert {row["what"] for row in done.rows} == {
        "permissions", "disk", "journal", "clock", "server", "options"
    }  # fmt: skip
    assert f"warn  server: no server runs on {data}.\n" in run("doctor").out


def test_a_directory_without_a_journal_is_a_failure(run: Callable[..., Ran]) -> None:
    done = run("doctor")
    assert done.code == 1
    assert done.out.startswith("fail  journal: ")


@pytest.mark.usefixtures("journal")
def test_files_that_others_can_read_are_found(data: Path) -> None:
    (data / "journal.sqlite").chmod(0o640)
    assert found(data, level="warn")["permissions"] == (
        f"others can read {data}/journal.sqlite; use chmod 600 {data}/journal.sqlite."
    )


@pytest.mark.usefixtures("journal")
def test_a_journal_that_is_none_is_found(data: Path) -> None:
    (data / "journal.sqlite").write_bytes(b"x" * 8192)
    assert "journal.sqlite" in found(data, level="fail")["journal"]


@pytest.mark.usefixtures("journal")
def test_a_clock_behind_the_newest_line_is_found(data: Path) -> None:
    assert "clock" in found(data, START - AHEAD + 1, level="ok")
    assert found(data, START - 10 * DAY, level="fail")["clock"] == (
        "it is 2025-12-22 12:00 UTC, but the newest line is of 2026-01-01 12:00 UTC; set the clock."
    )


def test_a_clock_that_was_never_set_is_found(data: Path) -> None:
    network = Network("--data", str(data))
    network.stop()
    assert "set the clock" in found(data, 1_000.0, level="fail")["clock"]


@pytest.mark.usefixtures("journal")
def test_a_disk_that_is_full_or_soon_will_be_is_found(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "disk" in found(data, level="ok")
    monkeypatch.setattr(doctor, "NEARLY_FULL", 1 << 60)
    assert "disk" in found(data, level="warn")
    monkeypatch.setattr(doctor, "FULL", 1 << 60)
    assert "make space" in found(data, level="fail")["disk"]


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("NETCHAT_HISTORY", "many", "history"),
        ("NETCHAT_HISTROY", "20", "NETCHAT_HISTROY"),
        ("NETCHAT_OPTIONS_FILE", "/nowhere/options.toml", "/nowhere/options.toml"),
        ("NETCHAT_LISTEN", "tls:5002", "cannot listen on tls:5002"),
        ("NETCHAT_LISTEN", "ssl:5002:privateKey=/no.pem", "ssl:5002:privateKey=/no.pem"),
    ],
)
def test_options_that_a_server_would_refuse_are_found(
    data: Path, variable: str, value: str, why: str
) -> None:
    messages = {
        each.what: each.message
        for each in findings(data, START, {**os.environ, variable: value})
        if each.level == "fail"
    }
    assert why in messages["options"]


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("after", "level", "words"),
    [
        (0, "ok", "is valid until"),
        (75 * DAY, "warn", "is valid until"),
        (95 * DAY, "fail", "ended on"),
    ],
)
def test_a_certificate_near_its_end_is_found(
    data: Path, tmp_path: Path, after: float, level: str, words: str
) -> None:
    certificate = tmp_path / "tls"
    assert cert.main([str(certificate), "--days", "90"]) == 0
    endpoint = f"ssl:5002:privateKey={certificate}/key.pem:certKey={certificate}/cert.pem"
    now = (certificate / "cert.pem").stat().st_mtime + after
    messages = found(data, now, level=level, NETCHAT_LISTEN=endpoint)
    assert words in messages["certificate"]


def test_of_a_site_it_tells_what_its_servers_are_and_how_they_differ() -> None:
    one = ServerRow("one", ("one:5001",), 3, None, "1.0", draining=False, here=True)
    two = ServerRow("two", (), 1, None, "1.1", draining=True, here=False)

    def told(*site: ServerRow) -> list[tuple[str, str]]:
        status = StatusRow("1.0", running=True, site=site)
        found = [*doctor._server(status, START)]
        return [(each.level, each.message) for each in found if each.what == "site"]

    assert told() == []
    assert told(one, two) == [
        ("ok", "these servers run, each with so many guests: one (3), two (1)."),
        ("warn", "the servers are of the versions 1.0 and 1.1; upgrade the older ones."),
        ("warn", "two sends its guests away, and stops."),
    ]
    assert told(one)[1] == ("warn", "no other server runs; start another one.")
