"""Another machine, as far as a server can tell: a network namespace, and a cable that can be cut.

It takes root. The addresses are of the network for tests of network devices (RFC 2544), and go
nowhere.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

from tests.support.needs import missing
from tests.support.processes import PATIENCE


def why_not() -> str:
    """Return why there can be no other machine here, or ""."""
    return missing("root", "ip")


class Elsewhere:
    """The other machine: what runs with `prefix` runs there, and reaches us at `here`.

    Its own address is `there`; both are in `network`.
    """

    def __init__(self) -> None:
        number = os.getpid()
        self._name = f"netchat-torture-{number}"
        self._ours, self._theirs = f"nct{number}a", f"nct{number}b"
        prefix = f"198.18.{number % 254 + 1}."
        self.here, self.there, self.network = f"{prefix}1", f"{prefix}2", f"{prefix}0/24"
        self.prefix = ("ip", "netns", "exec", self._name)

    def cut(self) -> None:
        """Pull the cable: nothing comes any more, and nobody is told."""
        _ip("-n", self._name, "link", "set", self._theirs, "down")

    def __enter__(self) -> Elsewhere:
        _ip("netns", "add", self._name)
        try:
            _ip("link", "add", self._ours, "type", "veth",
                "peer", "name", self._theirs, "netns", self._name)  # fmt: skip
            _ip("address", "add", f"{self.here}/24", "dev", self._ours)
            _ip("link", "set", self._ours, "up")
            _ip("-n", self._name, "address", "add", f"{self.there}/24", "dev", self._theirs)
            _ip("-n", self._name, "link", "set", self._theirs, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(subprocess.CalledProcessError):
            _ip("link", "delete", self._ours)
        _ip("netns", "delete", self._name)


def _ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, capture_output=True, text=True, timeout=PATIENCE)
