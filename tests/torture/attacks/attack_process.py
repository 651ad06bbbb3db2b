"""An attack, from where the scenario is: a process that does it, and what it tells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.checkout import CHECKOUT
from tests.support.processes import PATIENCE
from tests.torture.event_loop import Company


class Raid:
    """Runs `attack`, a function of a module, in a process of its own, through `prefix`.

    `told` has what it told, `result` what it returned; see `raider` for the other side.
    """

    def __init__(
        self,
        company: Company,
        attack: Callable[..., Any],
        *,
        prefix: Sequence[str] = (),
        **arguments: Any,
    ) -> None:
        self.told: list[Any] = []
        self.result: Any = None
        self.over = False
        self._buffer = b""
        path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])
        raider = [sys.executable, "-m", "tests.torture.attacks.attack_runner"]
        self._process = subprocess.Popen(
            [*prefix, *raider, attack.__module__, attack.__name__, json.dumps(arguments)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        company.watch(self._process.stdout, 1, lambda _: self._read())
        self._company = company

    def order(self) -> None:
        """Let it go on, if it waits for an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"!")
        self._process.stdin.flush()

    def __enter__(self) -> Raid:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            self._company.forget(pipe)
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        data = os.read(self._process.stdout.fileno(), 1 << 16)
        if not data:
            self._company.forget(self._process.stdout)
            self.over = True
            assert self.result is not None, "the attack has ended before its end"
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            match json.loads(line):
                case {"told": what}:
                    self.told.append(what)
                case {"result": what}:
                    self.result = what
