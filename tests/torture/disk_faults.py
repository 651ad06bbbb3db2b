"""Faults of a disk, as context managers. They need root, and some need strace."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.support.needs import missing
from tests.support.processes import PATIENCE

DiskFault = Callable[[Path, int], AbstractContextManager[None]]
"""Makes the mounted directory fail, or the system calls of the process with this id."""


def why_not() -> str:
    """Return why disk faults cannot be caused here, or ""."""
    return missing("root", "mount", "strace")


@contextmanager
def small_disk(directory: Path, megabytes: int) -> Iterator[None]:
    """Mount an empty disk of so many megabytes at `directory`."""
    directory.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "netchat-torture", str(directory))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(directory))


@contextmanager
def full(directory: Path, pid: int) -> Iterator[None]:
    """Fill the disk to the last byte."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    try:
        yield
    finally:
        ballast.unlink()


def failing(error: str, *calls: str) -> DiskFault:
    """Return a fault: these system calls of the process fail with `error`."""

    @contextmanager
    def fault(directory: Path, pid: int) -> Iterator[None]:
        names = ",".join(calls)
        strace = subprocess.Popen(
            ["strace", "-f", "-q", "-q", "-o", directory.with_name("strace.log"), "-p", str(pid),
             "-e", f"trace={names}", "-e", f"inject={names}:error={error}"],
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        with strace:
            try:
                _wait_until_traced(pid, strace)
                yield
            finally:
                strace.send_signal(signal.SIGINT)
                strace.wait(PATIENCE)

    return fault


def _wait_until_traced(pid: int, strace: subprocess.Popen[str]) -> None:
    """Wait until all threads of the process are traced."""
    for _ in range(100_000):
        tracers = [
            line.split()[1]
            for status in Path(f"/proc/{pid}/task").glob("*/status")
            for line in status.read_text(encoding="ascii").splitlines()
            if line.startswith("TracerPid:")
        ]
        if all(tracer == str(strace.pid) for tracer in tracers):
            return
        assert strace.poll() is None, strace.stderr and strace.stderr.read()
        os.sched_yield()
    raise AssertionError("strace does not attach")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
