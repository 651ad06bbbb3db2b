"""The scenario's side of an attack: the process that runs it, and its reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.checkout import CHECKOUT
from tests.support.processes import PATIENCE
from tests.torture.event_loop import EventLoop


class AttackProcess:
    """Runs `attack`, a function of a module, in its own process; `prefix` starts its command.

    `reports` has what it reported so far, `result` what it returned; `attack_runner` is the code in
    the process.
    """

    def __init__(
        self,
        loop: EventLoop,
        attack: Callable[..., Any],
        *,
        prefix: Sequence[str] = (),
        **arguments: Any,
    ) -> None:
        self.reports: list[Any] = []
        self.result: Any = None
        self.over = False
        self._buffer = b""
        path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
        runner = [sys.executable, "-m", "tests.torture.attacks.attack_runner"]
        self._process = subprocess.Popen(
            [*prefix, *runner, attack.__module__, attack.__name__, json.dumps(arguments)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        loop.watch(self._process.stdout, 1, lambda _: self._read())
        self._loop = loop

    def go(self) -> None:
        """Let the attack continue, if it waits in `Controller.wait_for_go`."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"!")
        self._process.stdin.flush()

    def __enter__(self) -> AttackProcess:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            self._loop.unwatch(pipe)
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        data = os.read(self._process.stdout.fileno(), 1 << 16)
        if not data:
            self._loop.unwatch(self._process.stdout)
            self.over = True
            assert self.result is not None, "the attack process ended without a result"
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            match json.loads(line):
                case {"report": what}:
                    self.reports.append(what)
                case {"result": what}:
                    self.result = what
