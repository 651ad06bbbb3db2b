"""`netchat admin doctor`: looks for what is wrong around a server, and what soon will be."""

from __future__ import annotations

import os
import subprocess  # nosec B404
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from netchat import __version__
from netchat.admin.console.link import RefusedError, reach_server
from netchat.admin.stored import journal_in, open_for_reading, rooms_of
from netchat.commandline.output import Output
from netchat.console.answers import StatusRow
from netchat.console.requests import GetStatus
from netchat.journal.interface import JournalError
from netchat.journal.sqlite.clock_record import newest_time

Level = Literal["ok", "warn", "fail"]
MIB = 1 << 20
FULL, NEARLY_FULL = 50 * MIB, 500 * MIB
"""With less space than this the disk is full, or soon will be."""
EXPIRES_SOON = 30
"""Days before the end of a certificate."""
AHEAD = 300
"""Seconds by which a line may be newer than the clock: a clock that is being set right."""
OLDEST_CLOCK = 1_735_689_600
"""2025-01-01: a clock before it was never set."""
_TIMEOUT = 60
"""Seconds that the check of the options may take."""
_encode = msgspec.json.Encoder().encode


class Finding(Struct, frozen=True, tag_field="type", tag="check"):
    """What one check has found; `what` is the name of the check."""

    level: Level
    what: str
    message: str


class _Checked(Struct):
    """The output of netchat.server.check."""

    problem: str
    certificates: dict[str, str]


def examine(directory: Path, output: Output, now: float, *, as_json: bool) -> int:
    """Print what is found about the server of `directory`; return 1 if a check has failed."""
    failed = False
    for finding in findings(directory, now, os.environ):
        failed = failed or finding.level == "fail"
        if as_json:
            output.write(_encode(finding) + b"\n")
        else:
            output.print(f"{finding.level:4}  {finding.what}: {finding.message}")
    return int(failed)


def findings(directory: Path, now: float, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found about the server of `directory`; `now` is the time of the wall clock."""
    try:
        path = journal_in(directory)
    except JournalError as error:
        yield Finding("fail", "journal", f"{error} Start the server once, or give another DIR.")
        yield from _options(environment, now)
        return
    yield from _permissions(directory, path)
    yield _disk(directory)
    yield from _journal(path, now)
    try:
        status = _status(directory)
    except (JournalError, RefusedError) as error:
        yield Finding("fail", "server", str(error))
        return
    if status is None:
        yield Finding("warn", "server", f"no server runs on {directory}.")
        yield from _options(environment, now)
    else:
        yield from _server(status, now)


def _permissions(directory: Path, journal: Path) -> Iterator[Finding]:
    owner = directory.stat().st_uid
    for path, mode in ((directory, 0o700), *((each, 0o600) for each in _files(journal))):
        status = path.stat()
        if status.st_mode & 0o077:
            yield Finding(
                "warn", "permissions", f"others can read {path}; use chmod {mode:o} {path}."
            )
        if status.st_uid != owner:
            yield Finding(
                "fail", "permissions", f"{path} is not its directory's owner's; use chown on it."
            )
    if owner not in (os.geteuid(), 0) and os.geteuid():
        yield Finding("warn", "permissions", f"{directory} belongs to another user, not to you.")
    yield Finding("ok", "permissions", f"{directory} was looked at.")


def _files(journal: Path) -> Iterable[Path]:
    names = (journal.name + end for end in ("", "-wal", "-shm"))
    return [path for path in map(journal.with_name, names) if path.exists()]


def _disk(directory: Path) -> Finding:
    system = os.statvfs(directory)
    free = system.f_bavail * system.f_frsize
    if free < FULL or (system.f_files and not system.f_favail):
        return Finding(
            "fail", "disk", f"{free // MIB} MiB are free; make space, or lines are lost."
        )
    level: Level = "warn" if free < NEARLY_FULL else "ok"
    return Finding(level, "disk", f"{free // MIB} MiB are free.")


def _journal(path: Path, now: float) -> Iterator[Finding]:
    try:
        with open_for_reading(path) as connection:
            newest = newest_time(connection, rooms_of(path, connection)) or 0.0
    except JournalError as error:
        yield Finding("fail", "journal", str(error))
        return
    yield Finding("ok", "journal", f"{path} can be read.")
    if now < OLDEST_CLOCK or newest > now + AHEAD:
        shown = f"{datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M} UTC"
        clock = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC"
        yield Finding(
            "fail", "clock", f"it is {clock}, but the newest line is of {shown}; set the clock."
        )
    else:
        yield Finding("ok", "clock", "no line is newer than now.")


def _status(directory: Path) -> StatusRow | None:
    with reach_server(directory) as link:
        if link is None:
            return None
        (status,) = link.do(GetStatus())
    assert isinstance(status, StatusRow), "the answer to GetStatus is a StatusRow"
    return status


def _server(status: StatusRow, now: float) -> Iterator[Finding]:
    same = status.version == __version__
    yield Finding(
        "ok" if same else "warn",
        "server",
        f"netchat {status.version} runs with {status.guests} guests"
        + ("." if same else f"; this command is of {__version__}: restart the server."),
    )
    if status.trouble:
        yield Finding("fail", "storage", status.trouble)
    yield from _site(status)
    if status.configuration:
        yield Finding("warn", "options", status.configuration)
    else:
        yield Finding("ok", "options", "the server uses the options as they are now.")
    yield from _certificates(status.certificates, now)


def _site(status: StatusRow) -> Iterator[Finding]:
    if not status.site:
        return
    names = ", ".join(f"{server.name} ({server.guests})" for server in status.site)
    yield Finding("ok", "site", f"these servers run, each with so many guests: {names}.")
    if len(status.site) == 1:
        yield Finding("warn", "site", "no other server runs; start another one.")
    versions = sorted({server.version for server in status.site})
    if len(versions) > 1:
        yield Finding(
            "warn",
            "site",
            f"the servers are of the versions {' and '.join(versions)}; upgrade the older ones.",
        )
    for server in status.site:
        if server.draining:
            yield Finding("warn", "site", f"{server.name} sends its guests away, and stops.")


def _options(environment: Mapping[str, str], now: float) -> Iterator[Finding]:
    """Yield what the server would say to the options in `environment`."""
    done = subprocess.run(  # nosec B603
        [sys.executable, "-m", "netchat.server.check"],
        env=dict(environment), capture_output=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode:
        yield Finding("fail", "options", "they cannot be checked; start the server to see why.")
        return
    found = msgspec.json.decode(done.stdout, type=_Checked)
    if found.problem:
        yield Finding("fail", "options", found.problem)
    else:
        yield Finding("ok", "options", "those in this environment (NETCHAT_*) are good.")
    yield from _certificates(found.certificates, now)


def _certificates(days: Mapping[str, str], now: float) -> Iterator[Finding]:
    today = datetime.fromtimestamp(now, UTC).date()
    for endpoint, text in days.items():
        left = (date.fromisoformat(text) - today).days
        level: Level = "fail" if left < 0 else "warn" if left < EXPIRES_SOON else "ok"
        verb = "ended on" if left < 0 else "is valid until"
        hint = "" if level == "ok" else "; renew it, and send the server SIGHUP"
        yield Finding(level, "certificate", f"that of {endpoint} {verb} {text}{hint}.")
