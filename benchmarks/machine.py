"""Facts about the machine that was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from benchmarks.cores import generator_core, server_core


def facts() -> dict[str, str]:
    """Return the facts that the figures depend on, other than the servers."""
    return {
        "cpu": _field(Path("/proc/cpuinfo"), "model name"),
        "cores": f"{os.cpu_count()}: server on {server_core()}, generator on {generator_core()}",
        "memory": _field(Path("/proc/meminfo"), "MemTotal"),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def _field(path: Path, name: str) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown"
    )
