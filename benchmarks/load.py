"""Runs the load generator once against one server, and reads its report."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.build import Programs
from benchmarks.cores import generator_core, on_core
from benchmarks.process import HOST, Process, ServerError
from benchmarks.scenes import Scene
from benchmarks.servers import Server, Workspace

GOOD, WRONG, SLOW = "good", "wrong", "slow"
WARMUP = 0.5
"""Seconds of load before the measurement; less if the measurement is short."""
GRACE = 5.0
"""Seconds after its deadline within which the generator must end."""


@dataclass(frozen=True)
class Run:
    """The result of one round of a scene with one server: figures, or a note why there are none."""

    scene: str
    server: str
    status: str
    figures: dict[str, float]
    note: str = ""


def run(scene: Scene, server: Server, programs: Programs, seconds: float) -> Run:
    """Start the server, run the scene, and end the server."""
    with TemporaryDirectory(prefix="netchat-bench-") as temporary:
        directory = Path(temporary)
        # ngircd reads its files as `nobody`.
        directory.chmod(0o755)
        try:
            with Process(server.start(Workspace(directory, programs)), directory) as process:
                found = _load(scene, server, programs, seconds, process)
                died = process.died
        except ServerError as error:
            return Run(scene.name, server.name, WRONG, {}, str(error))
    if died:
        return Run(scene.name, server.name, WRONG, {}, died)
    return found


def arguments(
    scene: Scene, server: Server, seconds: float, *, port: int, pid: int
) -> tuple[str, ...]:
    """Return the arguments of the load generator."""
    words = [
        *(scene.kind, "--host", HOST, "--port", str(port)),
        *("--dialect", server.dialect, "--server-pid", str(pid)),
        *("--deadline", f"{scene.limit:g}"),
    ]
    if server.login_window:
        words += ["--login-window", str(server.login_window)]
    # The scene's options come last, so its login window replaces that of the server.
    words += scene.arguments
    if scene.seconds:
        words += ["--seconds", f"{scene.seconds * seconds:g}"]
        words += ["--warmup", f"{min(WARMUP, seconds / 2):g}"]
    if server.tls:
        words.append("--tls")
    if server.password:
        words += ["--password", server.password]
    return tuple(words)


def _load(
    scene: Scene, server: Server, programs: Programs, seconds: float, process: Process
) -> Run:
    words = arguments(scene, server, seconds, port=process.port, pid=process.pid)
    late = WRONG if server.slow_is_wrong else SLOW
    with on_core(generator_core()):
        generator = subprocess.Popen(  # noqa: S603 - our own
            [programs.load, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    try:
        out, stderr = generator.communicate(timeout=scene.limit + GRACE)
    except subprocess.TimeoutExpired:
        note = f"not finished within {scene.limit:g} s"
        return Run(scene.name, server.name, late, {}, note)
    finally:
        generator.kill()
        generator.communicate()
    if generator.returncode and not out:
        status = late if "deadline" in stderr else WRONG
        return Run(scene.name, server.name, status, {}, stderr.strip())
    return _judge(scene, server, out, stderr)


def _judge(scene: Scene, server: Server, out: str, stderr: str) -> Run:
    try:
        said = json.loads(out)
    except ValueError:
        return Run(
            scene.name, server.name, WRONG, {}, stderr.strip() or f"unexpected output {out!r}"
        )
    figures = flat(said)
    missing = [m.key for m in scene.metrics if m.key not in figures]
    if said.get("errors") != 0:
        note = f"{said.get('errors')} errors; the first: {said.get('first_error')}"
        return Run(scene.name, server.name, WRONG, figures, note)
    if missing:
        return Run(scene.name, server.name, WRONG, figures, f"no {', '.join(missing)}")
    return Run(scene.name, server.name, GOOD, figures)


def flat(said: dict[str, Any], before: str = "") -> dict[str, float]:
    """Return the numbers in an object; those in nested objects as `outer.inner`."""
    figures: dict[str, float] = {}
    for key, value in said.items():
        if isinstance(value, dict):
            figures |= flat(value, f"{before}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            figures[before + key] = float(value)
    return figures
