"""Listening sockets that the process has inherited from systemd (socket activation).

Twisted opens them as `systemd:domain=INET6:index=0` or `systemd:domain=INET6:name=NAME`, but only
if every socket has a name; `systemd-socket-activate` gives none.

Source: sd_listen_fds(3), systemd.socket(5).
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from netchat.doors.transport.twisted_internals import set_inherited_sockets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PREFIX = "systemd:"
_START = 3
_ENVIRONMENT = Path("/proc/self/environ")


class InheritedSocketError(Exception):
    """An endpoint names a socket that was not inherited, or is of no use; the message says why."""


def start_environment() -> dict[str, str]:
    """Return the environment with which the process started; empty where /proc has none.

    Twisted removes the variables in question from `os.environ` when it is imported.
    """
    try:
        content = os.fsdecode(_ENVIRONMENT.read_bytes())
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in content.split("\0") if "=" in entry)


def inherited_sockets(environment: Mapping[str, str], process: int) -> dict[str, int]:
    """Return the descriptors that are meant for `process`, by name, in their order.

    If not every socket has a name of its own, the names are 0, 1 and so on. Nothing is inherited if
    the variables are missing, belong to another process or make no sense.
    """
    count = environment.get("LISTEN_FDS", "")
    if environment.get("LISTEN_PID") != str(process) or not re.fullmatch("[0-9]{1,4}", count):
        return {}
    descriptors = range(_START, _START + int(count))
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    if len(names) != len(descriptors) or len(set(names)) != len(names):
        names = [str(index) for index in range(len(descriptors))]
    return dict(zip(names, descriptors, strict=True))


class InheritedSockets:
    """The sockets of `descriptors`, by name and in their order."""

    def __init__(self, descriptors: Mapping[str, int]) -> None:
        self._descriptors = descriptors

    def install(self) -> None:
        """Let Twisted's `systemd:` endpoints use these sockets."""
        set_inherited_sockets(list(self._descriptors.values()), list(self._descriptors))

    def endpoints(self) -> tuple[str, ...]:
        """Return an endpoint string for each socket.

        Raises InheritedSocketError if one of them is not a listening stream socket.
        """
        return tuple(
            f"{PREFIX}domain={_domain(number, f'the inherited socket {index}')}:index={index}"
            for index, number in enumerate(self._descriptors.values())
        )

    def check(self, endpoint: str) -> None:
        """Raise InheritedSocketError if `endpoint` is a `systemd:` one without a usable socket."""
        if not endpoint.startswith(PREFIX):
            return
        given = dict(part.partition("=")[::2] for part in endpoint.split(":")[1:])
        domain = _domain(self._chosen(given), "the inherited socket")
        if given.get("domain") != domain:
            raise InheritedSocketError(
                f"the inherited socket is of another domain; write domain={domain}"
            )

    def _chosen(self, given: Mapping[str, str]) -> int:
        numbers: Sequence[int] = list(self._descriptors.values())
        if not numbers:
            raise InheritedSocketError(
                "no socket was inherited; start the server through a systemd socket unit"
            )
        index, name = given.get("index", ""), given.get("name", "")
        if name in self._descriptors:
            return self._descriptors[name]
        if re.fullmatch("[0-9]{1,4}", index) and int(index) < len(numbers):
            return numbers[int(index)]
        names = ", ".join(self._descriptors)
        raise InheritedSocketError(
            f"there is no such inherited socket; give index=0 to {len(numbers) - 1}, "
            f"or one of the names {names}"
        )


def _domain(number: int, what: str) -> str:
    """Return the address family, such as INET6, of a listening stream socket."""
    try:
        with socket.socket(fileno=os.dup(number)) as shared:
            if shared.type == socket.SOCK_STREAM and _accepts(shared):
                return socket.AddressFamily(shared.family).name.removeprefix("AF_")
    except OSError as error:
        raise InheritedSocketError(f"{what} cannot be used: {error.strerror}") from error
    raise InheritedSocketError(
        f"{what} does not listen for connections; the socket unit needs ListenStream= and Accept=no"
    )


def _accepts(shared: socket.socket) -> bool:
    return bool(shared.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
