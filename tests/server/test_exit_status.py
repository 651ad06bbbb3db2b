"""The exit status of a process whose server has failed, or not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.processes import PATIENCE

PROGRAM = """
from twisted.internet import reactor
from netchat.server.exit_status import exit_with_status_of

class Service:
    failed = False

service = Service()

def stop(failed):
    service.failed = failed
    reactor.stop()

exit_with_status_of(service, reactor)
reactor.callWhenRunning(stop, {failed})
reactor.run()
print("the reactor has stopped")
"""


@pytest.mark.parametrize("failed", [False, True])
def test_the_process_exits_with_1_if_its_server_has_failed(failed: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(failed=failed)],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == int(failed)
    assert done.stdout.decode() == "the reactor has stopped\n"
    assert not done.stderr
