"""A network namespace that looks like another machine to the server, with a link that can be cut.

It needs root. The addresses are of the network for benchmarks of network devices (RFC 2544), which
is not routed.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

from tests.support.needs import missing
from tests.support.processes import PATIENCE


def why_not() -> str:
    """Return why a network namespace cannot be made here, or ""."""
    return missing("root", "ip")


class NetworkNamespace:
    """Another machine: a command that starts with `prefix` runs there.

    It has the address `its_address`, this machine has `our_address`; both are in `network`.
    """

    def __init__(self) -> None:
        number = os.getpid()
        self._name = f"netchat-torture-{number}"
        self._our_end, self._its_end = f"nct{number}a", f"nct{number}b"
        prefix = f"198.18.{number % 254 + 1}."
        self.our_address, self.its_address = f"{prefix}1", f"{prefix}2"
        self.network = f"{prefix}0/24"
        self.prefix = ("ip", "netns", "exec", self._name)

    def cut(self) -> None:
        """Take the link down: packets are dropped, and neither side is notified."""
        _ip("-n", self._name, "link", "set", self._its_end, "down")

    def __enter__(self) -> NetworkNamespace:
        _ip("netns", "add", self._name)
        try:
            _ip("link", "add", self._our_end, "type", "veth",
                "peer", "name", self._its_end, "netns", self._name)  # fmt: skip
            _ip("address", "add", f"{self.our_address}/24", "dev", self._our_end)
            _ip("link", "set", self._our_end, "up")
            _ip("-n", self._name, "address", "add", f"{self.its_address}/24", "dev", self._its_end)
            _ip("-n", self._name, "link", "set", self._its_end, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(subprocess.CalledProcessError):
            _ip("link", "delete", self._our_end)
        _ip("netns", "delete", self._name)


def _ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, capture_output=True, text=True, timeout=PATIENCE)
