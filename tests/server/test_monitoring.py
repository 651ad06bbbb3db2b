"""What is needed for --metrics, and what a server without it does not load."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """if True:
    import sys
    sys.modules["prometheus_client"] = None  # as if it were not installed
    from twisted.internet.testing import MemoryReactorClock
    from netchat.threads.worker import InlineWorker
    from netchat.server.options import Options
    from netchat.build import build_service
    from netchat.server.start_error import StartError
    options = Options(environment={"NETCHAT_DATA": ":memory:"})
    options.parseOptions(sys.argv[1:])
    try:
        build_service(options, MemoryReactorClock(), worker=InlineWorker)
    except StartError as error:
        print(error)
"""


def built(*arguments: str) -> str:
    """Return why a server with `arguments` cannot be built without prometheus_client, or ""."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip


def test_metrics_without_the_library_are_refused_with_what_to_do() -> None:
    assert built("--metrics", "tcp:9464") == (
        "--metrics needs prometheus_client; install netchat with its extra `metrics`, as in"
        " pip install '.[metrics]'\n"
    )


def test_a_server_without_metrics_does_not_need_the_library() -> None:
    assert built() == ""
